import { DisconnectReason } from 'livekit-client'
import type { LostReason } from '../session.ts'

/**
 * What LiveKit's reason means here. All that is not an answer to this participant counts as the network:
 * joining again finds out, and the token route says no where the answer is no.
 */
export const lostReasonOf = (reason: DisconnectReason | undefined): LostReason => {
  switch (reason) {
    case DisconnectReason.PARTICIPANT_REMOVED:
      return 'kicked'
    case DisconnectReason.ROOM_DELETED:
    case DisconnectReason.ROOM_CLOSED:
      return 'ended'
    case DisconnectReason.DUPLICATE_IDENTITY:
      return 'duplicate'
    default:
      return 'network'
  }
}
