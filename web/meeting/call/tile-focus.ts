import type { Rect } from './tile-layout.ts'

export type Direction = 'left' | 'right' | 'up' | 'down' | 'first' | 'last'

interface PlacedTile {
  id: string
  rect: Rect
}

/** The tile that an arrow key leads to: the nearest one on that side, straight ahead before aslant. */
export const tileTowards = (
  tiles: readonly PlacedTile[],
  fromId: string,
  direction: Direction,
): string | undefined => {
  if (direction === 'first') return tiles[0]?.id
  if (direction === 'last') return tiles.at(-1)?.id
  const from = tiles.find(({ id }) => id === fromId)
  if (!from) return undefined
  const start = middleOf(from.rect)
  const ranked = tiles.flatMap(({ id, rect }) => {
    const { x, y } = middleOf(rect)
    const [dx, dy] = [x - start.x, y - start.y]
    const isSideways = direction === 'left' || direction === 'right'
    const ahead = isSideways ? dx * (direction === 'right' ? 1 : -1) : dy * (direction === 'down' ? 1 : -1)
    const aside = Math.abs(isSideways ? dy : dx)
    return ahead > 1 ? { id, cost: ahead + 2 * aside } : []
  })
  return ranked.sort((a, b) => a.cost - b.cost)[0]?.id
}

const middleOf = ({ x, y, width, height }: Rect) => ({ x: x + width / 2, y: y + height / 2 })
