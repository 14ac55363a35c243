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

export const PastMeeting = z
  .object({
    id: z.string(),
    startedAt: z.number(),
    endedAt: z.number().nullable(),
    participants: z.array(
      z.object({
        identity: z.string(),
        name: z.string(),
        joinedAt: z.number(),
        leftAt: z.number().nullable(),
      }),
    ),
  })
  .meta({ id: 'PastMeeting' })
export type PastMeeting = z.infer<typeof PastMeeting>
