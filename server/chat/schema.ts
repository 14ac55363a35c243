import { z } from 'zod'
import { RoomIdText } from '../rooms/schema.ts'

/** Largest file that a message may carry. */
export const MAX_ATTACHMENT_BYTES = 25 * 1024 * 1024
/** Files that one message may carry. */
export const MAX_ATTACHMENTS = 10

export const Attachment = z
  .object({
    id: z.string(),
    name: z.string(),
    type: z.string().meta({ description: 'An image type that browsers show, or application/octet-stream' }),
    sizeBytes: z.number(),
  })
  .meta({ id: 'ChatAttachment' })
export type Attachment = z.infer<typeof Attachment>

export const ChatMessage = z
  .object({
    id: z.string(),
    number: z.number().meta({ description: 'Counts up in the room; the order everywhere' }),
    identity: z.string(),
    name: z.string(),
    text: z.string(),
    sentAt: z.number(),
    attachments: z.array(Attachment),
  })
  .meta({ id: 'ChatMessage' })
export type ChatMessage = z.infer<typeof ChatMessage>

export const ListMessages = z.object({
  before: z.coerce.number().int().min(1).optional(),
  after: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
})
export const MessageList = z.object({
  messages: z.array(ChatMessage.extend({ isOwn: z.boolean() })),
  hasMore: z.boolean().meta({ description: 'There are more in the direction asked for' }),
})
export type MessageList = z.infer<typeof MessageList>

export const SendMessage = z
  .object({
    text: z.string().max(4000).default(''),
    attachmentIds: z.array(z.string().max(60)).max(MAX_ATTACHMENTS).default([]),
  })
  .refine(({ text, attachmentIds }) => text.trim() !== '' || attachmentIds.length > 0, {
    path: ['text'],
    message: 'A message cannot be empty',
  })
export type SendMessage = z.output<typeof SendMessage>

export const MessageParams = z.object({ roomId: RoomIdText, messageId: z.string().max(60) })
export const AttachmentParams = z.object({ roomId: RoomIdText, attachmentId: z.string().max(60) })
export const SendAttachment = z.object({ name: z.string().min(1).max(1000) })
