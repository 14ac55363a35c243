import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatMessage } from '../../messages.ts'
import { Chat, groupMessages } from './chat.ts'

const message = (number: number, change: Partial<ChatMessage> = {}): ChatMessage => ({
  id: String(number),
  number,
  identity: 'bea',
  name: 'Bea',
  text: String(number),
  sentAt: number,
  attachments: [],
  isOwn: false,
  ...change,
})

/** A server that has these messages and gives them in pages of three. */
const stage = (held: ChatMessage[] = []) => {
  const arrivals: string[][] = []
  const load = vi.fn(async ({ before, after }: { before?: number; after?: number }) => {
    const window = held.filter(({ number }) => number < (before ?? Infinity) && number > (after ?? 0))
    const messages = after === undefined ? window.slice(-3) : window.slice(0, 3)
    return { messages, hasMore: messages.length < window.length }
  })
  const chat = new Chat({
    load,
    send: async ({ text }) => message(9, { identity: 'ana', text }),
    remove: async () => {},
    ownIdentity: () => 'ana',
    onArrival: (messages) => arrivals.push(messages.map(({ id }) => id)),
  })
  return { chat, load, arrivals, held }
}

const numbers = ({ store }: Chat) => store.getState().messages.map(({ number }) => number)

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())
const settle = () => vi.runAllTimersAsync()

describe('chat', () => {
  it('puts history and live messages in order, each once', async () => {
    const { chat } = stage([message(1), message(2)])
    chat.receive([message(3)])
    chat.receive([message(2)])
    await chat.load()
    await chat.load()
    await settle()
    expect(numbers(chat)).toEqual([1, 2, 3])
  })

  it("counts others' live messages as unread until the panel is open", async () => {
    const { chat, arrivals } = stage([message(1)])
    await chat.load()
    expect(chat.store.getState().unread).toBe(0)
    chat.receive([message(2)])
    chat.receive([message(3, { identity: 'ana' })])
    await settle()
    expect(chat.store.getState().unread).toBe(1)
    expect(arrivals).toEqual([['2']])
    chat.setOpen(true)
    chat.receive([message(4)])
    await settle()
    expect(chat.store.getState().unread).toBe(0)
  })

  it('shows what comes fast at one go', async () => {
    const { chat, arrivals } = stage()
    let renders = 0
    chat.store.subscribe(() => renders++)
    for (let i = 1; i <= 500; i++) chat.receive([message(i)])
    await settle()
    expect(numbers(chat)).toHaveLength(500)
    expect(renders).toBeLessThan(5)
    expect(arrivals).toHaveLength(1)
  })

  it('notices what was missed and fetches all of it', async () => {
    const held = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => message(number))
    const { chat, load, arrivals } = stage(held)
    chat.receive([message(1)])
    chat.receive([message(9)])
    await settle()
    expect(numbers(chat)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(load.mock.calls).toEqual([[{ after: 1 }], [{ after: 4 }], [{ after: 7 }]])
    expect(arrivals.flat().sort()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9'])
    // What was deleted meanwhile is no gap to ask for again and again.
    chat.receive([message(12)])
    await settle()
    chat.receive([message(13)])
    await settle()
    expect(numbers(chat).slice(-2)).toEqual([12, 13])
    expect(load).toHaveBeenCalledTimes(4)
  })

  it('sees a gap that came about while it asked for another one', async () => {
    const held = [1, 2, 3].map((number) => message(number))
    const { chat, load } = stage(held)
    chat.receive([message(1)])
    // 2 was missed; while the server answers up to 3, 4 is missed as well.
    chat.receive([message(3)])
    held.push(message(4), message(5))
    load.mockImplementationOnce(async () => ({ messages: [message(2), message(3)], hasMore: false }))
    chat.receive([message(5)])
    await settle()
    expect(numbers(chat)).toEqual([1, 2, 3, 4, 5])
  })

  it('sees each gap in what came before the history', async () => {
    const held = [1, 2, 3, 4, 5].map((number) => message(number))
    const { chat, load } = stage(held)
    load.mockImplementationOnce(async () => ({ messages: [message(1)], hasMore: false }))
    const loading = chat.load()
    chat.receive([message(2)])
    chat.receive([message(4)])
    await loading
    await settle()
    expect(numbers(chat)).toEqual([1, 2, 3, 4, 5])
  })

  it('fetches what was too long to be told, and earlier ones page by page', async () => {
    const held = [1, 2, 3, 4, 5].map((number) => message(number))
    const { chat } = stage(held)
    await chat.load()
    expect(numbers(chat)).toEqual([3, 4, 5])
    expect(chat.store.getState().hasEarlier).toBe(true)
    await chat.loadEarlier()
    expect(numbers(chat)).toEqual([1, 2, 3, 4, 5])
    expect(chat.store.getState().hasEarlier).toBe(false)
    held.push(message(6))
    chat.receiveMore()
    await settle()
    expect(numbers(chat).at(-1)).toBe(6)
  })

  it('takes deleted messages off for good', async () => {
    const { chat } = stage([message(1), message(2)])
    await chat.load()
    chat.receiveDeletion('1')
    chat.receiveDeletion('3')
    chat.receive([message(3)])
    await settle()
    expect(numbers(chat)).toEqual([2])
    await chat.remove('2')
    expect(numbers(chat)).toEqual([])
  })

  it('shows a sent message once, though the server tells everybody of it too', async () => {
    const { chat } = stage()
    await chat.send('hi', [])
    chat.receive([message(9, { identity: 'ana' })])
    await settle()
    expect(numbers(chat)).toEqual([9])
  })

  it('holds the latest two thousand', async () => {
    const { chat } = stage()
    for (let i = 1; i <= 2100; i++) chat.receive([message(i)])
    await settle()
    expect(numbers(chat)).toHaveLength(2000)
    expect(numbers(chat)[0]).toBe(101)
    expect(chat.store.getState().hasEarlier).toBe(true)
  })

  it('goes on without the history', async () => {
    const fault = () => Promise.reject(new Error('403'))
    const chat = new Chat({
      load: fault,
      send: fault,
      remove: fault,
      ownIdentity: () => 'ana',
      onArrival: () => {},
    })
    await chat.load()
    expect(chat.store.getState().hasFailed).toBe(true)
    chat.receive([message(1)])
    await settle()
    expect(numbers(chat)).toEqual([1])
    await expect(chat.send('x', [])).rejects.toThrow('403')
  })
})

describe('groupMessages', () => {
  it('joins what one sender says in a row', () => {
    const groups = groupMessages([
      message(1),
      message(2),
      message(3, { identity: 'ana' }),
      message(4),
      message(500_000),
    ])
    expect(groups.map((group) => group.messages.map(({ number }) => number))).toEqual([
      [1, 2],
      [3],
      [4],
      [500_000],
    ])
  })
})
