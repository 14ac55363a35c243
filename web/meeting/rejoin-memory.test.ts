import { describe, expect, it } from 'vitest'
import { RejoinMemory } from './rejoin-memory.ts'

const memoryOf = (page: string, items = new Map<string, string>()) => {
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  }
  return { memory: new RejoinMemory(page, () => storage as Storage), items }
}
const ticket = { name: 'Ana', token: 'a.b.c' }

describe('the way back over a reload', () => {
  it('is given once, within a minute', () => {
    const { memory } = memoryOf('/room/a')
    memory.save(ticket, 1000)
    expect(memory.peek(61_000)).toEqual(ticket)
    expect(memory.take(61_000)).toEqual(ticket)
    expect(memory.peek(61_000)).toBeNull()
    expect(memory.take(61_000)).toBeNull()
    memory.save(ticket, 1000)
    expect(memory.take(61_001)).toBeNull()
  })

  it('is for the same meeting, and not from a clock that has gone back', () => {
    const { memory, items } = memoryOf('/room/a')
    memory.save(ticket, 1000)
    expect(memoryOf('/room/b', items).memory.take(2000)).toBeNull()
    memory.save(ticket, 1000)
    expect(memory.take(999)).toBeNull()
  })

  it('is forgotten when the meeting was left, and survives what is not its own', () => {
    const { memory, items } = memoryOf('/room/a')
    memory.save(ticket, 1000)
    memory.save(null, 1000)
    expect(memory.take(1001)).toBeNull()
    items.set('parley.rejoin', 'nonsense')
    expect(memory.take(1001)).toBeNull()
  })

  it('does without storage', () => {
    const memory = new RejoinMemory('/room/a', () => {
      throw new DOMException('The document is sandboxed', 'SecurityError')
    })
    memory.save(ticket, 1000)
    expect(memory.take(1001)).toBeNull()
  })
})
