import type { Participant, Room } from 'livekit-client'
import { createContext, use, useSyncExternalStore } from 'react'
import { useStore } from 'zustand/react'
import type { LocalMedia, PreferenceStore } from '../../lobby/index.ts'
import type { Lock, MeetingState } from '../messages.ts'
import { hasDeclined } from '../recording/recording-state.ts'
import type { SessionState } from '../session.ts'
import type { LiveKitConnection } from './connection.ts'
import { type May, maySend } from './may.ts'
import type { LastingParts, Session } from './parts.ts'
import { watchParticipant, type ParticipantView } from './participant-view.ts'
import { watchParticipants } from './people/participant-list.ts'
import type { StageStore } from './stage-store.ts'

/** What the parts of the call share. */
export interface CallParts extends LastingParts {
  session: Session
  room: Room
  connection: LiveKitConnection
  media: LocalMedia
  preferences: PreferenceStore
  stage: StageStore
}

export const CallContext = createContext<CallParts | null>(null)

export const useCall = (): CallParts => {
  const parts = use(CallContext)
  if (!parts) throw new Error('Used outside of the call')
  return parts
}

export const useSession = <T>(select: (state: SessionState<LiveKitConnection>) => T): T =>
  useStore(useCall().session.store, select)

/** What holds for the whole meeting: hands, spotlight, locks. */
export const useMeetingState = <T>(select: (state: MeetingState) => T): T =>
  useStore(useCall().state.store, select)

/** One participant as it is now; renders the caller only when something shown of it changes. */
export const useParticipant = (participant: Participant): ParticipantView => {
  const { subscribe, getSnapshot } = watchParticipant(participant)
  return useSyncExternalStore(subscribe, getSnapshot)
}

/** Everybody, oneself first; changes when somebody comes or goes. */
export const useParticipants = (): readonly Participant[] => {
  const { subscribe, getSnapshot } = watchParticipants(useCall().room)
  return useSyncExternalStore(subscribe, getSnapshot)
}

/** Whether this person may send something now; see maySend. */
export const useMay = (kind: Lock): May => {
  const { session, state, recording } = useCall()
  const permissions = useStore(session.store, (now) => now.permissions)
  const locks = useStore(state.store, (now) => now.locks)
  const isUnrecorded = useStore(recording.store, hasDeclined)
  return maySend(permissions, locks, isUnrecorded, kind)
}
