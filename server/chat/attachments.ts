import { Readable } from 'node:stream'
import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import { NotFound, TooLarge } from '../errors.ts'
import { newId } from '../ids.ts'
import { type ParticipantCaller } from '../meetings/callers.ts'
import { findRunningMeeting } from '../meetings/store.ts'
import type { Storage } from '../storage/storage.ts'
import { attachmentsOff, type Chat, viewAttachment } from './chat.ts'
import { imageTypeOf, OPAQUE_TYPE } from './file-type.ts'
import { type Attachment, MAX_ATTACHMENT_BYTES } from './schema.ts'
import { type AttachmentRow, findAttachment, findMessage, listExpiredAttachments } from './store.ts'

/** A file that no message took is deleted after this. */
const UNSENT_MS = 3_600_000
const CLEAN_AT_ONCE = 200
/** What tells an image from anything else stands in its first bytes. */
const HEAD_BYTES = 32

interface Options {
  database: Database
  clock: Clock
  storage: Storage
  chat: Chat
}

/** Files in the chat: stored before the message that carries them, deleted with it. */
export class Attachments {
  readonly #db: Db
  readonly #clock: Clock
  readonly #storage: Storage
  readonly #chat: Chat

  constructor(options: Options) {
    this.#db = options.database.db
    this.#clock = options.clock
    this.#storage = options.storage
    this.#chat = options.chat
  }

  /**
   * Stores the bytes of a file. Throws as {@link Chat.send}, Forbidden `attachments_disabled`, TooLarge over 25 MB,
   * and what the storage throws; nothing is left behind then.
   */
  async store(caller: ParticipantCaller, name: string, content: Readable): Promise<Attachment> {
    const { settings } = await this.#chat.writer(caller)
    if (!settings.attachments) throw attachmentsOff()
    const { roomId, identity } = caller
    const now = this.#clock.now()
    const row: AttachmentRow = {
      id: newId('file'),
      roomId,
      meetingId: (await findRunningMeeting(this.#db, roomId))?.id ?? null,
      identity,
      messageId: null,
      name: cleanFileName(name),
      type: OPAQUE_TYPE,
      sizeBytes: -1,
      createdAt: now,
      expiresAt: now + UNSENT_MS,
    }
    // Known before the bytes are: whatever happens meanwhile, the clean-up finds them.
    await this.#db.insertInto('attachment').values(row).execute()
    const watch = { head: Buffer.alloc(0) }
    try {
      const sizeBytes = await this.#storage.put(keyOf(row), Readable.from(limited(content, watch)))
      const stored = { sizeBytes, type: imageTypeOf(watch.head) ?? OPAQUE_TYPE }
      await this.#db.updateTable('attachment').set(stored).where('id', '=', row.id).execute()
      return viewAttachment({ ...row, ...stored })
    } catch (err) {
      await this.#db.deleteFrom('attachment').where('id', '=', row.id).execute()
      throw err
    }
  }

  /** A file of a message that can still be read, or one's own before it is sent. Throws NotFound. */
  async open(caller: ParticipantCaller, id: string): Promise<{ file: AttachmentRow; content: Readable }> {
    const file = await findAttachment(this.#db, caller.roomId, id)
    if (file === undefined || file.sizeBytes < 0) throw fileNotFound()
    const isSent = file.messageId !== null
    const isOpen = isSent
      ? (await findMessage(this.#db, caller.roomId, file.messageId ?? '')) !== undefined
      : file.identity === caller.identity
    if (!isOpen) throw fileNotFound()
    return { file, content: await this.#storage.get(keyOf(file)) }
  }

  /** Deletes the bytes, then the record, of files whose time is over. */
  async clean(): Promise<void> {
    for (;;) {
      const due = await listExpiredAttachments(this.#db, this.#clock.now(), CLEAN_AT_ONCE)
      for (const file of due) {
        await this.#storage.delete(keyOf(file))
        await this.#db.deleteFrom('attachment').where('id', '=', file.id).execute()
      }
      if (due.length < CLEAN_AT_ONCE) return
    }
  }
}

const keyOf = ({ roomId, id }: AttachmentRow): string => `attachments/${roomId}/${id}`

/** Passes the bytes on as long as there are not too many, and keeps the first few. */
async function* limited(content: Readable, watch: { head: Buffer }): AsyncGenerator<Buffer> {
  let sizeBytes = 0
  // Leaving early must not close the connection on which the refusal is to be answered.
  for await (const chunk of content.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length
    if (sizeBytes > MAX_ATTACHMENT_BYTES) throw tooLarge()
    if (watch.head.length < HEAD_BYTES)
      watch.head = Buffer.concat([watch.head, chunk.subarray(0, HEAD_BYTES)]).subarray(0, HEAD_BYTES)
    yield chunk
  }
}

/**
 * The last part of what was sent, without control characters and without those that turn the direction of writing:
 * `invoice\u202Efdp.exe` must not read as a PDF.
 */
export function cleanFileName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? ''
  const plain = last
    // oxlint-disable-next-line no-control-regex -- they are what is taken out
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '')
    .trim()
    .replace(/^\.+/, '')
  if (plain.length <= 150) return plain === '' ? 'file' : plain
  const dot = plain.lastIndexOf('.')
  const extension = dot > 0 && plain.length - dot <= 16 ? plain.slice(dot) : ''
  return plain.slice(0, 150 - extension.length).trimEnd() + extension
}

export const tooLarge = () =>
  new TooLarge(
    'attachment_too_large',
    `A file may have at most ${MAX_ATTACHMENT_BYTES / 1024 / 1024} MB: share a larger one by a link`,
  )
const fileNotFound = () => new NotFound('attachment_not_found', 'This file is not there any more')
