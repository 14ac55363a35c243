import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import { Forbidden, forbidden, NotFound, roomNotFound } from '../errors.ts'
import type { RoomMemberCaller } from '../http/caller.ts'
import { newId } from '../ids.ts'
import type { LiveKit } from '../livekit/client.ts'
import { notInMeeting, type ParticipantCaller } from '../meetings/callers.ts'
import { countUp, findParticipant, findRunningMeeting, type ParticipantRow } from '../meetings/store.ts'
import { type PermissionSet, withLocks } from '../rooms/permissions.ts'
import { findRoomById, lockRoom, type RoomRow } from '../rooms/store.ts'
import { configOf, settingsOf } from '../rooms/view.ts'
import { emitIfChosen } from '../webhooks/outbox.ts'
import type { ChatMessage, ListMessages, MessageList, SendMessage } from './schema.ts'
import {
  type AttachmentRow,
  type ChatMessageRow,
  claimAttachments,
  findMessage,
  listAttachments,
  listMessages,
} from './store.ts'
import type { z } from 'zod'

/** LiveKit's data channels carry about 15 kB at once; what does not fit is fetched by the pages. */
const MAX_TOLD_BYTES = 13_000
/** Messages written in one transaction at most. */
const BATCH = 100
/**
 * Least time from one packet of a room to its next. What is said alone is told at once; of two hundred messages a
 * second several share a transaction, a signature and a packet, which every page has to take and verify.
 */
const PACE_MS = 30

interface Options {
  database: Database
  clock: Clock
  livekit: LiveKit
}

interface Pending {
  row: Omit<ChatMessageRow, 'number' | 'meetingId'>
  attachmentIds: string[]
  resolve: (message: ChatMessage) => void
  reject: (err: unknown) => void
}

/** The chat of meetings: messages are numbered and stored here, then told to the pages in that order. */
export class Chat {
  readonly #db: Db
  readonly #clock: Clock
  readonly #livekit: LiveKit
  readonly #pending = new Map<string, Pending[]>()

  constructor(options: Options) {
    this.#db = options.database.db
    this.#clock = options.clock
    this.#livekit = options.livekit
  }

  /**
   * Stores a message and sends it to everybody in the room. Throws NotFound for who is not in the meeting and for
   * an attachment that is not theirs, Forbidden `chat_disabled` or `chat_locked`.
   */
  async send(caller: ParticipantCaller, { text, attachmentIds }: SendMessage): Promise<ChatMessage> {
    const { participant, settings } = await this.writer(caller)
    if (attachmentIds.length > 0 && !settings.attachments) throw attachmentsOff()
    const { roomId, identity, name, browserId } = participant
    const row = {
      id: newId('msg'),
      roomId,
      identity,
      name,
      text,
      sentAt: this.#clock.now(),
      browserId,
      isKept: settings.chatHistory === 'none' ? 0 : 1,
    }
    return new Promise((resolve, reject) => {
      const pending = { row, attachmentIds, resolve, reject }
      const others = this.#pending.get(roomId)
      if (others !== undefined) others.push(pending)
      else {
        this.#pending.set(roomId, [pending])
        void this.#write(roomId)
      }
    })
  }

  /**
   * Writes what has come in for a room, as one transaction and one packet for all that arrived during the last one:
   * or within {@link PACE_MS}: under load that is many at once, otherwise it is each by itself and without any delay.
   */
  async #write(roomId: string): Promise<void> {
    for (;;) {
      const batch = this.#pending.get(roomId)?.splice(0, BATCH) ?? []
      if (batch.length === 0) break
      const startedAt = performance.now()
      try {
        const written = await this.#store(roomId, batch)
        const messages = written.flatMap(({ message }) => message ?? [])
        await this.#tell(roomId, messages)
        for (const { pending, message } of written)
          if (message === undefined) pending.reject(attachmentNotFound())
          else pending.resolve(message)
      } catch (err) {
        for (const { reject } of batch) reject(err)
      }
      const aheadMs = startedAt + PACE_MS - performance.now()
      if (aheadMs > 0) await new Promise((resolve) => setTimeout(resolve, aheadMs))
    }
    this.#pending.delete(roomId)
  }

  async #store(roomId: string, batch: Pending[]) {
    return this.#db.transaction().execute(async (tx) => {
      const room = await lockRoom(tx, roomId)
      if (room === undefined) throw roomNotFound(roomId)
      const meetingId = (await findRunningMeeting(tx, roomId))?.id ?? null
      const files = new Map<string, AttachmentRow[]>()
      for (const { row, attachmentIds } of batch) {
        if (attachmentIds.length === 0) continue
        const claim = { roomId, identity: row.identity, messageId: row.id, ids: attachmentIds }
        files.set(row.id, await claimAttachments(tx, claim))
      }
      const isWhole = ({ row, attachmentIds }: Pending) =>
        (files.get(row.id)?.length ?? 0) === new Set(attachmentIds).size
      const whole = batch.filter(isWhole)
      const last = await countUp(tx, roomId, 'chatNumber', whole.length)
      const numbers = new Map(whole.map(({ row }, i) => [row.id, last - whole.length + 1 + i]))
      const rows = whole.map(({ row }) => ({
        ...row,
        // What is not kept is never written.
        ...(row.isKept === 0 && { text: '', name: '' }),
        number: numbers.get(row.id) ?? 0,
        meetingId,
      }))
      if (rows.length > 0) await tx.insertInto('chatMessage').values(rows).execute()
      const written = batch.map((pending) => {
        const number = numbers.get(pending.row.id)
        if (number === undefined) return { pending, message: undefined }
        const { id, identity, name, text, sentAt } = pending.row
        const attachments = (files.get(id) ?? []).map(viewAttachment)
        return { pending, message: { id, number, identity, name, text, sentAt, attachments } }
      })
      const { orgId, environment, name: roomName } = room
      for (const { message } of written) {
        if (message === undefined) continue
        const data = { roomId, roomName, message }
        await emitIfChosen(tx, message.sentAt, { orgId, environment, roomId, event: 'chatMessageSent', data })
      }
      return written
    })
  }

  /** In packets that LiveKit carries; one message that alone is too large is only announced. */
  async #tell(roomId: string, messages: ChatMessage[]): Promise<void> {
    let packet: ChatMessage[] = []
    let size = 0
    const flush = async () => {
      if (packet.length > 0) await this.#livekit.tell(roomId, { type: 'chat.messages', messages: packet })
      packet = []
      size = 0
    }
    for (const message of messages) {
      const bytes = Buffer.byteLength(JSON.stringify(message))
      if (bytes > MAX_TOLD_BYTES) {
        await flush()
        await this.#livekit.tell(roomId, { type: 'chat.more', number: message.number })
        continue
      }
      if (size + bytes > MAX_TOLD_BYTES) await flush()
      packet.push(message)
      size += bytes + 1
    }
    await flush()
  }

  /**
   * Messages as the room's setting lets somebody read them: all that were kept, those of this meeting, or none.
   * Throws NotFound for who is not on the meeting's list, Forbidden `chat_disabled`.
   */
  async list(caller: ParticipantCaller, query: z.output<typeof ListMessages>): Promise<MessageList> {
    const { roomId, identity } = caller
    const room = await findRoomById(this.#db, roomId)
    if (room === undefined) throw roomNotFound(roomId)
    refuseDisabled(room)
    const participant = await findParticipant(this.#db, roomId, identity)
    if (participant === undefined) throw notInMeeting(identity)
    const { chatHistory } = settingsOf(room)
    if (chatHistory === 'none') return { messages: [], hasMore: false }
    const meeting = chatHistory === 'keep' ? undefined : await findRunningMeeting(this.#db, roomId)
    const found = await listMessages(this.#db, {
      ...query,
      roomId,
      limit: query.limit + 1,
      ...(chatHistory === 'keep' ? {} : { meetingId: meeting?.id ?? null }),
    })
    const hasMore = found.length > query.limit
    const rows = !hasMore ? found : query.after === undefined ? found.slice(1) : found.slice(0, -1)
    const files = await listAttachments(
      this.#db,
      rows.map(({ id }) => id),
    )
    const messages = rows.map((row) => ({
      id: row.id,
      number: row.number,
      identity: row.identity,
      name: row.name,
      text: row.text,
      sentAt: row.sentAt,
      attachments: files.filter(({ messageId }) => messageId === row.id).map(viewAttachment),
      isOwn: isOwn(row, participant),
    }))
    return { messages, hasMore }
  }

  /**
   * Deletes one's own message, also one from before a reload in the same browser; who may remove others deletes any.
   * Throws NotFound, Forbidden.
   */
  async delete(caller: ParticipantCaller, messageId: string): Promise<void> {
    const { roomId, identity } = caller
    const now = this.#clock.now()
    await this.#db.transaction().execute(async (tx) => {
      if ((await lockRoom(tx, roomId)) === undefined) throw roomNotFound(roomId)
      const participant = await findParticipant(tx, roomId, identity)
      if (participant === undefined || participant.connectedSid === null) throw notInMeeting(identity)
      const message = await findMessage(tx, roomId, messageId)
      if (message === undefined) throw new NotFound('message_not_found', 'This message is gone already')
      if (!isOwn(message, participant) && !caller.claims.permissions.participantKick) throw forbidden()
      await tx.deleteFrom('chatMessage').where('id', '=', messageId).execute()
      await tx.updateTable('attachment').set({ expiresAt: now }).where('messageId', '=', messageId).execute()
    })
    await this.#livekit.tell(roomId, { type: 'chat.deleted', id: messageId })
  }

  /** Whoever may write in the chat now. Throws NotFound and Forbidden as {@link send} does. */
  async writer(caller: RoomMemberCaller) {
    const { roomId, identity } = caller
    const room = await findRoomById(this.#db, roomId)
    if (room === undefined) throw roomNotFound(roomId)
    refuseDisabled(room)
    const participant = identity === null ? undefined : await findParticipant(this.#db, roomId, identity)
    if (participant === undefined || participant.connectedSid === null) throw notInMeeting(identity ?? '')
    const settings = settingsOf(room)
    if (!withLocks(JSON.parse(participant.permissions) as PermissionSet, settings.locks).chatWrite)
      throw new Forbidden('chat_locked', 'A moderator has locked the chat')
    return { participant, settings }
  }
}

const isOwn = (message: { identity: string; browserId: string | null }, participant: ParticipantRow) =>
  message.identity === participant.identity ||
  (message.browserId !== null && message.browserId === participant.browserId)

export const viewAttachment = ({ id, name, type, sizeBytes }: AttachmentRow) => ({
  id,
  name,
  type,
  sizeBytes,
})

function refuseDisabled(room: RoomRow): void {
  if (!configOf(room).chat.enabled)
    throw new Forbidden('chat_disabled', `Chat is switched off in room '${room.roomId}'`)
}

export const attachmentsOff = () => new Forbidden('attachments_disabled', 'This room takes no attachments')
const attachmentNotFound = () =>
  new NotFound('attachment_not_found', 'A file of this message is not there any more: attach it again')
