import { z } from 'zod'
import { RoomIdText } from '../rooms/schema.ts'

export const MeetingParams = z.object({ roomId: RoomIdText })
export const ParticipantParams = z.object({ roomId: RoomIdText, identity: z.string().min(1).max(200) })

export const TokenRequest = z.object({
  secret: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'From the access link; absent for signed-in users' }),
  joinMeeting: z.boolean().default(false),
  participantName: z.string().max(100).optional(),
})
export const TokenAnswer = z.object({
  token: z.string(),
  serverKey: z.string().optional().meta({
    description: 'With joinMeeting: the public key with which the server signs what it says in the meeting',
  }),
})
export const JoinAnswer = z.union([
  TokenAnswer,
  z.object({ status: z.literal('waiting'), knockId: z.string() }).meta({
    description: 'Status 202: a moderator has to admit them first',
  }),
])

export const ChangeRole = z.object({ action: z.enum(['upgrade', 'downgrade']) })

export const ParticipantView = z
  .object({
    identity: z.string(),
    name: z.string(),
    badge: z.enum(['owner', 'admin', 'moderator', 'other']),
    isPromotedModerator: z.boolean(),
  })
  .meta({ id: 'Participant' })
export type ParticipantView = z.infer<typeof ParticipantView>

const LocksShape = z.object({
  audio: z.boolean(),
  video: z.boolean(),
  screen: z.boolean(),
  chat: z.boolean(),
})
export const LocksAnswer = z.object({ locks: LocksShape })
export const PutLocks = LocksShape.partial()

export const MeetingState = z
  .object({
    /** Only counts up: what bears a lower one is older. */
    version: z.number(),
    /** Identities with a raised hand, who raised it first first. */
    hands: z.array(z.string()),
    spotlight: z.string().nullable(),
    locks: LocksShape,
    hasAttachments: z.boolean(),
    hasWaitingRoom: z.boolean(),
  })
  .meta({ id: 'MeetingState' })
export type MeetingState = z.infer<typeof MeetingState>

export const ParticipantsAnswer = z.object({
  participants: z.array(ParticipantView),
  state: MeetingState,
  remainingMs: z
    .number()
    .nullable()
    .meta({ description: 'What is left of a meeting in a test room, in ms; null in others' }),
})

export const MediaChange = z
  .object({ audio: z.enum(['off', 'ask']), video: z.enum(['off', 'ask']), screen: z.enum(['off', 'ask']) })
  .partial()
export type MediaChange = z.infer<typeof MediaChange>
export const PutSpotlight = z.object({ identity: z.string().min(1).max(200).nullable() })
export const PutHand = z.object({ isRaised: z.boolean().default(true) })
export const REACTIONS = ['like', 'applause', 'heart', 'laugh', 'surprise', 'celebrate'] as const
export const React = z.object({ reaction: z.enum(REACTIONS) })

export const ReportTalk = z.object({ talkMs: z.number().int().min(0).max(86_400_000) })

export const Message = z.object({ message: z.string() })

const at = (description: string) =>
  z
    .number()
    .meta({ description: `${description}: milliseconds since the epoch`, examples: [1_767_225_600_000] })
export const PastMeeting = z
  .object({
    id: z.string().meta({ description: 'Id of the meeting', examples: ['meeting_4f8s1n6b'] }),
    startedAt: at('When the first person joined'),
    endedAt: at('When the last person left').nullable(),
    participants: z
      .array(
        z.object({
          identity: z
            .string()
            .meta({ description: 'Identity in LiveKit', examples: ['ada-k3j9x0q2ab7c1de'] }),
          name: z.string().meta({ description: 'Name in the meeting', examples: ['Ada'] }),
          joinedAt: at('When they joined first'),
          leftAt: at('When they left last').nullable(),
        }),
      )
      .meta({ description: 'Who was there' }),
  })
  .meta({ id: 'PastMeeting', description: 'A meeting that runs or is over, and who was there' })
export type PastMeeting = z.infer<typeof PastMeeting>
