import { describe, expect, it } from 'vitest'
import { tileTowards } from './tile-focus.ts'
import { layOutStage } from './tile-layout.ts'

const placed = (count: number, hasMain = false) => {
  const layout = layOutStage({ width: 1200, height: 700, count, hasMain, page: 0, gap: 8 })
  return [
    ...(layout.main ? [{ id: 'main', rect: layout.main }] : []),
    ...layout.tiles.map((rect, index) => ({ id: String(index), rect })),
  ]
}

describe('the arrow keys on the stage', () => {
  it('go to the neighbour in a full grid, and stay at its edge', () => {
    const nine = placed(9)
    expect(tileTowards(nine, '4', 'left')).toBe('3')
    expect(tileTowards(nine, '4', 'right')).toBe('5')
    expect(tileTowards(nine, '4', 'up')).toBe('1')
    expect(tileTowards(nine, '4', 'down')).toBe('7')
    expect(tileTowards(nine, '0', 'left')).toBeUndefined()
    expect(tileTowards(nine, '8', 'down')).toBeUndefined()
  })

  it('reach every tile of every grid', () => {
    for (let count = 1; count <= 9; count++) {
      const tiles = placed(count, count > 1)
      const reached = new Set(['main', '0'].filter((id) => tiles.some((tile) => tile.id === id)))
      for (let round = 0; round < tiles.length; round++)
        for (const id of reached)
          for (const direction of ['left', 'right', 'up', 'down'] as const) {
            const next = tileTowards(tiles, id, direction)
            if (next !== undefined) reached.add(next)
          }
      expect(reached.size, `${count} tiles`).toBe(tiles.length)
    }
  })

  it('Home and End are the first and the last', () => {
    expect(tileTowards(placed(5), '2', 'first')).toBe('0')
    expect(tileTowards(placed(5), '2', 'last')).toBe('4')
  })
})
