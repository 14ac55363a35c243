import path from 'node:path'
import type { Config } from '../config.ts'
import { Unavailable } from '../errors.ts'
import type { Egress, EgressState } from '../livekit/egress.ts'
import type { Logger } from '../log.ts'
import type { Encoding } from '../rooms/config-schema.ts'
import { MEDIA_FOLDER } from '../storage/disk.ts'
import type { Outcome, Recorder, RecorderDriver, RecorderJob } from './driver.ts'
import type { RecordingRow } from './store.ts'

const LOOK_MS = 2000
/** An egress that LiveKit does not know for this long is over. */
const LOST_MS = 5 * 60_000

interface Options {
  egress: Egress
  config: Config
  /** The recorder's page as workers reach it. */
  pageUrl: () => string
  log: Logger
}

/** Records with workers of LiveKit Egress, which draw the same page and write to the same storage. */
export class EgressDriver implements RecorderDriver {
  readonly kind = 'egress'
  readonly #options: Options
  readonly #followed = new Map<string, (state: EgressState) => void>()

  constructor(options: Options) {
    this.#options = options
  }

  /** Whether a worker is there is known only when one is asked. */
  fault(): string | null {
    return null
  }

  async start(job: RecorderJob, signal: AbortSignal): Promise<Recorder> {
    const { egress, config, pageUrl } = this.#options
    const { dataDir, s3 } = config
    const state = await egress
      .start({
        roomId: job.roomId,
        layout: job.layout,
        encoding: job.encoding,
        filepath: s3 === null ? path.join(dataDir, MEDIA_FOLDER, job.mediaKey) : job.mediaKey,
        s3,
        pageUrl: pageUrl(),
      })
      .catch((cause: unknown) => {
        const message = `Recording in room '${job.roomId}' timed out while starting: no egress worker answers (${(cause as Error).message})`
        throw new Unavailable('recording_start_timeout', message, { error: 'Recording Error', cause })
      })
    const recorder = this.#follow(state.egressId, job.encoding)
    try {
      await recorder.untilActive(signal)
    } catch (err) {
      recorder.stop('It did not start')
      throw err
    }
    return recorder
  }

  adopt(row: RecordingRow): Promise<Recorder> {
    const encoding = JSON.parse(row.encoding) as Encoding
    if (row.egressId !== null) return Promise.resolve(this.#follow(row.egressId, encoding))
    const ended = Promise.resolve(failed('The server ended before the egress had begun'))
    return Promise.resolve({ encoding, stop: () => undefined, ended })
  }

  /** Told by LiveKit's webhooks. */
  told(state: EgressState): void {
    this.#followed.get(state.egressId)?.(state)
  }

  #follow(egressId: string, encoding: Encoding): EgressRecorder {
    const { egress, log } = this.#options
    const recorder = new EgressRecorder(egressId, encoding, egress, log)
    this.#followed.set(egressId, (state) => recorder.told(state))
    void recorder.ended.finally(() => this.#followed.delete(egressId))
    return recorder
  }

  async close(): Promise<void> {
    // Egresses go on without us, and are taken over after a restart.
  }
}

class EgressRecorder implements Recorder {
  readonly egressId: string
  readonly encoding: Encoding
  readonly ended: Promise<Outcome>
  readonly #active: Promise<void>
  readonly #egress: Egress
  readonly #log: Logger
  readonly #timer: NodeJS.Timeout
  #end: (outcome: Outcome) => void = () => undefined
  #isActive: () => void = () => undefined
  #reason = ''
  #isStopping = false
  #knownAt = performance.now()

  constructor(egressId: string, encoding: Encoding, egress: Egress, log: Logger) {
    this.egressId = egressId
    this.encoding = encoding
    this.#egress = egress
    this.#log = log
    this.ended = new Promise((resolve) => (this.#end = resolve))
    this.#active = new Promise((resolve) => (this.#isActive = resolve))
    this.#timer = setInterval(() => void this.#look(), LOOK_MS).unref()
    void this.ended.finally(() => clearInterval(this.#timer))
  }

  /** Rejects with the signal's reason, or when it ends before it has been active. */
  untilActive(signal: AbortSignal): Promise<void> {
    const over = this.ended.then(({ details, error }) => {
      throw new Error(error ?? details)
    })
    const aborted = new Promise<never>((_resolve, reject) => {
      const abort = () => reject(signal.reason as Error)
      if (signal.aborted) abort()
      else signal.addEventListener('abort', abort, { once: true })
    })
    return Promise.race([this.#active, over, aborted])
  }

  /** A webhook may be lost: LiveKit is asked as well. */
  async #look(): Promise<void> {
    try {
      const state = await this.#egress.find(this.egressId)
      if (state !== undefined) this.told(state)
      else if (performance.now() - this.#knownAt > LOST_MS)
        this.#end({ ...failed('LiveKit does not know the egress any more'), status: 'aborted' })
    } catch (err) {
      this.#log.debug({ err, egressId: this.egressId }, 'LiveKit could not be asked, trying again')
    }
  }

  told({ status, durationMs, sizeBytes, details, error, errorCode }: EgressState): void {
    this.#knownAt = performance.now()
    if (status === 'active') this.#isActive()
    if (status === 'starting' || status === 'active' || status === 'ending') return
    this.#end({
      status,
      details: this.#reason || details || error || 'The egress ended',
      durationMs,
      sizeBytes,
      ...(error === '' ? {} : { error, errorCode }),
    })
  }

  stop(reason: string): void {
    if (this.#isStopping) return
    this.#isStopping = true
    this.#reason = reason
    this.#egress.stop(this.egressId).catch((err: unknown) => {
      // It has ended by itself, or LiveKit is away: then it is tried again with the next look.
      this.#log.debug({ err, egressId: this.egressId }, 'the egress could not be stopped')
      this.#isStopping = false
    })
  }
}

const failed = (reason: string): Outcome => ({
  status: 'failed',
  details: reason,
  durationMs: 0,
  sizeBytes: 0,
  errorCode: 500,
  error: reason,
})
