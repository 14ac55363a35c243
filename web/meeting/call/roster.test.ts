import { describe, expect, it } from 'vitest'
import type { RosterEntry } from '../api.ts'
import { Roster } from './roster.ts'

const entry = (identity: string): RosterEntry => ({
  identity,
  name: identity,
  badge: 'other',
  isPromotedModerator: false,
})

describe('the roster', () => {
  it('asks once more for changes that come during a fetch, and not once for each', async () => {
    let fetches = 0
    const roster = new Roster(async () => {
      fetches++
      await new Promise((resolve) => setTimeout(resolve, 5))
      return [entry(`p${fetches}`)]
    })
    await Promise.all([roster.refresh(), roster.refresh(), roster.refresh()])
    expect(fetches).toBe(2)
    expect([...roster.store.getState().byIdentity.keys()]).toEqual(['p2'])
  })

  it('survives a failed fetch', async () => {
    let isDown = true
    const roster = new Roster(() =>
      isDown ? Promise.reject(new Error('503')) : Promise.resolve([entry('ana')]),
    )
    await roster.refresh()
    isDown = false
    await roster.refresh()
    expect(roster.store.getState().byIdentity.get('ana')?.badge).toBe('other')
  })
})
