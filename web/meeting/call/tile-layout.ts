export interface Rect {
  x: number
  y: number
  width: number
  height: number
}

export interface StageLayout {
  /** Where the shared screen or pinned tile goes; null in a plain grid. */
  main: Rect | null
  /** One for each tile on this page, in order. */
  tiles: Rect[]
  page: number
  pages: number
  /** How many tiles, without the main one, a page has room for. */
  pageSize: number
  /** Where the page switch goes; null with a single page. */
  pager: Rect | null
}

interface StageSpace {
  width: number
  height: number
  /** Tiles besides the main one. */
  count: number
  hasMain: boolean
  /** Where the others go beside a main tile; `auto`: where there is more room. */
  others?: 'beside' | 'below' | 'auto'
  /** The wished page; the nearest one that exists is laid out. */
  page: number
  gap: number
}

const WIDE = 16 / 9
/** A face survives cropping to 4:3 in a wide window, and to 3:4 on an upright phone. */
const NARROWEST = { landscape: 4 / 3, portrait: 3 / 4 }
const MIN_TILE_WIDTH = 150
/** Full rows: 3 x 3 in a wide window, 2 x 4 on an upright phone. */
const PAGE_SIZES = { landscape: [9, 6, 4, 2, 1], portrait: [8, 6, 4, 2, 1] }
const STRIP_TILE = { wide: 208, compact: 144 }
const COMPACT_BELOW = 640
const PAGER = { width: 128, height: 44 }

/**
 * Places the tiles of one page, in pixels from the stage's corner. Pure: the same space gives the same
 * rectangles, so nothing moves unless the size, the number of tiles or the page changes.
 */
export const layOutStage = (space: StageSpace): StageLayout =>
  space.hasMain ? layOutFocus(space) : layOutGrid(space)

const layOutGrid = ({ width, height, count, page: wished, gap }: StageSpace): StageLayout => {
  const isOnePage = count <= gridPageSize(width, height, gap)
  // The switch gets a row of its own: over the tiles it would hide names.
  const gridHeight = isOnePage ? height : Math.max(0, height - PAGER.height - gap)
  const pageSize = gridPageSize(width, gridHeight, gap)
  const { page, pages, onPage } = paginate(count, pageSize, wished)
  const tiles = fillGrid({ x: 0, y: 0, width, height: gridHeight }, onPage, gap)
  const pager =
    pages > 1 ? rect((width - PAGER.width) / 2, height - PAGER.height, PAGER.width, PAGER.height) : null
  return { main: null, tiles, page, pages, pageSize, pager }
}

const layOutFocus = ({
  width,
  height,
  count,
  page: wished,
  gap,
  others = 'auto',
}: StageSpace): StageLayout => {
  if (count === 0) {
    return { main: { x: 0, y: 0, width, height }, tiles: [], page: 0, pages: 1, pageSize: 1, pager: null }
  }
  const isWide = others === 'auto' ? width >= height : others === 'beside'
  const compact = Math.min(width, height) < COMPACT_BELOW
  const tileWidth = Math.min(
    compact ? STRIP_TILE.compact : STRIP_TILE.wide,
    Math.floor((isWide ? width : height) / 4),
  )
  if (isWide) {
    const tileHeight = tileWidth / WIDE
    const fitting = (available: number) => Math.max(1, Math.floor((available + gap) / (tileHeight + gap)))
    const stripHeight = count <= fitting(height) ? height : height - PAGER.height - gap
    const pageSize = fitting(stripHeight)
    const { page, pages, onPage } = paginate(count, pageSize, wished)
    const top = Math.max(0, (stripHeight - onPage * tileHeight - (onPage - 1) * gap) / 2)
    const pager = pages > 1 ? rect(width - tileWidth, height - PAGER.height, tileWidth, PAGER.height) : null
    const tiles = times(onPage, (index) =>
      rect(width - tileWidth, top + index * (tileHeight + gap), tileWidth, tileHeight),
    )
    return { main: rect(0, 0, width - tileWidth - gap, height), tiles, page, pages, pageSize, pager }
  }
  const pageSize = Math.max(1, Math.floor((width + gap) / (tileWidth + gap)))
  const fitted = (width - (pageSize - 1) * gap) / pageSize
  const tileHeight = fitted / WIDE
  const { page, pages, onPage } = paginate(count, pageSize, wished)
  const left = (width - onPage * fitted - (onPage - 1) * gap) / 2
  const y = height - tileHeight
  const tiles = times(onPage, (index) => rect(left + index * (fitted + gap), y, fitted, tileHeight))
  const mainHeight = height - tileHeight - gap
  // In the corner of the main tile: an upright phone leaves bars above and below a shared screen.
  const corner = rect(width - PAGER.width - gap, mainHeight - PAGER.height - gap, PAGER.width, PAGER.height)
  return {
    main: rect(0, 0, width, mainHeight),
    tiles,
    page,
    pages,
    pageSize,
    pager: pages > 1 ? corner : null,
  }
}

/** The most tiles, up to nine, that stay wide enough to know a face and read a name. */
const gridPageSize = (width: number, height: number, gap: number): number =>
  PAGE_SIZES[width >= height ? 'landscape' : 'portrait'].find((size) => {
    const cell = bestGrid(width, height, size, gap)
    return cell.tileWidth >= MIN_TILE_WIDTH && cell.tileHeight >= MIN_TILE_WIDTH / 2
  }) ?? 1

const fillGrid = (area: Rect, count: number, gap: number): Rect[] => {
  if (count === 0) return []
  const { columns, rows, tileWidth, tileHeight } = bestGrid(area.width, area.height, count, gap)
  const top = (area.height - rows * tileHeight - (rows - 1) * gap) / 2
  return times(count, (index) => {
    const row = Math.floor(index / columns)
    // A last row that is not full stands in the middle.
    const inRow = Math.min(columns, count - row * columns)
    const left = (area.width - inRow * tileWidth - (inRow - 1) * gap) / 2
    return rect(
      area.x + left + (index % columns) * (tileWidth + gap),
      area.y + top + row * (tileHeight + gap),
      tileWidth,
      tileHeight,
    )
  })
}

interface Grid {
  columns: number
  rows: number
  tileWidth: number
  tileHeight: number
}

/** The number of columns whose tiles are largest; of two alike, the one with fewer empty places. */
const bestGrid = (width: number, height: number, count: number, gap: number): Grid => {
  const narrowest = width >= height ? NARROWEST.landscape : NARROWEST.portrait
  let best: (Grid & { score: number }) | undefined
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns)
    const cellWidth = (width - (columns - 1) * gap) / columns
    const cellHeight = (height - (rows - 1) * gap) / rows
    if (cellWidth <= 0 || cellHeight <= 0) continue
    const tileWidth = Math.min(cellWidth, cellHeight * WIDE)
    const tileHeight = Math.min(cellHeight, tileWidth / narrowest)
    const empty = columns * rows - count
    const score = tileWidth * tileHeight * (1 - 0.03 * empty)
    if (!best || score > best.score) best = { columns, rows, tileWidth, tileHeight, score }
  }
  return best ?? { columns: 1, rows: count, tileWidth: 0, tileHeight: 0 }
}

const paginate = (count: number, pageSize: number, wished: number) => {
  const pages = Math.max(1, Math.ceil(count / pageSize))
  const page = Math.min(Math.max(0, wished), pages - 1)
  return { page, pages, onPage: Math.min(pageSize, count - page * pageSize) }
}

/** Whole pixels: a tile between two of them is drawn soft. */
const rect = (x: number, y: number, width: number, height: number): Rect => ({
  x: Math.round(x),
  y: Math.round(y),
  width: Math.floor(width),
  height: Math.floor(height),
})

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: Math.max(0, count) }, (_, index) => make(index))
