import { layOutStage, type Rect } from '../meeting/call/tile-layout.ts'

export type SceneLayout = 'grid' | 'speaker' | 'single-speaker'

export interface Tile {
  key: string
  kind: 'camera' | 'screen'
  /** When they were last heard; 0 = never. */
  spokeAt: number
  hasVideo: boolean
}

const GAP = 8
const PADDING = 12
/** More than these would be too small to know anybody. */
const MOST = 25

/**
 * Which tiles a recording shows, and where. A shared screen takes the stage in every layout; `speaker` and
 * `single-speaker` give it to who spoke last. Where there is no room for all, those heard last are shown; the order
 * is that of joining, so that nothing moves because somebody coughs.
 */
export function placeTiles(
  tiles: readonly Tile[],
  layout: SceneLayout,
  space: { width: number; height: number },
): { key: string; rect: Rect }[] {
  const inner = { width: space.width - 2 * PADDING, height: space.height - 2 * PADDING }
  const moved = (rect: Rect): Rect => ({ ...rect, x: rect.x + PADDING, y: rect.y + PADDING })
  const screen = tiles.findLast((tile) => tile.kind === 'screen')
  const main = screen ?? (layout === 'grid' ? undefined : leading(tiles))
  if (main === undefined) {
    const chosen = heardLast(tiles, MOST)
    const rects = gridOf(chosen.length, inner)
    return chosen.flatMap(({ key }, i) => (rects[i] === undefined ? [] : [{ key, rect: moved(rects[i]) }]))
  }
  if (layout === 'single-speaker')
    return [{ key: main.key, rect: { x: 0, y: 0, width: space.width, height: space.height } }]
  const others = tiles.filter((tile) => tile !== main)
  const place = (count: number) => layOutStage({ ...inner, count, hasMain: true, page: 0, gap: GAP })
  // A recording cannot turn a page, so the strip has as many as fit on one.
  let count = others.length
  while (count > 0 && place(count).pages > 1) count -= 1
  const { main: mainRect, tiles: rects } = place(count)
  const chosen = heardLast(others, count)
  return [
    ...(mainRect === null ? [] : [{ key: main.key, rect: moved(mainRect) }]),
    ...chosen.flatMap(({ key }, i) => (rects[i] === undefined ? [] : [{ key, rect: moved(rects[i]) }])),
  ]
}

/** Who spoke last; before anybody has, the first with a camera, or the first. */
function leading(tiles: readonly Tile[]): Tile | undefined {
  const heard = tiles.filter(({ spokeAt }) => spokeAt > 0)
  if (heard.length > 0) return heard.reduce((best, tile) => (tile.spokeAt > best.spokeAt ? tile : best))
  return tiles.find(({ hasVideo }) => hasVideo) ?? tiles[0]
}

function heardLast(tiles: readonly Tile[], count: number): Tile[] {
  if (tiles.length <= count) return [...tiles]
  const kept = new Set([...tiles].sort((a, b) => b.spokeAt - a.spokeAt).slice(0, count))
  return tiles.filter((tile) => kept.has(tile))
}

/** Up to nine as the call shows them; more in as many columns as rows of 16:9 tiles fit best. */
function gridOf(count: number, { width, height }: { width: number; height: number }): Rect[] {
  const stage = layOutStage({ width, height, count, hasMain: false, page: 0, gap: GAP })
  if (stage.pages === 1) return stage.tiles
  let best = { columns: 1, tileWidth: 0 }
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns)
    const fromWidth = (width - (columns - 1) * GAP) / columns
    const fromHeight = (((height - (rows - 1) * GAP) / rows) * 16) / 9
    const tileWidth = Math.min(fromWidth, fromHeight)
    if (tileWidth > best.tileWidth) best = { columns, tileWidth }
  }
  const { columns } = best
  const tileWidth = Math.floor(best.tileWidth)
  const tileHeight = Math.floor((tileWidth * 9) / 16)
  const rows = Math.ceil(count / columns)
  const top = (height - rows * tileHeight - (rows - 1) * GAP) / 2
  return Array.from({ length: count }, (_, i) => {
    const row = Math.floor(i / columns)
    const inRow = Math.min(columns, count - row * columns)
    const left = (width - inRow * tileWidth - (inRow - 1) * GAP) / 2
    return {
      x: Math.round(left + (i % columns) * (tileWidth + GAP)),
      y: Math.round(top + row * (tileHeight + GAP)),
      width: tileWidth,
      height: tileHeight,
    }
  })
}
