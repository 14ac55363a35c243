import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Announcement } from '../../lobby/index.ts'

const GATHER_MS = 700
/** After something was said, so long is left to hear it out. */
const APART_MS = 2_500
const MAX_AT_ONCE = 3
/** Of one kind so many are said one by one; more of them are counted. */
const MAX_OF_A_KIND = 2

/** What comes in numbers, and under which of the person's switches it falls; null: it is always told. */
const SWITCH_OF = {
  join: 'people',
  leave: 'people',
  message: 'chat',
  reaction: 'hands',
  hand: 'hands',
  knock: null,
} as const satisfies Record<string, Announcement | null>
export type AnnouncedKind = keyof typeof SWITCH_OF

interface Waiting {
  text: string
  kind: AnnouncedKind | null
}

interface AnnouncerParts {
  /** "12 people joined". */
  count: (kind: AnnouncedKind, count: number) => string
  isSilenced?: (kind: Announcement) => boolean
  now?: () => number
}

/**
 * Words for screen readers, at most one sentence group every few seconds: when thirty people join at once it says how
 * many, and a flood of messages does not drown that one's own microphone is off. Kinds that the person has silenced
 * are not told.
 */
export class Announcer {
  readonly store: StoreApi<{ text: string }> = createStore(() => ({ text: '' }))
  #parts: Required<AnnouncerParts>
  #waiting: Waiting[] = []
  #timer: ReturnType<typeof setTimeout> | null = null
  #saidAt = -Infinity

  constructor(parts: AnnouncerParts) {
    this.#parts = { isSilenced: () => false, now: () => performance.now(), ...parts }
  }

  /** Without a kind it is always told. */
  say(text: string, kind?: AnnouncedKind | Announcement): void {
    const counted = kind !== undefined && isCounted(kind) ? kind : null
    const group = counted === null ? (kind as Announcement | undefined) : SWITCH_OF[counted]
    if (group && this.#parts.isSilenced(group)) return
    this.#waiting.push({ text, kind: counted })
    const quietMs = counted === null ? 0 : this.#saidAt + APART_MS - this.#parts.now()
    const delayMs = Math.max(GATHER_MS, quietMs)
    // One's own, and what happens once, does not wait for the turn of what comes in numbers.
    if (counted === null && this.#timer !== null) {
      clearTimeout(this.#timer)
      this.#timer = null
    }
    this.#timer ??= setTimeout(() => this.#flush(), delayMs)
  }

  #flush(): void {
    this.#timer = null
    this.#saidAt = this.#parts.now()
    const said = this.#summarize(this.#waiting.splice(0)).join('. ')
    // The same words again are no change, and a live region only speaks changes.
    const isRepeated = said === this.store.getState().text
    this.store.setState({ text: isRepeated ? `${said}\u00A0` : said })
  }

  #summarize(waiting: readonly Waiting[]): string[] {
    const counts = new Map<AnnouncedKind, number>()
    for (const { kind } of waiting) if (kind !== null) counts.set(kind, (counts.get(kind) ?? 0) + 1)
    const own = waiting.filter(({ kind }) => kind === null).map(({ text }) => text)
    const many = [...counts].filter(([, count]) => count > MAX_OF_A_KIND)
    const few = waiting.filter(({ kind }) => kind !== null && (counts.get(kind) ?? 0) <= MAX_OF_A_KIND)
    return [
      ...own.slice(-MAX_AT_ONCE),
      ...many.map(([kind, count]) => this.#parts.count(kind, count)),
      ...few.map(({ text }) => text).slice(-MAX_AT_ONCE),
    ]
  }
}

const isCounted = (kind: string): kind is AnnouncedKind => Object.hasOwn(SWITCH_OF, kind)
