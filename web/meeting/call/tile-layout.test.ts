import { describe, expect, it } from 'vitest'
import { layOutStage, type Rect } from './tile-layout.ts'

const DESKTOP = { width: 1416, height: 704, gap: 8 }
const PORTRAIT = { width: 382, height: 680, gap: 4 }
const LANDSCAPE = { width: 836, height: 300, gap: 4 }

const grid = (space: { width: number; height: number; gap: number }, count: number, page = 0) =>
  layOutStage({ ...space, count, page, hasMain: false })

const columnsAndRows = (tiles: Rect[]) => [
  new Set(tiles.map(({ x }) => x)).size,
  new Set(tiles.map(({ y }) => y)).size,
]

const overlap = (a: Rect, b: Rect) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

const spaces = {
  DESKTOP,
  PORTRAIT,
  LANDSCAPE,
  tiny: { width: 312, height: 420, gap: 4 },
  huge: { width: 3816, height: 2000, gap: 8 },
}

describe('the grid', () => {
  it.each([
    [1, [1, 1]],
    [2, [2, 1]],
    [4, [2, 2]],
    [6, [3, 2]],
    [9, [3, 3]],
  ])('puts %i in a wide window into columns and rows %j', (count, expected) => {
    expect(columnsAndRows(grid(DESKTOP, count).tiles)).toEqual(expected)
  })

  it('puts 3 in two rows and 5 in two rows, the last one in the middle', () => {
    const three = grid(DESKTOP, 3).tiles
    expect(new Set(three.map(({ y }) => y)).size).toBe(2)
    const last = three[2]
    expect(last && Math.abs(last.x + last.width / 2 - DESKTOP.width / 2)).toBeLessThanOrEqual(1)
    expect(new Set(grid(DESKTOP, 5).tiles.map(({ y }) => y)).size).toBe(2)
  })

  it('stacks two on an upright phone', () => {
    expect(columnsAndRows(grid(PORTRAIT, 2).tiles)).toEqual([1, 2])
  })

  it('uses most of the window', () => {
    for (let count = 1; count <= 9; count++) {
      const used = grid(DESKTOP, count).tiles.reduce((sum, { width, height }) => sum + width * height, 0)
      expect(used / (DESKTOP.width * DESKTOP.height), `${count} tiles`).toBeGreaterThan(0.6)
    }
  })

  it.each(Object.entries(spaces))('never overlaps or leaves the stage: %s', (_, space) => {
    for (let count = 1; count <= 25; count++) {
      for (const hasMain of [false, true]) {
        const layout = layOutStage({ ...space, count, page: 0, hasMain })
        const all = [...layout.tiles, ...(layout.main ? [layout.main] : [])]
        expect(layout.pager !== null).toBe(layout.pages > 1)
        for (const tile of layout.tiles) {
          expect(layout.pager && overlap(tile, layout.pager), `pager ${count} ${hasMain}`).not.toBe(true)
        }
        for (const [index, tile] of all.entries()) {
          expect(tile.x).toBeGreaterThanOrEqual(0)
          expect(tile.y).toBeGreaterThanOrEqual(0)
          expect(tile.x + tile.width).toBeLessThanOrEqual(space.width + 1)
          expect(tile.y + tile.height).toBeLessThanOrEqual(space.height + 1)
          for (const other of all.slice(index + 1))
            expect(overlap(tile, other), `${count} ${hasMain}`).toBe(false)
        }
      }
    }
  })

  it('pages beyond nine, and fewer where tiles would get too small', () => {
    expect(grid(DESKTOP, 10)).toMatchObject({ pages: 2, pageSize: 9 })
    expect(grid(DESKTOP, 10, 1).tiles).toHaveLength(1)
    expect(grid(PORTRAIT, 9).pageSize).toBeLessThan(9)
    expect(grid(LANDSCAPE, 9).pageSize).toBeGreaterThanOrEqual(4)
  })

  it('goes to the nearest page when the wished one is gone', () => {
    expect(grid(DESKTOP, 9, 3)).toMatchObject({ page: 0, pages: 1 })
    expect(grid(DESKTOP, 19, 7)).toMatchObject({ page: 2, pages: 3 })
  })

  it('survives a stage of no size', () => {
    expect(grid({ width: 0, height: 0, gap: 8 }, 3).tiles.length).toBeGreaterThan(0)
    expect(grid(DESKTOP, 0).tiles).toEqual([])
  })
})

describe('a shared screen', () => {
  const focus = (space: typeof DESKTOP, count: number) =>
    layOutStage({ ...space, count, page: 0, hasMain: true })

  it('takes most of the stage, with the faces beside it', () => {
    const { main, tiles } = focus(DESKTOP, 3)
    expect(main && main.width / DESKTOP.width).toBeGreaterThan(0.8)
    expect(tiles).toHaveLength(3)
    expect(tiles.every((tile) => tile.x >= (main?.width ?? 0))).toBe(true)
  })

  it('has the faces below it on an upright phone', () => {
    const { main, tiles } = focus(PORTRAIT, 2)
    expect(main?.width).toBe(PORTRAIT.width)
    expect(tiles.every((tile) => tile.y >= (main?.height ?? 0))).toBe(true)
  })

  it('takes it all when nobody else is there', () => {
    expect(focus(DESKTOP, 0).main).toEqual({ x: 0, y: 0, width: 1416, height: 704 })
  })

  it('pages the faces', () => {
    expect(focus(DESKTOP, 20).pages).toBeGreaterThan(1)
  })
})
