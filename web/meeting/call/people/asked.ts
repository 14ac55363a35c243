import { createStore, type StoreApi } from 'zustand/vanilla'
import type { MediaKind } from '../../server-message.ts'

/** A question that nobody answers goes away: the moment for it has passed. */
const SHOWN_MS = 45_000

/** What a moderator asks this person to send. Each stands there until it is answered. */
export class Asked {
  readonly store: StoreApi<{ by: string; media: readonly MediaKind[] }> = createStore<{
    by: string
    media: readonly MediaKind[]
  }>(() => ({ by: '', media: [] }))
  #timers = new Map<MediaKind, ReturnType<typeof setTimeout>>()

  ask(media: readonly MediaKind[], by: string): void {
    for (const kind of media) {
      clearTimeout(this.#timers.get(kind))
      this.#timers.set(
        kind,
        setTimeout(() => this.answer(kind), SHOWN_MS),
      )
    }
    this.store.setState(({ media: before }) => ({ by, media: [...new Set([...before, ...media])] }))
  }

  answer(kind: MediaKind): void {
    clearTimeout(this.#timers.get(kind))
    this.store.setState(({ media }) => ({ media: media.filter((one) => one !== kind) }))
  }
}
