import type { Generated } from 'kysely'
import type { Db } from '../db/open.ts'

export interface ChatMessageTable {
  seq: Generated<number>
  id: string
  roomId: string
  meetingId: string | null
  identity: string
  name: string
  text: string
  sentAt: number
  /** 1, 2, 3 ... in each room, without a gap where nothing was deleted. */
  number: number
  browserId: string | null
  /** 0: the room keeps no history; only whose message it was is known, until the meeting ends. */
  isKept: number
}

export interface AttachmentTable {
  id: string
  roomId: string
  meetingId: string | null
  identity: string
  /** Null until the message is sent that carries it. */
  messageId: string | null
  name: string
  /** As its bytes say: an image that every browser shows, or application/octet-stream. */
  type: string
  sizeBytes: number
  createdAt: number
  /** When its bytes may go; null while its message stays. */
  expiresAt: number | null
}
export type ChatMessageRow = Omit<ChatMessageTable, 'seq'>
export type AttachmentRow = AttachmentTable

interface Window {
  roomId: string
  /** Only of this meeting; undefined: of all. */
  meetingId?: string | null
  before?: number | undefined
  after?: number | undefined
  limit: number
}

/**
 * Kept messages by number, oldest first: the newest, or the newest before one, or the oldest after one; index
 * chatMessage_by_number.
 */
export async function listMessages(db: Db, { roomId, meetingId, before, after, limit }: Window) {
  let query = db
    .selectFrom('chatMessage')
    .selectAll()
    .where('roomId', '=', roomId)
    .where('isKept', '=', 1)
    .orderBy('number', after === undefined ? 'desc' : 'asc')
    .limit(limit)
  if (meetingId !== undefined) query = query.where('meetingId', meetingId === null ? 'is' : '=', meetingId)
  if (before !== undefined) query = query.where('number', '<', before)
  if (after !== undefined) query = query.where('number', '>', after)
  const rows = await query.execute()
  return after === undefined ? rows.toReversed() : rows
}

export const findMessage = (db: Db, roomId: string, id: string) =>
  db
    .selectFrom('chatMessage')
    .selectAll()
    .where('roomId', '=', roomId)
    .where('id', '=', id)
    .executeTakeFirst()

export const findAttachment = (db: Db, roomId: string, id: string) =>
  db.selectFrom('attachment').selectAll().where('roomId', '=', roomId).where('id', '=', id).executeTakeFirst()

export const listAttachments = (db: Db, messageIds: string[]): Promise<AttachmentRow[]> =>
  messageIds.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('attachment')
        .selectAll()
        .where('messageId', 'in', messageIds)
        .orderBy('createdAt')
        .execute()

/** Takes files that were sent before the message and belong to nobody else; returns those it got. */
export async function claimAttachments(
  tx: Db,
  claim: { roomId: string; identity: string; messageId: string; ids: string[] },
): Promise<AttachmentRow[]> {
  await tx
    .updateTable('attachment')
    .set({ messageId: claim.messageId, expiresAt: null })
    .where('id', 'in', claim.ids)
    .where('roomId', '=', claim.roomId)
    .where('identity', '=', claim.identity)
    .where('messageId', 'is', null)
    .where('sizeBytes', '>=', 0)
    .execute()
  return listAttachments(tx, [claim.messageId])
}

/** After meetings: drops their messages unless they are kept, what was never kept in any case, and their files. */
export async function expireMessages(
  tx: Db,
  meetingIds: string[],
  isKept: boolean,
  now: number,
): Promise<void> {
  let due = tx.deleteFrom('chatMessage').where('meetingId', 'in', meetingIds)
  if (isKept) due = due.where('isKept', '=', 0)
  await due.execute()
  await tx
    .updateTable('attachment')
    .set({ expiresAt: now })
    .where('meetingId', 'in', meetingIds)
    .where('messageId', 'not in', (eb) =>
      eb.selectFrom('chatMessage').select('id').where('chatMessage.meetingId', 'in', meetingIds),
    )
    .execute()
}

/** Files whose time is over, and those of rooms that are gone; index attachment_by_expiry. */
export async function listExpiredAttachments(db: Db, now: number, limit: number): Promise<AttachmentRow[]> {
  return db
    .selectFrom('attachment')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb('expiresAt', '<=', now),
        eb('roomId', 'not in', (rooms) => rooms.selectFrom('room').select('room.roomId')),
      ]),
    )
    .limit(limit)
    .execute()
}
