import { createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { type Config, ConfigError } from '../config.ts'
import { NotFound } from '../errors.ts'
import { lacksSpace } from './disk.ts'
import { type ByteRange, checkKey, type Growing, type Storage, type StoredFile } from './storage.ts'

type Settings = NonNullable<Config['s3']>

/** Parts of an upload; S3 wants 5 MiB at least and takes 10 000, so this is up to 80 GB. */
const PART_BYTES = 8 * 1024 * 1024
const LOOK_MS = 2000
/** How long a finished file is offered to a storage that does not answer; it stays on the disk after that, too. */
const FINISH_TRIES = 12

/** Folder of the data directory for files that are still growing. */
const SPOOL_FOLDER = 'spool'
/**
 * Folder of the bucket with a note for each upload that is under way, so that another machine can go on with it. Keys
 * cannot begin with a dot, so none ever lies here. The lists of uploads and parts would tell the same, but not every
 * S3-compatible storage has them.
 */
const NOTES_FOLDER = '.uploads'

interface UploadNote {
  /** Null before the first whole part. */
  uploadId: string | null
  /** Numbers and ETags, without gaps. */
  parts: [number, string][]
}
/** How often what is no whole part yet is stored as well: this much is lost with a machine. */
const TAIL_MS = 10_000

/**
 * Storage in an S3-compatible bucket. Throws ConfigError when it cannot be reached or the credentials are not
 * accepted.
 */
export async function openS3Storage(
  settings: Settings,
  dataDir: string,
  reserveBytes: number,
): Promise<Storage> {
  const client = new S3Client({
    region: settings.region,
    credentials: { accessKeyId: settings.accessKeyId, secretAccessKey: settings.secretAccessKey },
    ...(settings.endpoint === null ? {} : { endpoint: settings.endpoint, forcePathStyle: true }),
    // Others than AWS often do not know the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  const spool = path.join(dataDir, SPOOL_FOLDER)
  try {
    await client.send(new HeadBucketCommand({ Bucket: settings.bucket }))
  } catch (cause) {
    const where = settings.endpoint ?? `S3 in ${settings.region}`
    const why = (cause as Error).message || (cause as Error).name
    throw new ConfigError(`S3_BUCKET: ${settings.bucket} at ${where} cannot be used: ${why}`, { cause })
  }
  await mkdir(spool, { recursive: true, mode: 0o700 })
  return new S3Storage({ client, bucket: settings.bucket, spool, reserveBytes })
}

interface Place {
  client: S3Client
  bucket: string
  spool: string
  reserveBytes: number
}

class S3Storage implements Storage {
  readonly #place: Place

  constructor(place: Place) {
    this.#place = place
  }

  async put(key: string, content: Readable): Promise<number> {
    const { client, bucket: Bucket } = this.#place
    const Key = checkKey(key)
    const upload = new Upload(this.#place, Key)
    try {
      let held: Buffer[] = []
      let heldBytes = 0
      let sizeBytes = 0
      for await (const chunk of content) {
        const bytes = Buffer.from(chunk as string | Uint8Array)
        held.push(bytes)
        heldBytes += bytes.length
        sizeBytes += bytes.length
        while (heldBytes > PART_BYTES) {
          const all = Buffer.concat(held)
          await upload.part(upload.next, all.subarray(0, PART_BYTES))
          held = [all.subarray(PART_BYTES)]
          heldBytes = all.length - PART_BYTES
        }
      }
      const rest = Buffer.concat(held)
      if (!upload.hasBegun) {
        await client.send(new PutObjectCommand({ Bucket, Key, Body: rest, ContentLength: rest.length }))
        return sizeBytes
      }
      if (rest.length > 0) await upload.part(upload.next, rest)
      await upload.complete()
      return sizeBytes
    } catch (err) {
      content.destroy()
      await upload.abort()
      throw err
    }
  }

  async get(key: string, range?: ByteRange): Promise<Readable> {
    const Range =
      range === undefined ? {} : { Range: `bytes=${range.start}-${range.end === undefined ? '' : range.end}` }
    try {
      return await this.#read(checkKey(key), Range)
    } catch (err) {
      // A range beyond the end is empty, as on the disk.
      if (statusOf(err) === 416) return Readable.from([])
      throw asMissing(key, err)
    }
  }

  async #read(Key: string, range: { Range?: string } = {}): Promise<Readable> {
    const { client, bucket: Bucket } = this.#place
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...range }))
    return Body instanceof Readable ? Body : Readable.from([])
  }

  async size(key: string): Promise<number> {
    const { client, bucket: Bucket } = this.#place
    try {
      const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket, Key: checkKey(key) }))
      return ContentLength ?? 0
    } catch (err) {
      throw asMissing(key, err)
    }
  }

  async delete(key: string): Promise<void> {
    const { client, bucket: Bucket } = this.#place
    await client.send(new DeleteObjectCommand({ Bucket, Key: checkKey(key) }))
    await rm(this.#spoolFile(key), { force: true })
  }

  async grow(key: string, isFresh = false): Promise<Growing> {
    const file = this.#spoolFile(key)
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
    if (!isFresh) {
      const isHere = await stat(file).then(
        () => true,
        () => false,
      )
      if (!isHere) await this.#fetchOlder(key, file)
      await this.#abortOlder(key)
    }
    const follower = new Follower(file, new Upload(this.#place, key))
    return {
      path: file,
      finish: (changedFrom) => follower.finish(changedFrom),
      drop: async () => {
        await follower.drop()
        await this.delete(key).catch(() => undefined)
      },
    }
  }

  /** What a machine that is gone had stored of a file. */
  async #fetchOlder(key: string, file: string): Promise<void> {
    const note = await readNote(this.#place, key)
    if (note !== undefined && note.parts.length > 0)
      await new Upload(this.#place, key, note).complete().catch((err: unknown) => {
        // Completed by somebody who was killed before the note was removed.
        if (statusOf(err) !== 404) throw err
      })
    const fresh = `${file}.fresh`
    await rm(fresh, { force: true })
    const whole = note === undefined || note.parts.length > 0 ? [key] : []
    const tails = note === undefined ? [] : [tailKey(key, note.parts.length + 1)]
    for (const one of [...whole, ...tails]) {
      const content = await this.#read(one).catch((err: unknown) => {
        if (statusOf(err) === 404) return null
        throw err
      })
      if (content !== null) await pipeline(content, createWriteStream(fresh, { flags: 'a', mode: 0o600 }))
    }
    await rename(fresh, file).catch((err: unknown) => {
      if ((err as NodeJS.ErrnoException).code !== 'ENOENT') throw err
    })
  }

  /** Uploads that a killed process has left: their parts are paid for until they are aborted. */
  async #abortOlder(key: string): Promise<void> {
    const { client, bucket: Bucket } = this.#place
    const note = await readNote(this.#place, key).catch(() => undefined)
    if (note !== undefined) {
      const older = new Upload(this.#place, key, note)
      await older.abort()
      await older.forget().catch(() => undefined)
    }
    const { Uploads = [] } = await client
      .send(new ListMultipartUploadsCommand({ Bucket, Prefix: key }))
      .catch(() => ({ Uploads: [] }))
    for (const { Key, UploadId } of Uploads)
      if (Key === key && UploadId !== undefined)
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(() => undefined)
  }

  lacksSpace(): Promise<string | null> {
    return lacksSpace(this.#place.spool, this.#place.reserveBytes)
  }

  async *list(folder?: string): AsyncIterable<StoredFile> {
    const { client, bucket: Bucket } = this.#place
    let token: string | undefined
    do {
      const page = await client.send(
        new ListObjectsV2Command({
          Bucket,
          ...(folder === undefined ? {} : { Prefix: `${checkKey(folder)}/` }),
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      )
      for (const { Key, Size } of page.Contents ?? [])
        if (Key !== undefined && !Key.startsWith(`${NOTES_FOLDER}/`)) yield { key: Key, sizeBytes: Size ?? 0 }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined
    } while (token !== undefined)
  }

  #spoolFile(key: string): string {
    return path.join(this.#place.spool, ...checkKey(key).split('/'))
  }
}

/** One multipart upload, begun with its first part. */
class Upload {
  readonly #place: Place
  readonly #key: string
  readonly #parts = new Map<number, string>()
  #id: string | undefined

  constructor(place: Place, key: string, note?: UploadNote) {
    this.#place = place
    this.#key = key
    if (note === undefined) return
    this.#id = note.uploadId ?? undefined
    for (const [number, tag] of note.parts) this.#parts.set(number, tag)
  }

  get hasBegun(): boolean {
    return this.#id !== undefined
  }

  /** The number after the highest part that is there. */
  get next(): number {
    return Math.max(0, ...this.#parts.keys()) + 1
  }

  get #target() {
    return { Bucket: this.#place.bucket, Key: this.#key }
  }

  /** Uploads a part; one of the same number is replaced. */
  async part(number: number, bytes: Uint8Array): Promise<void> {
    const { client } = this.#place
    this.#id ??= (await client.send(new CreateMultipartUploadCommand(this.#target))).UploadId
    const { ETag } = await client.send(
      new UploadPartCommand({
        ...this.#target,
        UploadId: this.#id,
        PartNumber: number,
        Body: bytes,
        ContentLength: bytes.length,
      }),
    )
    if (ETag === undefined) throw new Error('The storage took a part without naming it')
    this.#parts.set(number, ETag)
  }

  /** Makes the object of the first `count` parts, or of all. */
  async complete(count = Infinity): Promise<void> {
    const Parts = [...this.#parts]
      .filter(([number]) => number <= count)
      .sort(([a], [b]) => a - b)
      .map(([PartNumber, ETag]) => ({ PartNumber, ETag }))
    await this.#place.client.send(
      new CompleteMultipartUploadCommand({ ...this.#target, UploadId: this.#id, MultipartUpload: { Parts } }),
    )
  }

  async abort(): Promise<void> {
    if (this.#id === undefined) return
    await this.#place.client
      .send(new AbortMultipartUploadCommand({ ...this.#target, UploadId: this.#id }))
      .catch(() => undefined)
  }

  /** Leaves word in the bucket of how far it is. */
  async note(): Promise<void> {
    const note: UploadNote = { uploadId: this.#id ?? null, parts: [...this.#parts] }
    await this.#put(noteKey(this.#key), JSON.stringify(note))
  }

  /** Stores what follows the last part; it only grows until that is a part. */
  async tail(bytes: Uint8Array): Promise<void> {
    await this.#put(tailKey(this.#key, this.next), bytes)
  }

  async #put(Key: string, Body: string | Uint8Array): Promise<void> {
    const { client, bucket: Bucket } = this.#place
    await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: Body.length }))
  }

  /** The tail of a part that is there now. */
  async dropTail(number: number): Promise<void> {
    const { client, bucket: Bucket } = this.#place
    await client.send(new DeleteObjectCommand({ Bucket, Key: tailKey(this.#key, number) }))
  }

  async forget(): Promise<void> {
    const { client, bucket: Bucket } = this.#place
    await this.dropTail(this.next)
    await client.send(new DeleteObjectCommand({ Bucket, Key: noteKey(this.#key) }))
  }
}

const noteKey = (key: string): string => `${NOTES_FOLDER}/${key}.json`
const tailKey = (key: string, part: number): string => `${NOTES_FOLDER}/${key}.${part}`

async function readNote({ client, bucket: Bucket }: Place, key: string): Promise<UploadNote | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: noteKey(key) }))
    return Body instanceof Readable ? ((await json(Body)) as UploadNote) : undefined
  } catch (err) {
    if (statusOf(err) === 404) return undefined
    throw err
  }
}

/**
 * Uploads a growing file as it goes. Finishing a recording changes bytes at its beginning and end
 * (recordings/mp4.ts): those parts are sent again then, in the place of what was sent before.
 */
class Follower {
  readonly #file: string
  readonly #upload: Upload
  readonly #timer: NodeJS.Timeout
  #working: Promise<void> = Promise.resolve()
  #next = 1
  /** What of the part that is not whole yet is stored, and since when. */
  #tail = { at: performance.now(), bytes: 0 }

  constructor(file: string, upload: Upload) {
    this.#file = file
    this.#upload = upload
    this.#timer = setInterval(() => {
      this.#working = this.#working.then(() => this.#follow()).catch(() => undefined)
    }, LOOK_MS).unref()
  }

  async #follow(): Promise<void> {
    const size = await stat(this.#file).then(
      (found) => found.size,
      () => 0,
    )
    for (; size >= this.#next * PART_BYTES; this.#next++) {
      await this.#upload.part(this.#next, await this.#read(this.#next, PART_BYTES))
      await this.#upload.note()
      await this.#upload.dropTail(this.#next)
      this.#tail = { at: performance.now(), bytes: 0 }
    }
    const rest = size - (this.#next - 1) * PART_BYTES
    if (rest <= this.#tail.bytes || performance.now() - this.#tail.at < TAIL_MS) return
    await this.#upload.tail(await this.#read(this.#next, rest))
    if (this.#next === 1 && this.#tail.bytes === 0) await this.#upload.note()
    this.#tail = { at: performance.now(), bytes: rest }
  }

  /** The first bytes of a part. */
  async #read(number: number, length: number): Promise<Buffer> {
    const handle = await open(this.#file, 'r')
    try {
      const bytes = Buffer.alloc(length)
      let done = 0
      while (done < length) {
        const { bytesRead } = await handle.read(bytes, done, length - done, (number - 1) * PART_BYTES + done)
        if (bytesRead === 0) throw new Error(`${this.#file} is shorter than it was`)
        done += bytesRead
      }
      return bytes
    } finally {
      await handle.close()
    }
  }

  async finish(changedFrom = 0): Promise<number> {
    clearInterval(this.#timer)
    await this.#working
    const { size } = await stat(this.#file)
    const parts = Math.max(1, Math.ceil(size / PART_BYTES))
    const followed = this.#next
    this.#next = Math.min(followed, Math.floor(changedFrom / PART_BYTES) + 1)
    for (let attempt = 1; ; attempt++) {
      try {
        const send = async (number: number) =>
          this.#upload.part(
            number,
            await this.#read(number, Math.min(PART_BYTES, size - (number - 1) * PART_BYTES)),
          )
        for (; this.#next <= parts; this.#next++) await send(this.#next)
        await send(1)
        await this.#upload.complete(parts)
        break
      } catch (err) {
        if (attempt >= FINISH_TRIES) throw err
        await new Promise((resolve) => setTimeout(resolve, Math.min(60_000, 1000 * 2 ** attempt)))
      }
    }
    await this.#forget(followed)
    await rm(this.#file, { force: true })
    return size
  }

  async drop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#working
    await this.#upload.abort()
    await this.#forget(this.#next)
  }

  async #forget(tail: number): Promise<void> {
    await Promise.all([this.#upload.dropTail(tail), this.#upload.forget()]).catch(() => undefined)
  }
}

const statusOf = (err: unknown): number | undefined =>
  (err as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode

function asMissing(key: string, err: unknown): unknown {
  if (statusOf(err) !== 404) return err
  return new NotFound('file_not_found', `There is no stored file '${key}'`, { cause: err })
}
