import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { endpoint, Streamed } from '../http/endpoint.ts'
import { participantOf, presentOf } from '../meetings/callers.ts'
import { MeetingParams } from '../meetings/schema.ts'
import { tooLarge } from './attachments.ts'
import {
  Attachment,
  AttachmentParams,
  ChatMessage,
  ListMessages,
  MAX_ATTACHMENT_BYTES,
  MessageList,
  MessageParams,
  SendAttachment,
  SendMessage,
} from './schema.ts'

export const listMessages = endpoint({
  method: 'get',
  path: '/internal-api/v1/meetings/:roomId/messages',
  summary: 'The chat as the room keeps it, oldest first: the newest, or those before or after a number',
  group: 'read',
  needs: { roomMember: 'chatRead' },
  params: MeetingParams,
  query: ListMessages,
  answer: { status: 200, body: MessageList },
  act: (ctx, { caller, params, query }) => ctx.chat.list(participantOf(caller, params.roomId), query),
})

export const sendMessage = endpoint({
  method: 'post',
  path: '/internal-api/v1/meetings/:roomId/messages',
  summary: 'Say something in the chat',
  limit: 'chat',
  needs: { roomMember: 'chatWrite' },
  params: MeetingParams,
  body: SendMessage,
  answer: { status: 201, body: ChatMessage },
  act: async (ctx, { caller, params, body }) =>
    ctx.chat.send(await presentOf(ctx, caller, params.roomId), body),
})

export const deleteMessage = endpoint({
  method: 'delete',
  path: '/internal-api/v1/meetings/:roomId/messages/:messageId',
  summary: 'Delete one’s own message, or as a moderator any',
  needs: { roomMember: true },
  params: MessageParams,
  answer: { status: 204, body: z.null() },
  act: async (ctx, { caller, params }) => {
    await ctx.chat.delete(await presentOf(ctx, caller, params.roomId), params.messageId)
    return null
  },
})

export const sendAttachment = endpoint({
  method: 'post',
  path: '/internal-api/v1/meetings/:roomId/attachments',
  summary: 'Store a file for a message that follows',
  description: 'The body is the file itself, at most 25 MB. Without a message it is deleted after an hour.',
  limit: 'attachment',
  needs: { roomMember: 'chatWrite' },
  params: MeetingParams,
  query: SendAttachment,
  answer: { status: 201, body: Attachment },
  act: async (ctx, { caller, params, query, req, res }) => {
    try {
      if (Number(req.get('content-length') ?? 0) > MAX_ATTACHMENT_BYTES) throw tooLarge()
      const member = await presentOf(ctx, caller, params.roomId)
      return await ctx.attachments.store(member, query.name, req)
    } catch (err) {
      // What is refused is not read to its end, so nothing can follow it on this connection.
      if (!req.complete) res.setHeader('Connection', 'close')
      throw err
    }
  },
})

export const readAttachment = endpoint({
  method: 'get',
  path: '/internal-api/v1/meetings/:roomId/attachments/:attachmentId',
  summary: 'A file of the chat, to be saved and never to be run',
  group: 'read',
  needs: { roomMember: 'chatRead' },
  params: AttachmentParams,
  answer: { status: 200, body: z.null() },
  act: async (ctx, { caller, params, res }) => {
    const member = participantOf(caller, params.roomId)
    const { file, content } = await ctx.attachments.open(member, params.attachmentId)
    res.writeHead(200, {
      'Content-Type': file.type,
      'Content-Length': file.sizeBytes,
      // RFC 6266: the plain name for old clients, the whole one in UTF-8.
      'Content-Disposition': `attachment; filename="${file.name.replace(/[^\w .-]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(file.name).replace(/['()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)}`,
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cache-Control': 'private, no-store',
    })
    // Whoever goes away in the middle has no use for an answer about it.
    await pipeline(content, res).catch(() => res.destroy())
    return new Streamed()
  },
})
