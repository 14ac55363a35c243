import { z } from 'zod'
import { KeyView } from '../keys/schema.ts'
import { ChatMessage } from '../meetings/schema.ts'
import { RoomView } from '../rooms/schema.ts'
import type { EventName } from './outbox.ts'

const WholeRoom = RoomView.meta({
  id: 'WebhookRoom',
  description: 'All that `GET /api/v1/rooms/{roomId}?extraFields=config,roles` shows at that time',
})

const Recording = z
  .looseObject({
    recordingId: z.string(),
    roomId: z.string(),
    roomName: z.string(),
    status: z.enum(['starting', 'active', 'ending', 'complete', 'failed', 'aborted', 'limit_reached']),
    layout: z.string(),
    encoding: z.union([z.string(), z.looseObject({})]),
    filename: z.string(),
    startDate: z.number(),
    endDate: z.number().optional(),
    duration: z.number().optional().meta({ description: 'Seconds' }),
    size: z.number().optional().meta({ description: 'Bytes' }),
    errorCode: z.number().optional(),
    error: z.string().optional(),
    details: z.string().optional(),
  })
  .meta({ id: 'WebhookRecording', description: 'As `GET /api/v1/recordings/{recordingId}` shows it' })

const InRoom = z.object({ roomId: z.string(), roomName: z.string() })
const ParticipantEvent = InRoom.extend({
  participant: z.object({ identity: z.string(), name: z.string(), badge: z.string() }),
}).meta({ id: 'WebhookParticipant' })
const ChatEvent = InRoom.extend({ message: ChatMessage }).meta({ id: 'WebhookChatMessage' })
const KeyEvent = KeyView.meta({ id: 'WebhookApiKey', description: 'What is known of the key, never the key' })

/** What each event means and carries in `data`; the OpenAPI document's `webhooks` come from here. */
export const EVENTS: Record<EventName, { summary: string; data: z.ZodType }> = {
  meetingStarted: { summary: 'The first person has come into a room', data: WholeRoom },
  meetingEnded: {
    summary: 'The last person has left, or somebody has ended the meeting for all',
    data: WholeRoom,
  },
  recordingStarted: { summary: 'A recording is being started', data: Recording },
  recordingUpdated: { summary: 'A recording runs, or is being ended', data: Recording },
  recordingEnded: { summary: 'A recording is finished, for good or ill: see `status`', data: Recording },
  participantJoined: { summary: 'Somebody has come into a meeting', data: ParticipantEvent },
  participantLeft: { summary: 'Somebody has left a meeting', data: ParticipantEvent },
  roomCreated: { summary: 'A room has been made', data: WholeRoom },
  roomUpdated: { summary: 'A room’s settings, roles, access or status have been changed', data: WholeRoom },
  roomDeleted: { summary: 'A room has been deleted; `data` is as it was', data: WholeRoom },
  chatMessageSent: {
    summary: 'Somebody has written in the chat. Sent only to who names this event.',
    data: ChatEvent,
  },
  keyCreated: { summary: 'An API key has been made. Sent only to who names this event.', data: KeyEvent },
  keyRotated: {
    summary: 'An API key has been replaced; `data` is the new one. Sent only to who names this event.',
    data: KeyEvent,
  },
  keyRevoked: { summary: 'An API key has been revoked. Sent only to who names this event.', data: KeyEvent },
}

/** The body of a delivery. */
export const eventBody = (event: EventName) =>
  z
    .object({
      event: z.literal(event),
      creationDate: z.number().meta({ description: 'When it happened, ms since the epoch' }),
      data: EVENTS[event].data,
    })
    .meta({ id: `${event.charAt(0).toUpperCase()}${event.slice(1)}` })
