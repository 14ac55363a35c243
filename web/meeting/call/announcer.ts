import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Announcement } from '../../lobby/index.ts'

const GATHER_MS = 700
const MAX_AT_ONCE = 3

/**
 * Words for screen readers, at most one sentence group every 0.7 s: when thirty people join at once, the
 * last three are named. Kinds that the person has silenced are not told.
 */
export class Announcer {
  readonly store: StoreApi<{ text: string }> = createStore(() => ({ text: '' }))
  #waiting: string[] = []
  #isGathering = false
  #isSilenced: (kind: Announcement) => boolean

  constructor(isSilenced: (kind: Announcement) => boolean = () => false) {
    this.#isSilenced = isSilenced
  }

  /** Without a kind it is always told. */
  say(text: string, kind?: Announcement): void {
    if (kind && this.#isSilenced(kind)) return
    this.#waiting.push(text)
    if (this.#isGathering) return
    this.#isGathering = true
    setTimeout(() => {
      this.#isGathering = false
      const said = this.#waiting.splice(0).slice(-MAX_AT_ONCE).join('. ')
      // The same words again are no change, and a live region only speaks changes.
      const isRepeated = said === this.store.getState().text
      this.store.setState({ text: isRepeated ? `${said}\u00A0` : said })
    }, GATHER_MS)
  }
}
