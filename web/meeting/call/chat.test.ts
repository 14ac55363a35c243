import { describe, expect, it } from 'vitest'
import type { ChatMessage } from '../api.ts'
import { Chat, groupMessages } from './chat.ts'

const message = (id: string, change: Partial<ChatMessage> = {}): ChatMessage => ({
  id,
  identity: 'bea',
  name: 'Bea',
  text: id,
  sentAt: Number(id),
  ...change,
})

const chat = (history: ChatMessage[] = []) =>
  new Chat({
    load: async () => history,
    send: async (text) => message('9', { identity: 'ana', text }),
    ownIdentity: () => 'ana',
  })

const ids = ({ store }: Chat) => store.getState().messages.map(({ id }) => id)

describe('chat', () => {
  it('puts history and live messages in order, each once', async () => {
    const one = chat([message('1'), message('2')])
    one.receive(message('3'))
    one.receive(message('2'))
    await one.load()
    await one.load()
    expect(ids(one)).toEqual(['1', '2', '3'])
  })

  it("counts others' live messages as unread until the panel is open", async () => {
    const one = chat([message('1')])
    await one.load()
    expect(one.store.getState().unread).toBe(0)
    expect(one.receive(message('2'))).toBe(true)
    expect(one.receive(message('3', { identity: 'ana' }))).toBe(false)
    expect(one.store.getState().unread).toBe(1)
    one.setOpen(true)
    one.receive(message('4'))
    expect(one.store.getState().unread).toBe(0)
  })

  it('shows a sent message once, though the server tells everybody of it too', async () => {
    const one = chat()
    await one.send('hi')
    one.receive(message('9', { identity: 'ana' }))
    expect(ids(one)).toEqual(['9'])
  })

  it('goes on without the history', async () => {
    const one = new Chat({
      load: () => Promise.reject(new Error('403')),
      send: () => Promise.reject(new Error('403')),
      ownIdentity: () => 'ana',
    })
    await one.load()
    expect(one.store.getState().hasFailed).toBe(true)
    expect(one.receive(message('1'))).toBe(true)
    await expect(one.send('x')).rejects.toThrow('403')
  })
})

describe('groupMessages', () => {
  it('joins what one sender says in a row', () => {
    const groups = groupMessages([
      message('1'),
      message('2'),
      message('3', { identity: 'ana' }),
      message('4'),
      message('500000'),
    ])
    expect(groups.map((group) => group.messages.map(({ id }) => id))).toEqual([
      ['1', '2'],
      ['3'],
      ['4'],
      ['500000'],
    ])
  })
})
