import { describe, expect, it } from 'vitest'
import { ApiError } from '../../api-error.ts'
import { Knocks } from './knocks.ts'

const knock = (knockId: string) => ({ knockId, name: knockId.toUpperCase(), isSignedIn: false })

const stage = (answer: () => Promise<void> = async () => {}) => {
  const server = { waiting: [knock('a')] }
  const heard: string[][] = []
  const knocks = new Knocks({
    load: async () => server.waiting,
    answer,
    onKnock: (fresh) => heard.push(fresh.map(({ name }) => name)),
  })
  return { knocks, server, heard, ids: () => knocks.store.getState().knocks.map(({ knockId }) => knockId) }
}

describe('who waits', () => {
  it('is announced once', async () => {
    const { knocks, server, heard } = stage()
    await knocks.refresh()
    server.waiting = [knock('a'), knock('b')]
    await knocks.refresh()
    expect(heard).toEqual([['A'], ['B']])
  })

  it('leaves the list with the answer, and does not come back with a list from before', async () => {
    const { knocks, ids } = stage()
    await knocks.refresh()
    await knocks.answer('a', true)
    expect(ids()).toEqual([])
    await knocks.refresh()
    expect(ids()).toEqual([])
  })

  it('comes back when the answer did not arrive, but not when another moderator was faster', async () => {
    const failing = stage(() => Promise.reject(new ApiError(503, '', '', '')))
    await failing.knocks.refresh()
    await expect(failing.knocks.answer(null, true)).rejects.toThrow()
    await failing.knocks.refresh()
    expect(failing.ids()).toEqual(['a'])
    const late = stage(() => Promise.reject(new ApiError(409, '', 'knock_decided', '')))
    await late.knocks.refresh()
    await late.knocks.answer('a', false)
    expect(late.ids()).toEqual([])
  })
})
