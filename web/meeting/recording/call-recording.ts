import { createStore, type StoreApi } from 'zustand/vanilla'
import type { RecordingState, RunningRecording } from './recording-state.ts'

export interface CallRecordingState extends RecordingState {
  /** When it became active, by this computer's clock. */
  activeSince: number
  /** A start or stop that this person asked for is under way. */
  isBusy: boolean
}

interface Parts {
  load: () => Promise<RecordingState>
  start: () => Promise<void>
  stop: (recordingId: string) => Promise<void>
  answer: (answer: 'agreed' | 'declined') => Promise<RecordingState>
  now: () => number
}

/** The recording of this meeting: what the server tells of it, and what one's own buttons do. */
export class CallRecording {
  readonly store: StoreApi<CallRecordingState> = createStore<CallRecordingState>(() => ({
    recording: null,
    consentText: null,
    consent: null,
    unavailable: null,
    activeSince: 0,
    isBusy: false,
  }))
  readonly #parts: Parts
  /** Answers that were asked for before something newer was told are out of date. */
  #version = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Asks the server, as at each join and rejoin. Keeps what it knows when no answer comes. */
  async refresh(): Promise<void> {
    const version = ++this.#version
    const state = await this.#parts.load().catch(() => null)
    if (state !== null && version === this.#version) this.#show(state)
  }

  /** Told by the server, to everybody. */
  receive(recording: RunningRecording | null): void {
    const { recording: before } = this.store.getState()
    const isSame = before !== null && before.recordingId === recording?.recordingId
    this.#version += 1
    this.#show({ ...this.store.getState(), recording, ...(isSame ? {} : { consent: null }) })
    // The text of the question, and whether another can be started, are known to the server only.
    if (!isSame) void this.refresh()
  }

  /** Throws ApiError; then it is as it was. */
  async toggle(): Promise<void> {
    const { recording, isBusy } = this.store.getState()
    if (isBusy) return
    this.store.setState({ isBusy: true })
    try {
      if (recording === null) {
        await this.#parts.start()
        await this.refresh()
        // Who starts it agrees to it.
        if (this.store.getState().consentText !== null) await this.answer('agreed')
      } else await this.#parts.stop(recording.recordingId)
    } finally {
      this.store.setState({ isBusy: false })
    }
  }

  /** Throws ApiError; the question then stays. */
  async answer(answer: 'agreed' | 'declined'): Promise<void> {
    this.#version += 1
    this.#show(await this.#parts.answer(answer))
  }

  #show(state: RecordingState): void {
    const { recording } = state
    const before = this.store.getState()
    const isSame = before.recording?.recordingId === recording?.recordingId && before.activeSince > 0
    this.store.setState({
      ...state,
      activeSince:
        recording === null || recording.status === 'starting'
          ? 0
          : isSame
            ? before.activeSince
            : this.#parts.now() - recording.elapsedMs,
    })
  }
}
