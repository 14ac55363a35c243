import type { Permissions } from '../member-token.ts'
import type { Lock, Locks } from '../messages.ts'

const PERMISSION = {
  audio: 'mediaPublishAudio',
  video: 'mediaPublishVideo',
  screen: 'mediaShareScreen',
  chat: 'chatWrite',
} as const

/**
 * Whether somebody may send something: as the role says, and unless a moderator has locked it. Only for what the page
 * shows; the server and LiveKit decide by themselves.
 */
export const maySend = (permissions: Permissions, locks: Locks, kind: Lock): 'yes' | 'locked' | 'no' => {
  if (!permissions[PERMISSION[kind]]) return 'no'
  return locks[kind] && !permissions.participantKick ? 'locked' : 'yes'
}
