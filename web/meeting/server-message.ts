import { asRecord, asRecords, asText } from './json.ts'
import { parseBadge, parsePermissions, type Badge, type Permissions } from './member-token.ts'
import { parseRunning, type RunningRecording } from './recording/recording-state.ts'
import { parseChatMessage, parseMeetingState, type ChatMessage, type MeetingState } from './messages.ts'

/** The LiveKit data topic on which the server speaks; contract/parley.md 6. */
export const SERVER_TOPIC = 'parley'

const MEDIA_KINDS = ['audio', 'video', 'screen'] as const
export type MediaKind = (typeof MEDIA_KINDS)[number]

export type ServerMessage =
  | { type: 'chat.messages'; messages: readonly ChatMessage[] }
  /** There is a message that is too long to be told. */
  | { type: 'chat.more' }
  | { type: 'chat.deleted'; id: string }
  | { type: 'meeting.state'; state: MeetingState }
  /** A moderator asks this participant to send something; nothing happens by itself. */
  | { type: 'meeting.asked'; identity: string; media: readonly MediaKind[]; by: string }
  /** A moderator has muted or stopped something; `identity` null: everybody's but their own. */
  | { type: 'meeting.stopped'; identity: string | null; media: readonly MediaKind[]; by: string }
  | { type: 'meeting.reaction'; identity: string; reaction: string }
  | { type: 'knocks.changed' }
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
    case 'chat.messages': {
      const messages = asRecords(body['messages']).flatMap((entry) => parseChatMessage(entry) ?? [])
      return { type: 'chat.messages', messages }
    }
    case 'chat.more':
      return { type: 'chat.more' }
    case 'chat.deleted':
      return { type: 'chat.deleted', id: asText(body['id']) }
    case 'meeting.state': {
      const state = parseMeetingState(body['state'])
      return state && { type: 'meeting.state', state }
    }
    case 'meeting.asked':
      return {
        type: 'meeting.asked',
        identity: asText(body['identity']),
        media: mediaOf(body['media']),
        by: asText(body['by']),
      }
    case 'meeting.stopped':
      return {
        type: 'meeting.stopped',
        identity: asText(body['identity']) || null,
        media: mediaOf(body['media']),
        by: asText(body['by']),
      }
    case 'meeting.reaction':
      return {
        type: 'meeting.reaction',
        identity: asText(body['identity']),
        reaction: asText(body['reaction']),
      }
    case 'knocks.changed':
      return { type: 'knocks.changed' }
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

const mediaOf = (value: unknown): MediaKind[] =>
  Array.isArray(value) ? MEDIA_KINDS.filter((kind) => value.includes(kind)) : []
