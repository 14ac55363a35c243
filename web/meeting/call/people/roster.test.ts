import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RosterEntry } from '../../api.ts'
import { Roster } from './roster.ts'

const entry = (identity: string): RosterEntry => ({
  identity,
  name: identity,
  badge: 'other',
  isPromotedModerator: false,
})

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('the roster', () => {
  it('asks once more for changes that come during a fetch or right after it, and not once for each', async () => {
    let fetches = 0
    const roster = new Roster(async () => {
      fetches++
      return [entry(`p${fetches}`)]
    })
    const first = roster.refresh()
    await vi.advanceTimersByTimeAsync(1)
    expect([...roster.store.getState().byIdentity.keys()]).toEqual(['p1'])
    for (let i = 0; i < 50; i++) void roster.refresh()
    await vi.runAllTimersAsync()
    await first
    expect(fetches).toBe(2)
    expect([...roster.store.getState().byIdentity.keys()]).toEqual(['p2'])
  })

  it('asks once, and when they are in, for people who come at the same time', async () => {
    let fetches = 0
    const roster = new Roster(async () => [entry(`p${++fetches}`)])
    for (let i = 0; i < 20; i++) void roster.refresh(500)
    await vi.advanceTimersByTimeAsync(499)
    expect(fetches).toBe(0)
    await vi.runAllTimersAsync()
    expect(fetches).toBe(1)
  })

  it('survives a failed fetch', async () => {
    let isDown = true
    const roster = new Roster(() =>
      isDown ? Promise.reject(new Error('503')) : Promise.resolve([entry('ana')]),
    )
    void roster.refresh()
    await vi.runAllTimersAsync()
    isDown = false
    void roster.refresh()
    await vi.runAllTimersAsync()
    expect(roster.store.getState().byIdentity.get('ana')?.badge).toBe('other')
  })
})
