import { createStore, type StoreApi } from 'zustand/vanilla'

/** As the server has them in server/meetings/schema.ts. */
export const REACTIONS = {
  like: '👍',
  applause: '👏',
  heart: '❤️',
  laugh: '😂',
  surprise: '😮',
  celebrate: '🎉',
} as const
export type Reaction = keyof typeof REACTIONS

export const isReaction = (name: string): name is Reaction => Object.hasOwn(REACTIONS, name)

export interface ShownReaction {
  id: number
  identity: string
  reaction: Reaction
}

const SHOWN_MS = 2_600
/** More at once are a storm that nobody can read and that costs everybody's machine. */
const MAX_SHOWN = 24
const MAX_EACH = 3

/** Reactions on the stage, each for two and a half seconds. */
export class Reactions {
  readonly store: StoreApi<{ shown: readonly ShownReaction[] }> = createStore<{
    shown: readonly ShownReaction[]
  }>(() => ({ shown: [] }))
  #next = 1

  /** True if it is shown: an unknown one is not, nor one too many. */
  show(identity: string, reaction: string): boolean {
    if (!isReaction(reaction)) return false
    const { shown } = this.store.getState()
    const own = shown.filter((one) => one.identity === identity)
    if (shown.length >= MAX_SHOWN || own.length >= MAX_EACH) return false
    const id = this.#next++
    this.store.setState({ shown: [...shown, { id, identity, reaction }] })
    setTimeout(
      () => this.store.setState((state) => ({ shown: state.shown.filter((one) => one.id !== id) })),
      SHOWN_MS,
    )
    return true
  }
}
