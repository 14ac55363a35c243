import { type FileHandle, open } from 'node:fs/promises'

/**
 * Makes a fragmented MP4 (ISO/IEC 14496-12) into one that every player seeks in at once. While it is written it is
 * `ftyp moov (moof mdat)*`, playable at each moment. In the end a `moov` with the place of every sample is put
 * behind it, and the first `moov` with all fragments becomes the body of one `mdat` by overwriting 16 bytes. No
 * media is copied, so it takes as long as reading the fragments' headers, and may be done again after a crash.
 * On a full disk picture at the end gives way to the index, or the file stays as it was written. From `changedFrom` on
 * the bytes are others than before, and 16 of them near the beginning.
 */
export async function finishMp4(
  file: string,
): Promise<{ durationMs: number; sizeBytes: number; changedFrom: number }> {
  const handle = await open(file, 'r+')
  try {
    return await finishOpen(handle, 3)
  } finally {
    await handle.close()
  }
}

/** `triesWhenFull`: how often picture at the end may be given up for its index. */
async function finishOpen(handle: FileHandle, triesWhenFull: number): ReturnType<typeof finishMp4> {
  const { size } = await handle.stat()
  const boxes = await topBoxes(handle, size)
  const known = await finishedDuration(handle, boxes)
  if (known !== null) return { durationMs: known, sizeBytes: size, changedFrom: 0 }
  const first = boxes.find((box) => box.type === 'moov')
  if (first === undefined) return { durationMs: 0, sizeBytes: 0, changedFrom: 0 }
  const head = await read(handle, first.start, first.size)
  const tracks = readTracks(head)
  let end = first.start + first.size
  for (let i = boxes.indexOf(first) + 1; i < boxes.length; i++) {
    const moof = boxes[i]
    const mdat = boxes[i + 1]
    if (moof?.type !== 'moof') {
      // A `moov` of an attempt that was cut off, or an index of the writer's.
      if (moof?.type === 'moov' || moof?.type === 'mfra') break
      continue
    }
    // The last fragment may have been cut off half-way.
    if (mdat?.type !== 'mdat' || mdat.start + mdat.size > size) break
    addFragment(tracks, moof.bytes ?? (await read(handle, moof.start, moof.size)), moof.start)
    end = mdat.start + mdat.size
  }
  const used = tracks.filter((track) => track.samples.length > 0)
  if (used.length === 0) return { durationMs: 0, sizeBytes: 0, changedFrom: 0 }
  const { moov, durationMs } = writeMoov(head, used)
  await handle.truncate(end)
  try {
    await writeAll(handle, moov, end)
  } catch (err) {
    // A part of an index would only be in the way.
    await handle.truncate(end)
    if ((err as NodeJS.ErrnoException).code !== 'ENOSPC') throw err
    // On a full disk it takes the place of the last seconds. Where there are none to spare, the file plays without.
    const less = end - moov.length - SLACK
    if (triesWhenFull === 0 || less < (first.start + end) / 2)
      return { durationMs, sizeBytes: end, changedFrom: end }
    await handle.truncate(less)
    return finishOpen(handle, triesWhenFull - 1)
  }
  // The new index is on the disk before the old one becomes unreadable.
  await handle.sync()
  const lid = Buffer.alloc(16)
  lid.writeUInt32BE(1, 0)
  lid.write('mdat', 4, 'latin1')
  lid.writeBigUInt64BE(BigInt(end - first.start), 8)
  await writeAll(handle, lid, first.start)
  await handle.sync()
  return { durationMs, sizeBytes: end + moov.length, changedFrom: end }
}

/** File systems give space back in blocks. */
const SLACK = 16_384

/** One write may take only a part of the bytes, as the last one before the disk is full does. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;)
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten
}

interface Box {
  type: string
  start: number
  size: number
}

interface TopBox extends Box {
  bytes?: Buffer
}

interface Sample {
  offset: number
  size: number
  duration: number
  /** Composition time offset, in the track's timescale. */
  shift: number
  isKey: boolean
}

interface Track {
  id: number
  timescale: number
  isVideo: boolean
  /** Where its `trak` lies in the head. */
  box: Box
  defaults: { duration: number; size: number; flags: number }
  /** Decode time of the first sample, in the timescale. */
  startTime: number | null
  nextTime: number
  samples: Sample[]
}

async function read(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(bytes, done, length - done, start + done)
    if (bytesRead === 0) return bytes.subarray(0, done)
    done += bytesRead
  }
  return bytes
}

/** Holds a fragment's `moof` and the header of its `mdat`, so that a fragment costs one read. */
const WINDOW = 8192

/** The boxes of the file one after the other; a `moof` that is not large comes with its bytes. */
async function topBoxes(handle: FileHandle, fileSize: number): Promise<TopBox[]> {
  const boxes: TopBox[] = []
  let window: Buffer = Buffer.alloc(0)
  let windowStart = 0
  for (let start = 0; start + 8 <= fileSize;) {
    if (start < windowStart || start + 16 > windowStart + window.length) {
      window = await read(handle, start, WINDOW)
      windowStart = start
    }
    const at = start - windowStart
    const box = boxAt(window, at)
    if (box === null) break
    const isWhole = box.type === 'moof' && at + box.size <= window.length
    boxes.push({ ...box, start, ...(isWhole && { bytes: Buffer.from(window.subarray(at, at + box.size)) }) })
    start += box.size
  }
  return boxes
}

/** The box whose header stands at `at`; null where none can be. */
function boxAt(bytes: Buffer, at: number): Box | null {
  if (at + 8 > bytes.length) return null
  const short = bytes.readUInt32BE(at)
  const type = bytes.toString('latin1', at + 4, at + 8)
  if (short === 1 && at + 16 > bytes.length) return null
  const size = short === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : short
  return size < 8 ? null : { type, start: at, size }
}

function* childrenOf(bytes: Buffer, parent: Box, headerSize = 8): Generator<Box> {
  for (let at = parent.start + headerSize; at < parent.start + parent.size;) {
    const box = boxAt(bytes, at)
    if (box === null) return
    yield box
    at += box.size
  }
}

function childOf(bytes: Buffer, parent: Box, ...types: string[]): Box {
  let found = parent
  for (const type of types) {
    const next = [...childrenOf(bytes, found)].find((box) => box.type === type)
    if (next === undefined) throw new Error(`MP4: there is no ${type} in ${found.type}`)
    found = next
  }
  return found
}

/** Duration in ms of a file that has been finished; null for one that has not. */
async function finishedDuration(handle: FileHandle, boxes: TopBox[]): Promise<number | null> {
  const last = boxes.at(-1)
  if (last?.type !== 'moov' || boxes.some((box) => box.type === 'moof')) return null
  const moov = await read(handle, last.start, last.size)
  if (moov.length < last.size) return null
  const header = childOf(moov, { type: 'moov', start: 0, size: moov.length }, 'mvhd')
  const isLong = moov[header.start + 8] === 1
  const timescale = moov.readUInt32BE(header.start + (isLong ? 28 : 20))
  const duration = isLong
    ? Number(moov.readBigUInt64BE(header.start + 32))
    : moov.readUInt32BE(header.start + 24)
  return (duration / timescale) * 1000
}

function readTracks(head: Buffer): Track[] {
  const moov: Box = { type: 'moov', start: 0, size: head.length }
  const tracks: Track[] = []
  for (const box of childrenOf(head, moov)) {
    if (box.type !== 'trak') continue
    const tkhd = childOf(head, box, 'tkhd')
    const mdhd = childOf(head, box, 'mdia', 'mdhd')
    const hdlr = childOf(head, box, 'mdia', 'hdlr')
    tracks.push({
      id: head.readUInt32BE(tkhd.start + (head[tkhd.start + 8] === 1 ? 28 : 20)),
      timescale: head.readUInt32BE(mdhd.start + (head[mdhd.start + 8] === 1 ? 28 : 20)),
      isVideo: head.toString('latin1', hdlr.start + 16, hdlr.start + 20) === 'vide',
      box,
      defaults: { duration: 0, size: 0, flags: 0 },
      startTime: null,
      nextTime: 0,
      samples: [],
    })
  }
  const mvex = [...childrenOf(head, moov)].find((box) => box.type === 'mvex')
  if (mvex === undefined) return tracks
  for (const trex of childrenOf(head, mvex)) {
    if (trex.type !== 'trex') continue
    const at = trex.start + 12
    const track = tracks.find((one) => one.id === head.readUInt32BE(at))
    if (track === undefined) continue
    track.defaults = {
      duration: head.readUInt32BE(at + 8),
      size: head.readUInt32BE(at + 12),
      flags: head.readUInt32BE(at + 16),
    }
  }
  return tracks
}

const NOT_SYNC = 0x10000

/** Adds the samples of one `moof` that stands at `moofStart` of the file. */
function addFragment(tracks: Track[], moof: Buffer, moofStart: number): void {
  const whole: Box = { type: 'moof', start: 0, size: moof.length }
  for (const traf of childrenOf(moof, whole)) {
    if (traf.type !== 'traf') continue
    const tfhd = childOf(moof, traf, 'tfhd')
    const track = tracks.find((one) => one.id === moof.readUInt32BE(tfhd.start + 12))
    if (track === undefined) continue
    const flags = moof.readUIntBE(tfhd.start + 9, 3)
    let at = tfhd.start + 16
    const next = (isThere: boolean, bytes: number): number | undefined => {
      if (!isThere) return undefined
      at += bytes
      return bytes === 8 ? Number(moof.readBigUInt64BE(at - 8)) : moof.readUInt32BE(at - bytes)
    }
    const base = next((flags & 1) !== 0, 8) ?? moofStart
    next((flags & 2) !== 0, 4)
    const defaults = {
      duration: next((flags & 8) !== 0, 4) ?? track.defaults.duration,
      size: next((flags & 16) !== 0, 4) ?? track.defaults.size,
      flags: next((flags & 32) !== 0, 4) ?? track.defaults.flags,
    }
    const tfdt = [...childrenOf(moof, traf)].find((box) => box.type === 'tfdt')
    if (tfdt !== undefined) {
      const isLong = moof[tfdt.start + 8] === 1
      const time = isLong ? Number(moof.readBigUInt64BE(tfdt.start + 12)) : moof.readUInt32BE(tfdt.start + 12)
      if (track.startTime === null) track.startTime = time
      // A gap before this fragment belongs to the sample that came before it.
      const last = track.samples.at(-1)
      if (last !== undefined) last.duration = Math.max(0, last.duration + time - track.nextTime)
      track.nextTime = time
    }
    let offset = base
    for (const trun of childrenOf(moof, traf)) {
      if (trun.type === 'trun') offset = addRun(track, defaults, moof, trun, base, offset)
    }
  }
}

/** Adds one `trun`; returns where the next one's data begins unless it says so itself. */
function addRun(
  track: Track,
  defaults: Track['defaults'],
  moof: Buffer,
  trun: Box,
  base: number,
  follows: number,
): number {
  const flags = moof.readUIntBE(trun.start + 9, 3)
  const isSigned = moof[trun.start + 8] === 1
  const count = moof.readUInt32BE(trun.start + 12)
  let at = trun.start + 16
  let offset = follows
  if ((flags & 1) !== 0) {
    offset = base + moof.readInt32BE(at)
    at += 4
  }
  let firstFlags: number | undefined
  if ((flags & 4) !== 0) {
    firstFlags = moof.readUInt32BE(at)
    at += 4
  }
  const field = (bit: number, otherwise: number): number => {
    if ((flags & bit) === 0) return otherwise
    at += 4
    return moof.readUInt32BE(at - 4)
  }
  for (let i = 0; i < count; i++) {
    const duration = field(0x100, defaults.duration)
    const size = field(0x200, defaults.size)
    const sampleFlags = field(0x400, i === 0 && firstFlags !== undefined ? firstFlags : defaults.flags)
    const raw = field(0x800, 0)
    track.samples.push({
      offset,
      size,
      duration,
      shift: isSigned ? raw | 0 : raw,
      isKey: (sampleFlags & NOT_SYNC) === 0,
    })
    offset += size
    track.nextTime += duration
  }
  return offset
}

/** Movie times are in milliseconds. */
const MOVIE_SCALE = 1000

function writeMoov(head: Buffer, tracks: Track[]): { moov: Buffer; durationMs: number } {
  const whole: Box = { type: 'moov', start: 0, size: head.length }
  const scaled = (track: Track) => {
    const units = track.samples.reduce((sum, sample) => sum + sample.duration, 0)
    const startMs = ((track.startTime ?? 0) * MOVIE_SCALE) / track.timescale
    return { units, ms: Math.round((units * MOVIE_SCALE) / track.timescale), startMs: Math.round(startMs) }
  }
  const starts = tracks.map((track) => scaled(track).startMs)
  const zero = Math.min(...starts)
  const durationMs = Math.max(...tracks.map((track) => scaled(track).startMs - zero + scaled(track).ms))
  const mvhd = slice(head, childOf(head, whole, 'mvhd'))
  const isLong = mvhd[8] === 1
  mvhd.writeUInt32BE(MOVIE_SCALE, isLong ? 28 : 20)
  if (isLong) mvhd.writeBigUInt64BE(BigInt(durationMs), 32)
  else mvhd.writeUInt32BE(durationMs, 24)
  const traks = tracks.map((track) => {
    const { units, ms, startMs } = scaled(track)
    return writeTrak(head, track, { units, ms, delayMs: startMs - zero })
  })
  return { moov: box('moov', mvhd, ...traks), durationMs }
}

function writeTrak(
  head: Buffer,
  track: Track,
  { units, ms, delayMs }: { units: number; ms: number; delayMs: number },
): Buffer {
  const tkhd = slice(head, childOf(head, track.box, 'tkhd'))
  if (tkhd[8] === 1) tkhd.writeBigUInt64BE(BigInt(delayMs + ms), 36)
  else tkhd.writeUInt32BE(delayMs + ms, 28)
  const mdia = childOf(head, track.box, 'mdia')
  const mdhd = slice(head, childOf(head, mdia, 'mdhd'))
  if (mdhd[8] === 1) mdhd.writeBigUInt64BE(BigInt(units), 32)
  else mdhd.writeUInt32BE(units, 24)
  const minf = childOf(head, mdia, 'minf')
  const stbl = box('stbl', slice(head, childOf(head, minf, 'stbl', 'stsd')), ...sampleTables(track))
  const others = [...childrenOf(head, minf)]
    .filter((one) => one.type !== 'stbl')
    .map((one) => slice(head, one))
  const hdlr = slice(head, childOf(head, mdia, 'hdlr'))
  return box('trak', tkhd, edits(track, ms, delayMs), box('mdia', mdhd, hdlr, box('minf', ...others, stbl)))
}

/** Where a track begins in the movie: an empty edit before it, and its first frame's composition offset taken off. */
function edits(track: Track, ms: number, delayMs: number): Buffer {
  const shift = track.samples[0]?.shift ?? 0
  const rows = [...(delayMs > 0 ? [[delayMs, -1]] : []), [ms, shift]]
  const body = Buffer.alloc(8 + rows.length * 12)
  body.writeUInt32BE(rows.length, 4)
  for (const [i, [duration = 0, mediaTime = 0]] of rows.entries()) {
    body.writeUInt32BE(duration, 8 + i * 12)
    body.writeInt32BE(mediaTime, 12 + i * 12)
    body.writeUInt32BE(0x10000, 16 + i * 12)
  }
  return box('edts', box('elst', body))
}

function sampleTables(track: Track): Buffer[] {
  const { samples } = track
  const tables = [
    table('stts', runLengths(samples.map(({ duration }) => duration)), 2),
    ...(samples.some(({ shift }) => shift !== 0)
      ? [table('ctts', runLengths(samples.map(({ shift }) => shift)), 2, 1)]
      : []),
  ]
  const keys = samples.flatMap(({ isKey }, i) => (isKey ? [i + 1] : []))
  if (track.isVideo && keys.length < samples.length) tables.push(table('stss', keys, 1))
  // Samples that follow each other without a gap are one chunk.
  const chunks: { offset: number; count: number }[] = []
  let expected = -1
  for (const { offset, size } of samples) {
    const last = chunks.at(-1)
    if (last !== undefined && offset === expected) last.count += 1
    else chunks.push({ offset, count: 1 })
    expected = offset + size
  }
  const changes = chunks.flatMap(({ count }, i) => (chunks[i - 1]?.count === count ? [] : [i + 1, count, 1]))
  const sizes = Buffer.alloc(12 + samples.length * 4)
  sizes.writeUInt32BE(samples.length, 8)
  for (const [i, { size }] of samples.entries()) sizes.writeUInt32BE(size, 12 + i * 4)
  const offsets = Buffer.alloc(8 + chunks.length * 8)
  offsets.writeUInt32BE(chunks.length, 4)
  for (const [i, { offset }] of chunks.entries()) offsets.writeBigUInt64BE(BigInt(offset), 8 + i * 8)
  return [...tables, table('stsc', changes, 3), box('stsz', sizes), box('co64', offsets)]
}

/** Count and value by turns. */
function runLengths(values: number[]): number[] {
  const runs: number[] = []
  for (const value of values) {
    if (runs.length > 0 && runs.at(-1) === value) runs[runs.length - 2] = (runs.at(-2) ?? 0) + 1
    else runs.push(1, value)
  }
  return runs
}

function table(type: string, values: number[], columns: number, version = 0): Buffer {
  const body = Buffer.alloc(8 + values.length * 4)
  body[0] = version
  body.writeUInt32BE(values.length / columns, 4)
  for (const [i, value] of values.entries()) body.writeUInt32BE(value >>> 0, 8 + i * 4)
  return box(type, body)
}

const slice = (bytes: Buffer, { start, size }: Box): Buffer =>
  Buffer.from(bytes.subarray(start, start + size))

function box(type: string, ...parts: Buffer[]): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt32BE(8 + parts.reduce((sum, part) => sum + part.length, 0), 0)
  header.write(type, 4, 'latin1')
  return Buffer.concat([header, ...parts])
}
