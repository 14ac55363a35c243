import type { Permissions } from '../member-token.ts'
import type { Lock, Locks } from '../messages.ts'

const PERMISSION = {
  audio: 'mediaPublishAudio',
  video: 'mediaPublishVideo',
  screen: 'mediaShareScreen',
  chat: 'chatWrite',
} as const

export type May = 'yes' | 'locked' | 'declined' | 'no'

/**
 * Whether somebody may send something: as the role says, unless a moderator has locked it, and nothing that would be
 * recorded from who declined that (`isUnrecorded`). Only for what the page shows; the server and LiveKit decide by
 * themselves.
 */
export const maySend = (permissions: Permissions, locks: Locks, isUnrecorded: boolean, kind: Lock): May => {
  if (!permissions[PERMISSION[kind]]) return 'no'
  if (isUnrecorded && kind !== 'chat') return 'declined'
  return locks[kind] && !permissions.participantKick ? 'locked' : 'yes'
}
