import { createStore, type StoreApi } from 'zustand/vanilla'

export interface Question {
  title: string
  text: string
  confirmLabel: string
  onConfirm: () => void
}

/** What is asked before something that cannot be undone. It outlasts the row or tile from whose menu it came. */
export class Confirmation {
  readonly store: StoreApi<{ question: Question | null }> = createStore<{ question: Question | null }>(
    () => ({ question: null }),
  )

  ask(question: Question): void {
    this.store.setState({ question })
  }

  close(): void {
    this.store.setState({ question: null })
  }
}
