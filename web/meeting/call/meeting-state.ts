import { createStore, type StoreApi } from 'zustand/vanilla'
import type { MeetingState } from '../messages.ts'

const NOTHING: MeetingState = {
  version: -1,
  hands: [],
  spotlight: null,
  locks: { audio: false, video: false, screen: false, chat: false },
  hasAttachments: false,
  hasWaitingRoom: false,
}

/** Hands, spotlight and locks, as the server tells them; what comes late and is older changes nothing. */
export class StateStore {
  readonly store: StoreApi<MeetingState> = createStore<MeetingState>(() => NOTHING)

  get current(): MeetingState {
    return this.store.getState()
  }

  take(state: MeetingState): void {
    if (state.version >= this.current.version) this.store.setState(state)
  }
}
