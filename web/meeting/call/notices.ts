import { createStore, type StoreApi } from 'zustand/vanilla'

export interface Notice {
  id: number
  text: string
  tone: 'plain' | 'problem'
  action?: { label: string; run: () => void }
}

const SHOWN_MS = 6_000
const MAX_SHOWN = 3

/** Short messages in a corner of the call; the newest three, each for six seconds. */
export class Notices {
  readonly store: StoreApi<{ notices: readonly Notice[] }> = createStore<{ notices: readonly Notice[] }>(
    () => ({
      notices: [],
    }),
  )
  #next = 1

  show(text: string, options: Partial<Pick<Notice, 'tone' | 'action'>> = {}): void {
    const notice: Notice = { id: this.#next++, text, tone: 'plain', ...options }
    const others = this.store.getState().notices.filter((shown) => shown.text !== text)
    this.store.setState({ notices: [...others, notice].slice(-MAX_SHOWN) })
    setTimeout(() => this.dismiss(notice.id), SHOWN_MS)
  }

  dismiss(id: number): void {
    this.store.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }))
  }
}
