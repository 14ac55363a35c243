import { createStore, type StoreApi } from 'zustand/vanilla'
import type { RosterEntry } from '../../api.ts'

/** A hundred people who join within a minute are no hundred requests. */
const APART_MS = 1000

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

  /** Fetches anew; calls during a fetch, or within a second of it, become one more. Never rejects. */
  async refresh(): Promise<void> {
    this.#isStale = true
    if (this.#isLoading) return
    this.#isLoading = true
    while (this.#isStale) {
      this.#isStale = false
      try {
        const entries = await this.#load()
        this.store.setState({ byIdentity: new Map(entries.map((entry) => [entry.identity, entry])) })
      } catch {
        // What was known stays; the next change asks again.
      }
      await new Promise((resolve) => setTimeout(resolve, APART_MS))
    }
    this.#isLoading = false
  }
}
