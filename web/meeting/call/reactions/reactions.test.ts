import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Reactions } from './reactions.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('reactions', () => {
  it('are shown for a while, each by itself', () => {
    const reactions = new Reactions()
    expect(reactions.show('ana', 'heart')).toBe(true)
    vi.advanceTimersByTime(2000)
    reactions.show('bea', 'like')
    vi.advanceTimersByTime(1000)
    expect(reactions.store.getState().shown).toMatchObject([{ identity: 'bea', reaction: 'like' }])
  })

  it('that are unknown or too many are not shown', () => {
    const reactions = new Reactions()
    expect(reactions.show('ana', 'toString')).toBe(false)
    expect(reactions.show('ana', '<b>')).toBe(false)
    for (let i = 0; i < 10; i++) reactions.show('ana', 'like')
    expect(reactions.store.getState().shown).toHaveLength(3)
    for (let i = 0; i < 100; i++) reactions.show(`p${i}`, 'like')
    expect(reactions.store.getState().shown).toHaveLength(24)
  })
})
