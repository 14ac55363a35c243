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
export const TokenAnswer = z.object({ token: z.string() })

export const ChangeRole = z.object({ action: z.enum(['upgrade', 'downgrade']) })

export const ChatMessage = z
  .object({ id: z.string(), identity: z.string(), name: z.string(), text: z.string(), sentAt: z.number() })
  .meta({ id: 'ChatMessage' })
export type ChatMessage = z.infer<typeof ChatMessage>
export const SendMessage = z.object({
  text: z
    .string()
    .max(4000)
    .refine((text) => text.trim() !== '', 'A message cannot be empty'),
})

export const ParticipantView = z
  .object({
    identity: z.string(),
    name: z.string(),
    badge: z.enum(['owner', 'admin', 'moderator', 'other']),
    isPromotedModerator: z.boolean(),
  })
  .meta({ id: 'Participant' })
export type ParticipantView = z.infer<typeof ParticipantView>

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
