import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Announcer } from './announcer.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('the announcer', () => {
  it('gathers what happens at once and names the last three', () => {
    const announcer = new Announcer()
    for (const name of ['a', 'b', 'c', 'd']) announcer.say(name)
    expect(announcer.store.getState().text).toBe('')
    vi.runAllTimers()
    expect(announcer.store.getState().text).toBe('b. c. d')
  })

  it('says the same thing twice', () => {
    const announcer = new Announcer()
    const texts = [1, 2].map(() => {
      announcer.say('Ana joined')
      vi.runAllTimers()
      return announcer.store.getState().text
    })
    expect(texts[0]).not.toBe(texts[1])
    expect(texts[1]?.trim()).toBe('Ana joined')
  })
})
