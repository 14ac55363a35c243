import { createStore, type StoreApi } from 'zustand/vanilla'
import type { RosterEntry } from '../../api.ts'

/** A hundred people who join within a minute are no hundred requests. */
const APART_MS = 1000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Roles as the server tells them. A participant can write its own metadata and attributes, so a badge is
 * shown from here or not at all.
 */
export class Roster {
  readonly store: StoreApi<{ byIdentity: ReadonlyMap<string, RosterEntry> }> = createStore<{
    byIdentity: ReadonlyMap<string, RosterEntry>
  }>(() => ({ byIdentity: new Map() }))
  #load: () => Promise<RosterEntry[]>
  #isLoading = false
  #isStale = false

  constructor(load: () => Promise<RosterEntry[]>) {
    this.#load = load
  }

  /** Fetches anew, at once or after a time; calls until a second after the fetch become one more. Never rejects. */
  async refresh(afterMs = 0): Promise<void> {
    this.#isStale = true
    if (this.#isLoading) return
    this.#isLoading = true
    if (afterMs > 0) await pause(afterMs)
    while (this.#isStale) {
      this.#isStale = false
      try {
        const entries = await this.#load()
        this.store.setState({ byIdentity: new Map(entries.map((entry) => [entry.identity, entry])) })
      } catch {
        // What was known stays; the next change asks again.
      }
      await pause(APART_MS)
    }
    this.#isLoading = false
  }
}
