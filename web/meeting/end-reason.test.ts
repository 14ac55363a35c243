import { describe, expect, it } from 'vitest'
import { ApiError } from './api-error.ts'
import { explainTokenError } from './end-reason.ts'

const answer = (status: number, kind = 'Room Error', code = '') => new ApiError(status, kind, code, '')

describe('explainTokenError', () => {
  it.each([
    [answer(404), { end: 'not-found' }],
    [answer(400), { end: 'wrong-link' }],
    [answer(400, 'Room Member Error'), { problem: 'name-required' }],
    [answer(401, 'Authentication Error'), { end: 'sign-in' }],
    [answer(403, 'Authorization Error'), { end: 'denied' }],
    [answer(403, 'Authorization Error', 'participant_kicked'), { end: 'kicked' }],
    [answer(409), { end: 'closed' }],
    [answer(410), { end: 'wrong-link' }],
    [answer(429), { problem: 'busy' }],
    [new ApiError(409, 'Room Error', 'meeting_full', ''), { problem: 'full' }],
    [new ApiError(429, '', 'knock_denied', ''), { problem: 'denied-lately' }],
    [new ApiError(429, '', 'waiting_room_full', ''), { problem: 'waiting-full' }],
    [answer(0), { problem: 'unreachable' }],
    [answer(500), { problem: 'unreachable' }],
    [answer(503, 'LiveKit Error'), { problem: 'unreachable' }],
    [answer(422), { end: 'failed' }],
    [new TypeError('bug'), { end: 'failed' }],
  ])('%o', (error, failure) => {
    expect(explainTokenError(error)).toEqual(failure)
  })
})
