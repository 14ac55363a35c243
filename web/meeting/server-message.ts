import { parseChatMessage, type ChatMessage } from './api.ts'
import { asRecord, asText } from './json.ts'
import { parseBadge, parsePermissions, type Badge, type Permissions } from './member-token.ts'
import { parseRunning, type RunningRecording } from './recording/recording-state.ts'

/** The LiveKit data topic on which the server speaks; contract/parley.md 6. */
export const SERVER_TOPIC = 'parley'

export type ServerMessage =
  | { type: 'chat.message'; message: ChatMessage }
  | { type: 'meeting.role'; identity: string; badge: Badge; permissions: Permissions }
  | { type: 'meeting.ended'; by: string | null; isSandbox: boolean }
  /** A duration, as this computer's clock need not agree with the server's. */
  | { type: 'meeting.sandbox'; remainingMs: number }
  | { type: 'recording.state'; recording: RunningRecording | null; failed: string | null }
  | { type: 'participants.changed' }

/**
 * Reads what the server sent to the room. Undefined for what this version of the page does not know.
 * The caller has made sure that it came from the server: a participant could send the same bytes.
 */
export const parseServerMessage = (payload: Uint8Array): ServerMessage | undefined => {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(payload))
  } catch {
    return undefined
  }
  const body = asRecord(value)
  switch (body['type']) {
    case 'chat.message': {
      const message = parseChatMessage(body['message'])
      return message && { type: 'chat.message', message }
    }
    case 'meeting.role':
      return {
        type: 'meeting.role',
        identity: asText(body['identity']),
        badge: parseBadge(body['badge']),
        permissions: parsePermissions(body['permissions']),
      }
    case 'meeting.ended':
      return {
        type: 'meeting.ended',
        by: asText(body['by']) || null,
        isSandbox: body['reason'] === 'sandbox',
      }
    case 'meeting.sandbox':
      return typeof body['remainingMs'] === 'number'
        ? { type: 'meeting.sandbox', remainingMs: body['remainingMs'] }
        : undefined
    case 'recording.state':
      return {
        type: 'recording.state',
        recording: parseRunning(body['recording']),
        failed: asText(body['failed']) || null,
      }
    case 'participants.changed':
      return { type: 'participants.changed' }
    default:
      return undefined
  }
}
