import { asNumber, asRecord, asText } from './json.ts'
import type { RejoinTicket } from './session.ts'

const KEY = 'parley.rejoin'
const MAX_AGE_MS = 60_000

/**
 * Keeps the way back into a meeting over a reload, for 60 s and in this tab only: a copy of the tab must not take
 * the place of the first. Storage that is closed means that a reload leads to the lobby.
 */
export class RejoinMemory {
  #storage: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
  #page: string

  /** `page`: the path of the meeting, which a ticket is good for. */
  constructor(page: string, storage: () => Storage = () => window.sessionStorage) {
    this.#page = page
    this.#storage = storage
  }

  /** To be called when the page goes away; null forgets. */
  save(ticket: RejoinTicket | null, now: number): void {
    try {
      if (ticket === null) this.#storage().removeItem(KEY)
      else this.#storage().setItem(KEY, JSON.stringify({ ...ticket, page: this.#page, at: now }))
    } catch {
      // See the class.
    }
  }

  /** What was saved for this page less than 60 s ago; it is given once. */
  take(now: number): RejoinTicket | null {
    const ticket = this.peek(now)
    this.save(null, now)
    return ticket
  }

  /** What `take` would give. */
  peek(now: number): RejoinTicket | null {
    try {
      const saved = asRecord(JSON.parse(this.#storage().getItem(KEY) ?? '{}'))
      const age = now - asNumber(saved['at'])
      if (saved['page'] !== this.#page || age < 0 || age > MAX_AGE_MS) return null
      return { name: asText(saved['name']), token: asText(saved['token']) }
    } catch {
      return null
    }
  }
}

/** Whether this page was opened by reloading it, not by following its link. */
export const isReload = (): boolean => {
  const [entry] = performance.getEntriesByType('navigation')
  return entry instanceof PerformanceNavigationTiming && entry.type === 'reload'
}
