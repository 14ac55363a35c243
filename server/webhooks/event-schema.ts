import { z } from 'zod'
import { KeyView } from '../keys/schema.ts'
import { RecordingView } from '../recordings/schema.ts'
import { RoomView } from '../rooms/schema.ts'
import type { EventName } from './outbox.ts'

const WholeRoom = RoomView.meta({
  id: 'WebhookRoom',
  description: 'All that `GET /api/v1/rooms/{roomId}?extraFields=config,roles` shows at that time',
})

const room = {
  roomId: z.string().meta({ description: 'Id of the room', examples: ['daily-k3j9x0q2ab7c1de'] }),
  roomName: z.string().meta({ description: 'What people see', examples: ['Daily'] }),
}
const ms = (description: string) =>
  z.number().meta({ description: `${description}, ms since the epoch`, examples: [1755690000000] })

const Recording = RecordingView.meta({
  id: 'WebhookRecording',
  description: 'As `GET /api/v1/recordings/{recordingId}` shows it',
})

const ParticipantEvent = z
  .object({
    ...room,
    participant: z
      .object({
        identity: z.string().meta({ description: 'Who, in this meeting', examples: ['ana-3kd8s0a9x7c1d5b'] }),
        name: z.string().meta({ description: 'What the others see', examples: ['Ana'] }),
        badge: z.string().meta({ description: 'owner, admin, moderator or other', examples: ['other'] }),
      })
      .meta({ description: 'Who came or left' }),
  })
  .meta({ id: 'WebhookParticipant', description: 'Somebody in a meeting' })
const ChatEvent = z
  .object({
    ...room,
    message: z
      .object({
        id: z.string().meta({ description: 'Id of the message', examples: ['msg_4j2q8f3k2m9x7c1d5b6h'] }),
        identity: z.string().meta({ description: 'Who wrote it', examples: ['ana-3kd8s0a9x7c1d5b'] }),
        name: z.string().meta({ description: 'Their name', examples: ['Ana'] }),
        text: z.string().meta({ description: 'What was written', examples: ['Hello'] }),
        sentAt: ms('When'),
      })
      .meta({ description: 'What was written' }),
  })
  .meta({ id: 'WebhookChatMessage', description: 'A message in the chat of a meeting' })
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
      event: z.literal(event).meta({ description: 'Name of the event' }),
      creationDate: ms('When it happened'),
      data: EVENTS[event].data,
    })
    .meta({
      id: `${event.charAt(0).toUpperCase()}${event.slice(1)}Event`,
      description: EVENTS[event].summary,
    })
