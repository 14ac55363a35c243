import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Knock } from '../../api.ts'

interface KnocksParts {
  load: () => Promise<Knock[]>
  answer: (knockId: string | null, admit: boolean) => Promise<void>
  /** Hears of those who were not waiting before. */
  onKnock: (knocks: readonly Knock[]) => void
}

/** Who waits to be let in, for moderators. */
export class Knocks {
  readonly store: StoreApi<{ knocks: readonly Knock[] }> = createStore<{ knocks: readonly Knock[] }>(() => ({
    knocks: [],
  }))
  #parts: KnocksParts
  #isLoading = false
  #isStale = false
  /** Answered here, and perhaps still on a list that was fetched before. */
  #answered = new Set<string>()

  constructor(parts: KnocksParts) {
    this.#parts = parts
  }

  /** Fetches anew; calls during a fetch become one more fetch after it. Never rejects. */
  async refresh(): Promise<void> {
    this.#isStale = true
    if (this.#isLoading) return
    this.#isLoading = true
    while (this.#isStale) {
      this.#isStale = false
      try {
        const known = new Set(this.store.getState().knocks.map(({ knockId }) => knockId))
        const knocks = (await this.#parts.load()).filter(({ knockId }) => !this.#answered.has(knockId))
        this.store.setState({ knocks })
        const fresh = knocks.filter(({ knockId }) => !known.has(knockId))
        if (fresh.length > 0) this.#parts.onKnock(fresh)
      } catch {
        // What was known stays; the next change asks again.
      }
    }
    this.#isLoading = false
  }

  /** Nobody is shown any more: this person may not answer now. */
  clear(): void {
    this.store.setState({ knocks: [] })
  }

  /**
   * Admits or denies one who waits; null: all. They leave the list at once. Throws what the server answers, but for
   * one that another moderator has answered.
   */
  async answer(knockId: string | null, admit: boolean): Promise<void> {
    const { knocks } = this.store.getState()
    const due = knocks.filter((knock) => knockId === null || knock.knockId === knockId)
    for (const one of due) this.#answered.add(one.knockId)
    this.store.setState({ knocks: knocks.filter((knock) => !due.includes(knock)) })
    try {
      await this.#parts.answer(knockId, admit)
    } catch (error) {
      const status = (error as { status?: number }).status
      if (status === 404 || status === 409) return
      for (const one of due) this.#answered.delete(one.knockId)
      void this.refresh()
      throw error
    }
  }
}
