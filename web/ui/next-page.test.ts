import { InfiniteQueryObserver, keepPreviousData, QueryClient } from '@tanstack/react-query'
import { describe, expect, it } from 'vitest'
import { advance, ask, follow, isAwaited, NO_PAGE, type NextPage } from './next-page.ts'

const SIZE = 2
interface Page {
  rows: number[]
  next?: number
}

/**
 * A list of numbers, newest first, that is read as the console's lists are, by the real query client. The server answers
 * one request at a time, when `answer` says so; `view` draws what is known now, which the page does a moment later.
 */
function scene(initial: number[], drawsAtOnce = true) {
  const server = { rows: initial, isBroken: false }
  const requests: (() => void)[] = []
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const read = (filter: string, from: number | null, signal: AbortSignal) =>
    new Promise<Page>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error))
      requests.push(() => {
        if (server.isBroken) return reject(new Error('broken'))
        const rows = server.rows.filter((row) => filter === 'all' || row % 2 === 0)
        const rest = from === null ? rows : rows.filter((row) => row < from)
        const page = rest.slice(0, SIZE)
        resolve({ rows: page, ...(rest.length > SIZE && { next: page.at(-1) ?? 0 }) })
      })
    })
  const options = (filter: string) => ({
    queryKey: ['list', filter],
    queryFn: ({ pageParam, signal }: { pageParam: number | null; signal: AbortSignal }) =>
      read(filter, pageParam, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (last: Page) => last.next,
    placeholderData: keepPreviousData<{ pages: Page[]; pageParams: (number | null)[] }>,
  })
  const observer = new InfiniteQueryObserver(client, options('all'))
  let drawn = observer.getCurrentResult()
  let next: NextPage = NO_PAGE
  const counts: number[] = []
  const rows = () => drawn.data?.pages.flatMap((page) => page.rows) ?? []
  const view = () => {
    drawn = observer.getCurrentResult()
    counts.push(rows().length)
    next = follow(next, drawn)
    advance(next, drawn)
  }
  const settle = async () => {
    for (let i = 0; i < 3; i += 1) await new Promise((resolve) => setTimeout(resolve))
  }
  observer.subscribe(() => {
    if (drawsAtOnce) view()
  })
  return {
    server,
    observer,
    rows,
    counts,
    view,
    settle,
    waiting: () => requests.length,
    /** Requests that were given up are answered too: nobody hears it. */
    answer: async (count = 1) => {
      for (let i = 0; i < count; i += 1) {
        requests.shift()?.()
        await settle()
      }
    },
    more: () => {
      next = ask(next, drawn)
      advance(next, drawn)
    },
    refresh: () => void client.invalidateQueries({ queryKey: ['list'] }),
    filter: (name: string) => observer.setOptions(options(name)),
    isBusy: () => isAwaited(next, drawn),
    isThere: () => next.isThere,
  }
}

describe('the next page of a list', () => {
  it('comes when it is asked for, and is then waited for no more', async () => {
    const list = scene([6, 5, 4, 3, 2, 1])
    await list.answer()
    expect([list.rows(), list.isThere(), list.isBusy()]).toEqual([[6, 5], true, false])
    list.more()
    expect(list.isBusy()).toBe(true)
    await list.answer()
    expect([list.rows(), list.isThere(), list.isBusy()]).toEqual([[6, 5, 4, 3], true, false])
    list.more()
    await list.answer()
    expect([list.rows(), list.isThere(), list.isBusy()]).toEqual([[6, 5, 4, 3, 2, 1], false, false])
    expect(list.waiting()).toBe(0)
  })

  it('comes after a reading anew that has begun without the page knowing, and both are seen', async () => {
    const list = scene([5, 4, 3, 2, 1], false)
    await list.answer()
    list.view()
    list.server.rows = [6, 5, 4, 3, 2, 1]
    list.refresh()
    await list.settle()
    // What is drawn is older than that.
    list.more()
    await list.settle()
    for (let i = 0; i < 6; i += 1) {
      await list.answer()
      list.view()
    }
    expect(list.rows()).toEqual([6, 5, 4, 3])
  })

  it('is asked for again when reading anew has ended it, and rows never get fewer', async () => {
    const list = scene([5, 4, 3, 2, 1])
    await list.answer()
    list.more()
    await list.settle()
    for (let i = 0; i < 3; i += 1) {
      list.server.rows = [6 + i, ...list.server.rows]
      list.refresh()
      await list.settle()
      expect(list.isBusy()).toBe(true)
    }
    await list.answer(10)
    expect(list.rows()).toEqual([8, 7, 6, 5])
    list.refresh()
    await list.answer(10)
    expect(list.rows()).toEqual([8, 7, 6, 5])
    expect(list.counts.slice(1).every((count, i) => count >= (list.counts[i] ?? 0))).toBe(true)
  })

  it('that is asked for while a filter takes effect is that of the new list', async () => {
    const list = scene([8, 7, 6, 5, 4, 3, 2, 1])
    await list.answer()
    list.filter('even')
    await list.settle()
    expect([list.rows(), list.isThere()]).toEqual([[8, 7], true])
    list.more()
    expect(list.isBusy()).toBe(true)
    await list.answer(5)
    expect([list.rows(), list.isBusy()]).toEqual([[8, 6, 4, 2], false])
  })

  it('is still waited for when a filter takes effect before it is there', async () => {
    const list = scene([8, 7, 6, 5, 4, 3, 2, 1])
    await list.answer()
    list.more()
    await list.settle()
    list.filter('even')
    await list.answer(5)
    expect([list.rows(), list.isBusy()]).toEqual([[8, 6, 4, 2], false])
  })

  it('is nothing that another list gets unasked', async () => {
    const list = scene([8, 7, 6, 5, 4, 3, 2, 1])
    await list.answer()
    list.more()
    await list.answer(3)
    expect(list.rows()).toEqual([8, 7, 6, 5])
    list.filter('even')
    await list.answer(5)
    expect([list.rows(), list.isBusy(), list.isThere()]).toEqual([[8, 6], false, true])
  })

  it('that failed can be asked for again, and comes by itself once the list can be read', async () => {
    const list = scene([6, 5, 4, 3, 2, 1])
    await list.answer()
    list.server.isBroken = true
    list.more()
    await list.answer()
    expect([list.rows(), list.isBusy(), list.isThere()]).toEqual([[6, 5], false, true])
    list.more()
    await list.answer()
    expect(list.rows()).toEqual([6, 5])
    list.server.isBroken = false
    list.refresh()
    await list.answer(5)
    expect([list.rows(), list.isBusy()]).toEqual([[6, 5, 4, 3], false])
  })
})
