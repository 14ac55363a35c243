import { RoomEvent, Track, type Participant, type Room } from 'livekit-client'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Layout, PreferenceStore } from '../../lobby/index.ts'
import type { StateStore } from './meeting-state.ts'
import { EMPTY_STAGE, orderStage, type StageOrder } from './stage-order.ts'

const EVENTS = [
  RoomEvent.Connected,
  RoomEvent.Reconnected,
  RoomEvent.ParticipantConnected,
  RoomEvent.ParticipantDisconnected,
  RoomEvent.TrackPublished,
  RoomEvent.TrackUnpublished,
  RoomEvent.LocalTrackPublished,
  RoomEvent.LocalTrackUnpublished,
  RoomEvent.ActiveSpeakersChanged,
] as const

const SETTLED_MS = 1000

interface StageState {
  order: StageOrder
  pinnedId: string | null
  layout: Layout
}

/**
 * Who is where on the stage of one room. Speaking reaches it only to bring somebody forward from a later
 * page; an unchanged order is the same object, so nothing renders.
 */
export class StageStore {
  readonly store: StoreApi<StageState>
  #room: Room
  #preferences: PreferenceStore
  #firstPageSize = 9
  #lastSpokeAt = new Map<string, number>()
  #sharingSince = new Map<string, number>()
  #shares = 0
  #state: StateStore
  #startedAt = Infinity

  constructor(room: Room, preferences: PreferenceStore, state: StateStore) {
    this.#room = room
    this.#preferences = preferences
    this.#state = state
    this.store = createStore(() => ({
      order: EMPTY_STAGE,
      pinnedId: null,
      layout: preferences.current.layout,
    }))
  }

  /** Whoever appears from now on comes into a meeting that is under way. */
  get isSettled(): boolean {
    return performance.now() - this.#startedAt > SETTLED_MS
  }

  /** Follows the room until the returned function is called. */
  start(): () => void {
    this.#startedAt = performance.now()
    const update = () => this.#update()
    for (const event of EVENTS) this.#room.on(event, update)
    const unsubscribe = this.#state.store.subscribe((now, before) => {
      if (now.spotlight !== before.spotlight) update()
    })
    update()
    return () => {
      unsubscribe()
      for (const event of EVENTS) this.#room.off(event, update)
    }
  }

  setFirstPageSize(size: number): void {
    if (size === this.#firstPageSize) return
    this.#firstPageSize = size
    this.#update()
  }

  /** Chooses what is large, for this person only, and remembers it. A pin is let go. */
  setLayout(layout: Layout): void {
    this.#preferences.save({ layout })
    this.store.setState({ layout, pinnedId: null })
    this.#update()
  }

  /** Pins a tile for this person only; pinning it again lets it go. */
  togglePin(tileId: string): void {
    this.store.setState(({ pinnedId }) => ({ pinnedId: pinnedId === tileId ? null : tileId }))
    this.#update()
  }

  #update(): void {
    const { order, pinnedId, layout } = this.store.getState()
    const participants = [this.#room.localParticipant, ...this.#room.remoteParticipants.values()]
    const now = Date.now()
    for (const { identity } of this.#room.activeSpeakers) this.#lastSpokeAt.set(identity, now)
    const next = orderStage(
      order,
      // Before the first answer of the server the local participant has no identity yet.
      participants
        .filter(({ identity }) => identity !== '')
        .map((participant) => this.#describe(participant)),
      this.#firstPageSize,
      pinnedId,
      layout,
      this.#state.current.spotlight,
    )
    if (next !== order) this.store.setState({ order: next })
  }

  #describe(participant: Participant) {
    const { identity, isLocal, isSpeaking } = participant
    if (!participant.getTrackPublication(Track.Source.ScreenShare)) this.#sharingSince.delete(identity)
    // LiveKit does not say when a share began; the order in which they were seen is enough.
    else if (!this.#sharingSince.has(identity)) this.#sharingSince.set(identity, ++this.#shares)
    return {
      identity,
      isLocal,
      isSpeaking,
      joinedAt: participant.joinedAt?.getTime() ?? 0,
      lastSpokeAt: this.#lastSpokeAt.get(identity) ?? null,
      sharingSince: this.#sharingSince.get(identity) ?? null,
    }
  }
}
