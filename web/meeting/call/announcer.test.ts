import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Announcer } from './announcer.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const stage = () => {
  const announcer = new Announcer({
    count: (kind, count) => `${count} x ${kind}`,
    isSilenced: (kind) => kind === 'shares',
  })
  const said: string[] = []
  announcer.store.subscribe(({ text }) => said.push(text))
  return { announcer, said }
}

describe('the announcer', () => {
  it('gathers what happens at once', () => {
    const { announcer, said } = stage()
    announcer.say('Ana joined', 'join')
    announcer.say('Bea wrote: hi', 'message')
    expect(said).toEqual([])
    vi.runAllTimers()
    expect(said).toEqual(['Ana joined. Bea wrote: hi'])
  })

  it('counts what comes in numbers, and says one’s own all the same', () => {
    const { announcer, said } = stage()
    for (let i = 0; i < 200; i++) announcer.say(`message ${i}`, 'message')
    announcer.say('Ana joined', 'join')
    announcer.say('Microphone off')
    vi.runAllTimers()
    expect(said).toEqual(['Microphone off. 200 x message. Ana joined'])
  })

  it('leaves time between two announcements, but not before one’s own', () => {
    const { announcer, said } = stage()
    for (let second = 0; second < 10; second++) {
      for (let i = 0; i < 200; i++) announcer.say('flood', 'message')
      vi.advanceTimersByTime(1000)
    }
    expect(said.length).toBeLessThanOrEqual(5)
    vi.runAllTimers()
    announcer.say('flood', 'message')
    announcer.say('Microphone on')
    vi.advanceTimersByTime(701)
    expect(said.at(-1)).toBe('Microphone on. flood')
  })

  it('says the same thing twice', () => {
    const { announcer, said } = stage()
    for (let i = 0; i < 2; i++) {
      announcer.say('Ana joined', 'join')
      vi.runAllTimers()
    }
    expect(said[0]).not.toBe(said[1])
    expect(said[1]?.trim()).toBe('Ana joined')
  })

  it('does not tell what the person has silenced', () => {
    const { announcer, said } = stage()
    announcer.say('Ana is sharing', 'shares')
    announcer.say('Ana joined', 'join')
    vi.runAllTimers()
    expect(said).toEqual(['Ana joined'])
  })
})
