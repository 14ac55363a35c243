import type { Participant, Room } from 'livekit-client'
import { createContext, use, useSyncExternalStore } from 'react'
import { useStore } from 'zustand/react'
import type { LocalMedia, PreferenceStore } from '../../lobby/index.ts'
import type { MeetingSession, SessionState } from '../session.ts'
import type { CallRecording } from '../recording/call-recording.ts'
import type { Announcer } from './announcer.ts'
import type { Chat } from './chat.ts'
import type { LiveKitConnection } from './connection.ts'
import type { MediaControls } from './media-controls.ts'
import type { Notices } from './notices.ts'
import { watchParticipants } from './participant-list.ts'
import { watchParticipant, type ParticipantView } from './participant-view.ts'
import type { Roster } from './roster.ts'
import type { StageStore } from './stage-store.ts'

/** What the parts of the call share. Stores, not values: a change renders who reads it, not the call. */
export interface CallParts {
  session: MeetingSession<LiveKitConnection>
  room: Room
  connection: LiveKitConnection
  media: LocalMedia
  preferences: PreferenceStore
  controls: MediaControls
  stage: StageStore
  chat: Chat
  recording: CallRecording
  roster: Roster
  notices: Notices
  announcer: Announcer
}

export const CallContext = createContext<CallParts | null>(null)

export const useCall = (): CallParts => {
  const parts = use(CallContext)
  if (!parts) throw new Error('Used outside of the call')
  return parts
}

export const useSession = <T>(select: (state: SessionState<LiveKitConnection>) => T): T =>
  useStore(useCall().session.store, select)

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
