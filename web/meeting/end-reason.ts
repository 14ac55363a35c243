import { ApiError } from './api-error.ts'

/** Why the page shows its last screen instead of a lobby or a meeting. */
export type EndReason =
  | 'left'
  | 'kicked'
  | 'not-admitted'
  | 'ended'
  | 'ended-by-you'
  | 'duplicate'
  | 'network'
  | 'closed'
  | 'denied'
  | 'wrong-link'
  | 'not-found'
  | 'sign-in'
  | 'sandbox-over'
  | 'unsupported'
  | 'failed'

/** What is said in the lobby, where the person can simply try again. */
export type JoinProblem =
  | 'name-required'
  | 'unreachable'
  | 'busy'
  | 'media-unreachable'
  | 'full'
  | 'unanswered'
  | 'denied-lately'
  | 'waiting-full'

export type JoinFailure = { end: EndReason } | { problem: JoinProblem }

/**
 * What a failed call for a token means to the person; contract/openvidu-meet.md 5.3. Anything that may pass
 * by itself is a problem to retry, anything else an end.
 */
export const explainTokenError = (error: unknown): JoinFailure => {
  if (!(error instanceof ApiError)) return { end: 'failed' }
  switch (error.status) {
    case 0:
    case 502:
    case 503:
    case 504:
      return { problem: 'unreachable' }
    case 429:
      if (error.code === 'knock_denied') return { problem: 'denied-lately' }
      return { problem: error.code === 'waiting_room_full' ? 'waiting-full' : 'busy' }
    case 400:
      return error.kind === 'Room Member Error' ? { problem: 'name-required' } : { end: 'wrong-link' }
    case 401:
      return { end: 'sign-in' }
    case 403:
      return { end: error.code.includes('kick') ? 'kicked' : 'denied' }
    case 404:
      return { end: 'not-found' }
    case 409:
      return error.code === 'meeting_full' ? { problem: 'full' } : { end: 'closed' }
    case 410:
      return { end: 'wrong-link' }
    default:
      return error.status >= 500 ? { problem: 'unreachable' } : { end: 'failed' }
  }
}

/**
 * What the last screen offers: `rejoin` goes straight back in, `retry` and `lobby` to the lobby. `isError`:
 * something went wrong for this person.
 */
export const WAYS_ON: Record<EndReason, { again: 'rejoin' | 'retry' | 'lobby' | null; isError: boolean }> = {
  left: { again: 'rejoin', isError: false },
  duplicate: { again: 'rejoin', isError: false },
  ended: { again: 'lobby', isError: false },
  'ended-by-you': { again: 'lobby', isError: false },
  'sandbox-over': { again: 'lobby', isError: false },
  'not-admitted': { again: 'lobby', isError: true },
  network: { again: 'rejoin', isError: true },
  closed: { again: 'retry', isError: true },
  denied: { again: 'retry', isError: true },
  failed: { again: 'retry', isError: true },
  kicked: { again: null, isError: true },
  'wrong-link': { again: null, isError: true },
  'not-found': { again: null, isError: true },
  'sign-in': { again: null, isError: true },
  unsupported: { again: null, isError: true },
}
