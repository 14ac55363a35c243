import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import { BadRequest, Conflict, ParleyError, RangeNotSatisfiable } from '../errors.ts'
import { Streamed } from '../http/endpoint.ts'
import type { Logger } from '../log.ts'
import type { Storage } from '../storage/storage.ts'
import { ZipFile } from 'yazl'
import { isFinished } from './lifecycle.ts'
import type { RecordingRow } from './store.ts'

/** `end` null: to the last byte. */
interface Range {
  start: number
  end: number | null
}

/** Whether a recording has a file that can be watched: whatever ended it, if anything had been recorded. */
export const isStreamable = (row: RecordingRow): boolean =>
  isFinished(row.status) && row.mediaKey !== null && (row.sizeBytes ?? 0) > 0

/**
 * Streams a recording or a range of it; nothing of it is held in memory. Statuses and headers as contract/openvidu-meet.md 4.4,
 * caching as contract/parley.md 7. Throws Conflict when it has no file, RangeNotSatisfiable beyond its end.
 */
export async function sendMedia(
  storage: Storage,
  row: RecordingRow,
  { range, asAttachment }: { range: Range | undefined; asAttachment: boolean },
  req: Request,
  res: Response,
): Promise<Streamed> {
  if (!isStreamable(row) || row.mediaKey === null)
    throw new Conflict('recording_not_streamable', `Recording '${row.recordingId}' is not streamable`, {
      error: 'Recording Error',
    })
  const size = await storage.size(row.mediaKey)
  const etag = `"${row.recordingId.split('--').at(-1)}-${size}"`
  res.set({
    'Content-Type': 'video/mp4',
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, no-cache',
    ETag: etag,
    'Last-Modified': new Date(row.endedAt ?? row.startedAt).toUTCString(),
    'X-Content-Type-Options': 'nosniff',
    ...(asAttachment ? { 'Content-Disposition': `attachment; filename="${row.filename}"` } : {}),
  })
  const known = req.get('if-none-match')
  if (known !== undefined && (known === '*' || known.includes(etag))) {
    res.status(304).end()
    return new Streamed()
  }
  // A part of another version than the one it has is of no use to the caller (RFC 9110, 13.1.5).
  const ifRange = req.get('if-range')
  const isWanted = range !== undefined && (ifRange === undefined || ifRange === etag)
  const asked = isWanted && (range.end === null || range.start <= range.end) ? range : undefined
  if (asked !== undefined && asked.start >= size)
    throw new RangeNotSatisfiable(
      'range_not_satisfiable',
      `Recording '${row.recordingId}' range not satisfiable. File size: ${size}`,
      { error: 'Recording Error' },
    )
  const start = asked?.start ?? 0
  const end = Math.min(asked?.end ?? size - 1, size - 1)
  res.status(asked === undefined ? 200 : 206)
  if (asked !== undefined) res.setHeader('Content-Range', `bytes ${start}-${end}/${size}`)
  res.setHeader('Content-Length', end - start + 1)
  if (req.method === 'HEAD') {
    res.end()
    return new Streamed()
  }
  await sendStream(await storage.get(row.mediaKey, { start, end }), res)
  return new Streamed()
}

/** A caller that goes away is no fault; a file that ends too early breaks the connection, so that they notice. */
export async function sendStream(content: NodeJS.ReadableStream, res: Response): Promise<void> {
  try {
    await pipeline(content, res)
  } catch (err) {
    if (res.destroyed || (err as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') return
    throw err
  }
}

/**
 * Streams several files as one zip, stored and not compressed, with 64-bit sizes where they are needed; each file is
 * opened when its turn comes. What cannot be read is left out. Throws BadRequest when nothing is left.
 */
export async function sendZip(
  storage: Storage,
  rows: RecordingRow[],
  res: Response,
  log: Logger,
): Promise<Streamed> {
  const files: { key: string; name: string; size: number; at: number }[] = []
  for (const row of rows) {
    if (!isStreamable(row) || row.mediaKey === null) continue
    const size = await storage.size(row.mediaKey).catch((err: unknown) => {
      if (err instanceof ParleyError) return null
      throw err
    })
    if (size !== null) files.push({ key: row.mediaKey, name: row.filename, size, at: row.startedAt })
  }
  if (files.length === 0)
    throw new BadRequest(
      'nothing_to_download',
      'None of the provided recordings are available for ZIP download',
      { error: 'Recording Error' },
    )
  res.status(200).set({
    'Content-Type': 'application/zip',
    'Content-Disposition': 'attachment; filename="recordings.zip"',
    'Cache-Control': 'private, no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  const zip = new ZipFile()
  zip.on('error', (err) => {
    log.warn({ err }, 'a zip of recordings could not be finished')
    res.destroy()
  })
  for (const { key, name, size, at } of files) {
    zip.addReadStreamLazy(name, { size, compress: false, mtime: new Date(at) }, (give) => {
      storage.get(key).then(
        (content) => give(null, content),
        (err: unknown) => give(err, undefined as never),
      )
    })
  }
  zip.end()
  await sendStream(zip.outputStream, res)
  return new Streamed()
}
