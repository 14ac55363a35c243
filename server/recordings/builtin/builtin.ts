import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { Readable } from 'node:stream'
import type { BrowserContext, Page } from 'playwright-core'
import { type LiveKitCredentials, signRecorderToken } from '../../livekit/grants.ts'
import type { Logger } from '../../log.ts'
import type { Growing, Storage } from '../../storage/storage.ts'
import type { Outcome, Recorder, RecorderDriver, RecorderJob } from '../driver.ts'
import { encodingUsed, mimeTypesFor, type Picture, pictureOf } from '../encodings.ts'
import { finishMp4 } from '../mp4.ts'
import type { RecordingRow } from '../store.ts'
import { findChromium, onPath, WarmChromium } from './chromium.ts'
import { ffmpegWriter, type MediaWriter, plainWriter } from './writer.ts'

interface Options {
  storage: Storage
  credentials: LiveKitCredentials
  /** LiveKit's HTTP address, as this machine reaches it. */
  livekitUrl: () => string
  /** Where the recorder's page is served, on loopback. */
  pageUrl: () => string
  chromiumBin: string | null
  log: Logger
}

/** What the page is told, by web/recorder. */
interface PageOptions {
  url: string
  token: string
  layout: RecorderJob['layout']
  roomName: string
  width: number
  height: number
  frameRate: number
  videoKbps: number
  audioKbps: number
  keyFrameSeconds: number
  mimeTypes: string[]
}

const STOP_WITHIN_MS = 5000
/** The page sends every second; silence this long means that it is stuck. */
const SILENCE_MS = 20_000
const WATCH_MS = 2000
/** More recorders than cores: fewer pictures a second for the new ones, before anybody is refused. */
const SLOWER = { frameRate: 20, slowest: 12 }

/**
 * Records with a headless Chromium of this machine: it joins as a hidden participant, draws the meeting on a page of
 * ours and records its own tab.
 */
export class BuiltinDriver implements RecorderDriver {
  readonly kind = 'builtin'
  readonly #options: Options
  readonly #chromium: WarmChromium
  #running = 0
  #checked: { at: number; fault: string | null } | null = null

  constructor(options: Options) {
    this.#options = options
    this.#chromium = new WarmChromium({
      executable: () => findChromium(options.chromiumBin),
      log: options.log,
    })
  }

  fault(): string | null {
    if (this.#checked === null || performance.now() - this.#checked.at > 10_000) {
      const { chromiumBin } = this.#options
      const isFound = findChromium(chromiumBin) !== null
      const where = chromiumBin === null ? '' : ` at ${chromiumBin}`
      this.#checked = {
        at: performance.now(),
        fault: isFound ? null : `There is no Chromium${where} to record with: install it or set CHROMIUM_BIN`,
      }
    }
    return this.#checked.fault
  }

  async start(job: RecorderJob, signal: AbortSignal): Promise<Recorder> {
    const { storage, log } = this.#options
    const picture = this.#affordable(pictureOf(job.encoding))
    const growing = await storage.grow(job.mediaKey, true)
    const ffmpeg = onPath(['ffmpeg'])
    const recorder = new BuiltinRecorder({
      storage,
      growing,
      thumbnailKey: job.thumbnailKey,
      log: log.child({ recordingId: job.recordingId }),
      writer: () =>
        ffmpeg === null ? plainWriter(growing.path) : ffmpegWriter(ffmpeg, growing.path, picture.audioKbps),
    })
    this.#running += 1
    void recorder.ended.finally(() => (this.#running -= 1))
    try {
      const browser = await this.#chromium.take()
      void recorder.ended.finally(() => this.#chromium.release())
      signal.throwIfAborted()
      const context = await browser.newContext({
        viewport: { width: picture.width, height: picture.height },
        deviceScaleFactor: 1,
        colorScheme: 'dark',
        reducedMotion: 'reduce',
        serviceWorkers: 'block',
      })
      const page = await recorder.open(context)
      const { mimeType } = await abortable(signal, this.#begin(page, job, picture))
      const isH264 = mimeType.includes('avc1')
      return Object.assign(recorder, {
        encoding: encodingUsed(job.encoding, picture, { isH264, hasAac: ffmpeg !== null }),
      })
    } catch (err) {
      await recorder.abandon()
      await growing.drop()
      throw err
    }
  }

  async #begin(page: Page, job: RecorderJob, picture: Picture): Promise<{ mimeType: string }> {
    const { credentials, livekitUrl, pageUrl } = this.#options
    const identity = `recorder-${job.recordingId.split('--').at(-1)}`
    const options: PageOptions = {
      url: livekitUrl().replace(/^http/, 'ws'),
      token: await signRecorderToken(credentials, job.roomId, identity),
      layout: job.layout,
      roomName: job.roomName,
      ...picture,
      mimeTypes: mimeTypesFor(picture),
    }
    await page.goto(pageUrl(), { waitUntil: 'load' })
    // Nothing of this is in an address or a header: only this page of this browser ever has it.
    return page.evaluate(
      (given) =>
        (
          globalThis as unknown as {
            parleyRecorder: { start(o: typeof given): Promise<{ mimeType: string }> }
          }
        ).parleyRecorder.start(given),
      options,
    )
  }

  #affordable(picture: Picture): Picture {
    const perCore = this.#running / availableParallelism()
    const most = perCore < 1 ? 60 : perCore < 2 ? SLOWER.frameRate : SLOWER.slowest
    return { ...picture, frameRate: Math.min(picture.frameRate, most) }
  }

  async adopt(row: RecordingRow): Promise<Recorder> {
    const { storage, log } = this.#options
    const key = row.mediaKey ?? `recordings/${row.recordingId}.mp4`
    const growing = await storage.grow(key)
    const isHere = await stat(growing.path).then(
      () => true,
      () => false,
    )
    const reason = isHere
      ? 'The server was stopped; what had been recorded until then is kept'
      : `The server that recorded it (${row.holder?.split('/')[0] ?? 'unknown'}) is gone, and nothing of it had been stored`
    const ended = untilQuiet(growing.path)
      .then(() => finish(growing, reason))
      .catch((err: unknown): Outcome => {
        log.error({ err, recordingId: row.recordingId }, 'a recording could not be saved')
        return unsaved(growing, err)
      })
    return { encoding: JSON.parse(row.encoding) as Recorder['encoding'], stop: () => undefined, ended }
  }

  async close(): Promise<void> {
    await this.#chromium.close()
  }
}

interface Parts {
  storage: Storage
  growing: Growing
  thumbnailKey: string
  log: Logger
  writer: () => Promise<MediaWriter>
}

/** One page that records, and where its bytes go. */
class BuiltinRecorder {
  readonly ended: Promise<Outcome>
  readonly #parts: Parts
  readonly #end: (outcome: Outcome) => void
  #context: BrowserContext | null = null
  #page: Page | null = null
  #writer: Promise<MediaWriter> | null = null
  /** Chunks are written one after the other. */
  #writes: Promise<void> = Promise.resolve()
  #thumbnail: Promise<string | null> = Promise.resolve(null)
  #isEnding = false
  #lastChunkAt = performance.now()
  #watch: NodeJS.Timeout | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    let end: (outcome: Outcome) => void = () => undefined
    this.ended = new Promise((resolve) => (end = resolve))
    this.#end = end
  }

  /** A page whose calls come here. */
  async open(context: BrowserContext): Promise<Page> {
    this.#context = context
    this.#writer = this.#parts.writer()
    await this.#writer
    const page = await context.newPage()
    this.#page = page
    await page.exposeFunction('parleyChunk', (base64: string) => this.#take(Buffer.from(base64, 'base64')))
    await page.exposeFunction('parleyThumbnail', (base64: string) => {
      this.#thumbnail = this.#thumbnail.then(() => this.#keepThumbnail(Buffer.from(base64, 'base64')))
    })
    await page.exposeFunction('parleyEnded', (reason: string) => this.#finish(reason, 'page'))
    page.on('crash', () => void this.#finish(UNEXPECTED, 'gone'))
    page.on('close', () => void this.#finish(UNEXPECTED, 'gone'))
    page.on('pageerror', (err) => this.#parts.log.warn({ err }, 'fault in the recorder page'))
    page.on('console', (message) => this.#parts.log.debug({ page: message.text() }, 'recorder page'))
    this.#lastChunkAt = performance.now()
    this.#watch = setInterval(() => void this.#look(), WATCH_MS).unref()
    return page
  }

  #take(bytes: Buffer): Promise<void> {
    this.#lastChunkAt = performance.now()
    this.#writes = this.#writes.then(async () => {
      try {
        await (await this.#writer)?.write(bytes)
      } catch (err) {
        this.#fail(err)
      }
    })
    return this.#writes
  }

  #fail(err: unknown): void {
    this.#parts.log.error({ err }, 'a recording cannot be written')
    const isFull = ['ENOSPC', 'EDQUOT'].includes(String((err as NodeJS.ErrnoException).code))
    void this.#finish(
      isFull ? DISK_FULL : `It could not be written: ${(err as Error).message}`,
      'gone',
      isFull,
    )
  }

  async #look(): Promise<void> {
    if (this.#isEnding) return
    const full = await this.#parts.storage.lacksSpace()
    if (full !== null) await this.#finish(full, 'page', true)
    else if (performance.now() - this.#lastChunkAt > SILENCE_MS) await this.#finish(UNEXPECTED, 'gone')
  }

  async #keepThumbnail(bytes: Buffer): Promise<string | null> {
    const { storage, thumbnailKey } = this.#parts
    await storage.put(thumbnailKey, Readable.from([bytes])).catch(() => undefined)
    return thumbnailKey
  }

  stop(reason: string): void {
    void this.#finish(reason, 'page')
  }

  /** Ends it: `page` can still be asked for what it has not sent, one that is `gone` cannot. */
  async #finish(reason: string, from: 'page' | 'gone', isLimit = false): Promise<void> {
    if (this.#isEnding) return
    this.#isEnding = true
    clearInterval(this.#watch)
    if (from === 'page' && this.#page !== null) {
      const asked = this.#page
        .evaluate(() =>
          (globalThis as unknown as { parleyRecorder: { stop(): Promise<void> } }).parleyRecorder.stop(),
        )
        .catch(() => undefined)
      await withTimeout(asked, STOP_WITHIN_MS)
    }
    // The page is not needed any more, and closing it takes a while.
    const closed = this.#context?.close().catch(() => undefined)
    this.#end(await this.#collect(reason, isLimit))
    await closed
  }

  async #collect(reason: string, isLimit: boolean): Promise<Outcome> {
    try {
      await this.#writes
      await (await this.#writer)?.end()
      const outcome = await finish(this.#parts.growing, reason)
      const thumbnailKey = await this.#thumbnail
      return {
        ...outcome,
        status: isLimit ? 'limit_reached' : outcome.status,
        ...(thumbnailKey === null ? {} : { thumbnailKey }),
      }
    } catch (err) {
      this.#parts.log.error({ err }, 'a recording could not be finished')
      return unsaved(this.#parts.growing, err)
    }
  }

  /** It never began: nothing is kept. */
  async abandon(): Promise<void> {
    this.#isEnding = true
    clearInterval(this.#watch)
    await this.#context?.close().catch(() => undefined)
    await this.#writes
    await (await this.#writer?.catch(() => null))?.end()
    this.#end(nothing('It did not start'))
  }
}

const UNEXPECTED = 'The recorder ended unexpectedly; what had been recorded until then is kept'
const DISK_FULL = 'The disk of the data directory is full'

/** Makes the file whole and stores it. */
async function finish(growing: Growing, reason: string): Promise<Outcome> {
  const isThere = await stat(growing.path).then(
    ({ size }) => size > 0,
    () => false,
  )
  if (!isThere) return drop(growing, reason)
  const { durationMs, changedFrom } = await finishMp4(growing.path)
  if (durationMs === 0) return drop(growing, reason)
  const sizeBytes = await growing.finish(changedFrom)
  return { status: 'complete', details: reason, durationMs, sizeBytes }
}

async function drop(growing: Growing, reason: string): Promise<Outcome> {
  await growing.drop()
  return nothing(reason)
}

/** What was recorded is on this machine's disk, and could not be stored. */
const unsaved = ({ path }: Growing, err: unknown): Outcome => ({
  ...nothing(`It could not be stored: ${(err as Error).message}`),
  error: `The recording could not be stored. Its file is ${path} on the server`,
  keepsFile: true,
})

const nothing = (reason: string): Outcome => ({
  status: 'failed',
  details: reason,
  durationMs: 0,
  sizeBytes: 0,
  errorCode: 500,
  error: `Nothing was recorded. ${reason}`,
})

/** Waits until a file no longer grows: a writer that outlived its server may still be finishing it. */
async function untilQuiet(file: string): Promise<void> {
  const sizeOf = () =>
    stat(file).then(
      ({ size }) => size,
      () => 0,
    )
  let before = -1
  for (let i = 0; i < 20; i++) {
    const now = await sizeOf()
    if (now === before) return
    before = now
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}

async function withTimeout(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([work, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))])
  clearTimeout(timer)
}

const abortable = <T>(signal: AbortSignal, work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
