import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import type { CodeOf } from '../error-codes.ts'
import { ParleyError, Unavailable } from '../errors.ts'
import type { LiveKit } from '../livekit/client.ts'
import type { Logger } from '../log.ts'
import type { Grants } from '../meetings/may.ts'
import { findRunningMeeting } from '../meetings/store.ts'
import type { Storage } from '../storage/storage.ts'
import type { Outcome, Recorder, RecorderDriver } from './driver.ts'
import { beginRecording, isFinished, moveRecording } from './lifecycle.ts'
import { findRecordingById, listConsents, listRunningRecordings, type RecordingRow } from './store.ts'

const START_WITHIN_MS = 20_000
const TICK_MS = 1000
const HEARTBEAT_MS = 5000
/** A holder whose heartbeat has not changed for this long is gone. */
const LEASE_MS = 20_000
/** At most this long may a stopping server wait for recorders to finish their files. */
const CLOSE_WITHIN_MS = 8000

/** What a recording has from its first moment on. */
type Beginning = Pick<
  RecordingRow,
  | 'recordingId'
  | 'orgId'
  | 'environment'
  | 'roomId'
  | 'roomName'
  | 'filename'
  | 'layout'
  | 'encoding'
  | 'startedAt'
  | 'publicSecret'
  | 'privateSecret'
  | 'startedByName'
  | 'startedByIdentity'
>

interface Options {
  database: Database
  clock: Clock
  livekit: LiveKit
  grants: Grants
  storage: Storage
  driver: RecorderDriver
  /** Recorders at once on this instance. */
  concurrency: number
  log: Logger
}

interface Held {
  recorder: Recorder | null
  roomId: string
  heartbeatAt: number
  /** Its recorder has ended; what is left is to write that down and to tell it, which may take seconds. */
  isOver: boolean
  done: Promise<void>
}

/**
 * The recordings that run: each is held by the instance whose recorder makes it, which keeps a heartbeat in the row.
 * One whose holder is gone is taken over by another instance, or by the same one after a restart, and settled.
 */
export class Runs {
  readonly #db: Db
  readonly #clock: Clock
  readonly #livekit: LiveKit
  readonly #grants: Grants
  readonly #storage: Storage
  readonly #driver: RecorderDriver
  readonly #concurrency: number
  readonly #log: Logger
  readonly #me = `${hostname()}/${process.pid}/${randomBytes(6).toString('base64url')}`
  readonly #held = new Map<string, Held>()
  /** Heartbeats of other instances and when, by our own clock, each was first seen. */
  readonly #seen = new Map<string, { beat: string; at: number }>()
  /** Rooms whose recording is not on record yet. */
  readonly #starting = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #ticking: Promise<void> | null = null
  #isClosing = false

  constructor(options: Options) {
    this.#db = options.database.db
    this.#clock = options.clock
    this.#livekit = options.livekit
    this.#grants = options.grants
    this.#storage = options.storage
    this.#driver = options.driver
    this.#concurrency = options.concurrency
    this.#log = options.log
  }

  /** Looks after what runs from now on, beginning with what a predecessor left. */
  start(): void {
    this.#timer = setInterval(() => void this.tick(), TICK_MS).unref()
    void this.tick()
  }

  /** Why nothing can be recorded now, as the error that a start would get; null when it can. */
  async fault(): Promise<Unavailable | null> {
    const fault = this.#driver.fault()
    if (fault !== null) return unavailable('recorder_unavailable', fault)
    if (this.#isClosing) return unavailable('recorder_unavailable', 'The server is stopping')
    const running = [...this.#held.values()].filter(({ isOver }) => !isOver)
    if (running.length + this.#starting.size >= this.#concurrency)
      return unavailable(
        'recording_capacity',
        `${this.#concurrency} recordings run already, no more are possible at once (RECORDING_CONCURRENCY)`,
      )
    const full = await this.#storage.lacksSpace()
    return full === null ? null : unavailable('storage_full', full)
  }

  /**
   * Puts a recording on record and starts its recorder; resolves when that really records. Undefined when the room
   * has one that runs. Throws Unavailable when there is no recorder to be had, or not within 20 s; the record then
   * says that it failed, and the next start is not hindered.
   */
  async begin(beginning: Beginning): Promise<RecordingRow | undefined> {
    // Counted at once, so that of several at the same moment none slips through while another waits.
    const { roomId } = beginning
    if (this.#starting.has(roomId)) return undefined
    const fault = this.fault()
    this.#starting.add(roomId)
    try {
      const reason = await fault
      if (reason !== null) throw reason
      const now = this.#clock.now()
      const row = await beginRecording(this.#db, {
        ...beginning,
        status: 'starting',
        endedAt: null,
        durationMs: null,
        sizeBytes: null,
        details: null,
        errorCode: null,
        error: null,
        updatedAt: now,
        driver: this.#driver.kind,
        egressId: null,
        holder: this.#me,
        leaseUntil: now + LEASE_MS,
        activeAt: null,
        stopReason: null,
        title: null,
        mediaKey: `recordings/${beginning.recordingId}.mp4`,
        thumbnailKey: null,
      }).catch((err: unknown) => {
        // Two in the same moment: the unique index lets one through.
        if (isUniqueFault(err)) return undefined
        throw err
      })
      if (row === undefined) return undefined
      await this.#tell(row)
      let begun = () => {}
      const done = new Promise<void>((resolve) => (begun = resolve))
      const held: Held = {
        recorder: null,
        roomId: row.roomId,
        heartbeatAt: performance.now(),
        isOver: false,
        done,
      }
      this.#held.set(row.recordingId, held)
      this.#starting.delete(roomId)
      try {
        const active = await this.#activate(row, held)
        begun()
        return active
      } catch (err) {
        this.#held.delete(row.recordingId)
        begun()
        throw err
      }
    } finally {
      this.#starting.delete(roomId)
    }
  }

  async #activate(row: RecordingRow, held: Held): Promise<RecordingRow> {
    const { recordingId } = row
    const timeout = AbortSignal.timeout(START_WITHIN_MS)
    let recorder: Recorder
    try {
      recorder = await this.#driver.start(
        {
          recordingId,
          roomId: row.roomId,
          roomName: row.roomName,
          layout: row.layout as 'grid' | 'speaker' | 'single-speaker',
          encoding: JSON.parse(row.encoding) as Recorder['encoding'],
          mediaKey: mediaKeyOf(row),
          thumbnailKey: thumbnailKeyOf(row),
        },
        timeout,
      )
    } catch (err) {
      const isLate = timeout.aborted
      const message = isLate
        ? `Recording in room '${row.roomId}' timed out while starting`
        : `The recorder did not start: ${gistOf(err as Error)}`
      await this.#finish(recordingId, {
        status: 'failed',
        details: message,
        durationMs: 0,
        sizeBytes: 0,
        errorCode: isLate ? 503 : 500,
        error: message,
      })
      if (isLate) throw unavailable('recording_start_timeout', message, err)
      if (err instanceof ParleyError) throw err
      throw new Error(message, { cause: err })
    }
    held.recorder = recorder
    const now = this.#clock.now()
    const moved = await moveRecording(this.#db, recordingId, 'active', now, {
      activeAt: now,
      // Where the file begins: getting there may have taken seconds.
      startedAt: now,
      encoding: JSON.stringify(recorder.encoding),
      egressId: recorder.egressId ?? null,
    })
    held.done = this.#follow(recordingId, recorder)
    if (moved === undefined) recorder.stop('The room was deleted')
    else if (!moved.isMoved) recorder.stop(moved.row.stopReason ?? 'Stopped')
    else await this.#tell(moved.row)
    if (moved === undefined)
      throw unavailable(
        'recorder_unavailable',
        `Room '${row.roomId}' was deleted while the recording started`,
      )
    return moved.row
  }

  /** Waits for a recorder's end and writes it down. */
  async #follow(recordingId: string, recorder: Recorder): Promise<void> {
    const outcome = await recorder.ended
    const held = this.#held.get(recordingId)
    if (held) held.isOver = true
    // Where nobody asked it to end, it goes through `ending` all the same: receivers count on four events.
    if (outcome.status !== 'failed')
      await this.stop(recordingId, outcome.details).catch((err: unknown) =>
        this.#log.debug({ err, recordingId }, 'it was not told to be ending'),
      )
    await this.#finish(recordingId, outcome)
    this.#held.delete(recordingId)
  }

  async #finish(recordingId: string, outcome: Outcome): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        const now = this.#clock.now()
        const { thumbnailKey, keepsFile, ...rest } = outcome
        const moved = await moveRecording(this.#db, recordingId, outcome.status, now, (row) => ({
          ...rest,
          details: row.stopReason ?? outcome.details,
          durationMs: Math.round(outcome.durationMs),
          endedAt: Math.max(now, row.startedAt),
          holder: null,
          leaseUntil: null,
          thumbnailKey: thumbnailKey ?? null,
        }))
        if (moved?.isMoved === true) {
          this.#log.info(
            { recordingId, status: outcome.status, details: outcome.details },
            'a recording ended',
          )
          await this.#tell(moved.row)
          await this.#release(moved.row)
        }
        if (moved === undefined || (outcome.sizeBytes === 0 && keepsFile !== true))
          await this.#discard(recordingId, moved?.row)
        return
      } catch (err) {
        // The file is safe; that it is must not be lost because the database is away for a moment.
        this.#log.error(
          { err, recordingId },
          'the end of a recording could not be written down, trying again',
        )
        if (attempt >= 5 || this.#isClosing) return
        await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** attempt))
      }
    }
  }

  /** Who declined a recording may be heard and seen again. What fails here the comparison with LiveKit puts right. */
  async #release({ recordingId, roomId }: RecordingRow): Promise<void> {
    try {
      const answers = await listConsents(this.#db, recordingId)
      const declined = answers.filter(({ answer }) => answer === 'declined').map(({ identity }) => identity)
      if (declined.length > 0) await this.#grants.renew(roomId, ({ identity }) => declined.includes(identity))
    } catch (err) {
      this.#log.debug({ err, recordingId }, 'grants could not be renewed after a recording')
    }
  }

  /** The record is gone, or there is nothing in the file. */
  async #discard(recordingId: string, row: RecordingRow | undefined): Promise<void> {
    const keys =
      row === undefined ? [`recordings/${recordingId}.mp4`, `recordings/${recordingId}.jpg`] : [row.mediaKey]
    for (const key of keys)
      if (key !== null)
        await this.#storage.delete(key).catch((err: unknown) => this.#log.debug({ err, key }, 'not deleted'))
  }

  /** Tells a recording to end; its file follows. Undefined when it had been told before, or is not active. */
  async stop(recordingId: string, reason: string): Promise<RecordingRow | undefined> {
    const now = this.#clock.now()
    const moved = await moveRecording(this.#db, recordingId, 'ending', now, (row) => ({
      stopReason: reason,
      durationMs: now - (row.activeAt ?? now),
    }))
    if (moved === undefined || !moved.isMoved) return undefined
    this.#held.get(recordingId)?.recorder?.stop(reason)
    await this.#tell(moved.row)
    return moved.row
  }

  /** LiveKit says that a meeting is over. */
  async meetingEnded(roomId: string): Promise<void> {
    for (const [recordingId, held] of this.#held)
      if (held.roomId === roomId && held.recorder !== null) await this.stop(recordingId, MEETING_ENDED)
  }

  /** Heartbeats of ours, and what others left. */
  tick(): Promise<void> {
    this.#ticking ??= this.#tick()
      .catch((err: unknown) =>
        this.#log.warn({ err }, 'running recordings could not be looked after, trying again'),
      )
      .finally(() => {
        this.#ticking = null
      })
    return this.#ticking
  }

  async #tick(): Promise<void> {
    if (this.#isClosing) return
    const rows = await listRunningRecordings(this.#db)
    const byId = new Map(rows.map((row) => [row.recordingId, row]))
    for (const [recordingId, held] of this.#held) await this.#tend(recordingId, held, byId.get(recordingId))
    for (const recordingId of this.#seen.keys()) if (!byId.has(recordingId)) this.#seen.delete(recordingId)
    for (const row of rows)
      if (!this.#held.has(row.recordingId) && this.#isOrphan(row)) await this.#adopt(row)
  }

  async #tend(recordingId: string, held: Held, row: RecordingRow | undefined): Promise<void> {
    const { recorder } = held
    if (recorder === null) return
    if (row === undefined) {
      const now = await findRecordingById(this.#db, recordingId)
      if (now === undefined) recorder.stop('The room was deleted')
      return
    }
    if (row.holder !== this.#me) {
      recorder.stop('Another instance has taken over')
      return
    }
    if (row.status === 'ending') recorder.stop(row.stopReason ?? 'Stopped')
    else if (row.status === 'active' && (await this.#isMeetingOver(row.roomId)))
      await this.stop(recordingId, MEETING_ENDED)
    if (performance.now() - held.heartbeatAt < HEARTBEAT_MS) return
    held.heartbeatAt = performance.now()
    await this.#db
      .updateTable('recording')
      .set({ leaseUntil: this.#clock.now() + LEASE_MS })
      .where('recordingId', '=', recordingId)
      .where('holder', '=', this.#me)
      .execute()
  }

  /** By our own list and by LiveKit: its events may come late, and the meeting not be on our list yet. */
  async #isMeetingOver(roomId: string): Promise<boolean> {
    if ((await findRunningMeeting(this.#db, roomId)) !== undefined) return false
    return !(await this.#livekit.hasPeople(roomId).catch(() => true))
  }

  /**
   * Whether a recording's holder is gone: a process of this machine that no longer runs, or a heartbeat that has not
   * changed for {@link LEASE_MS} of our own time, so that clocks that differ or jump end nothing.
   */
  #isOrphan(row: RecordingRow): boolean {
    if (row.holder !== null && isDeadHere(row.holder, this.#me)) return true
    const beat = `${row.holder} ${row.leaseUntil} ${row.status}`
    const seen = this.#seen.get(row.recordingId)
    if (seen?.beat !== beat) {
      this.#seen.set(row.recordingId, { beat, at: performance.now() })
      return false
    }
    return performance.now() - seen.at > LEASE_MS
  }

  async #adopt(row: RecordingRow): Promise<void> {
    const { numUpdatedRows } = await this.#db
      .updateTable('recording')
      .set({ holder: this.#me, leaseUntil: this.#clock.now() + LEASE_MS })
      .where('recordingId', '=', row.recordingId)
      .where('holder', row.holder === null ? 'is' : '=', row.holder)
      .where('leaseUntil', row.leaseUntil === null ? 'is' : '=', row.leaseUntil)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows !== 1n) return
    this.#log.info({ recordingId: row.recordingId }, 'taking over a recording whose instance is gone')
    const recorder = await this.#driver.adopt(row)
    const held: Held = {
      recorder,
      roomId: row.roomId,
      heartbeatAt: performance.now(),
      isOver: false,
      done: Promise.resolve(),
    }
    this.#held.set(row.recordingId, held)
    held.done = this.#follow(row.recordingId, recorder)
  }

  /** The pages in the meeting: what is recorded there now. */
  async #tell(row: RecordingRow): Promise<void> {
    const recording = isFinished(row.status)
      ? null
      : {
          recordingId: row.recordingId,
          status: row.status,
          startedBy: row.startedByName,
          startedByIdentity: row.startedByIdentity,
          elapsedMs: row.activeAt === null ? 0 : this.#clock.now() - row.activeAt,
        }
    const failed = row.status === 'failed' ? { failed: row.error ?? row.details ?? '' } : {}
    await this.#livekit.tell(row.roomId, { type: 'recording.state', recording, ...failed })
  }

  /** Ends what runs here, and waits a little for the files. */
  async close(): Promise<void> {
    this.#isClosing = true
    clearInterval(this.#timer)
    await this.#ticking
    const all = [...this.#held]
    for (const [recordingId] of all) {
      const isMoved = await this.stop(recordingId, 'The server was stopped').catch(() => undefined)
      if (isMoved === undefined) this.#held.get(recordingId)?.recorder?.stop('The server was stopped')
    }
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_WITHIN_MS)
    })
    await Promise.race([Promise.all(all.map(([, held]) => held.done)), late])
    clearTimeout(timer)
    await this.#driver.close()
  }
}

const MEETING_ENDED = 'The meeting ended'

export const mediaKeyOf = (row: Pick<RecordingRow, 'recordingId' | 'mediaKey'>): string =>
  row.mediaKey ?? `recordings/${row.recordingId}.mp4`
export const thumbnailKeyOf = (row: Pick<RecordingRow, 'recordingId'>): string =>
  `recordings/${row.recordingId}.jpg`

function isDeadHere(holder: string, me: string): boolean {
  const [host, pid] = holder.split('/')
  if (host !== hostname() || holder === me) return false
  // Our own number under another name: it was given to us again, as the first process of a container gets it.
  if (Number(pid) === process.pid) return holder.split('/')[2] !== me.split('/')[2]
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (err) {
    return (err as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

const isUniqueFault = (err: unknown): boolean =>
  ['SQLITE_CONSTRAINT_UNIQUE', '23505'].includes(String((err as { code?: unknown }).code))

const unavailable = (code: CodeOf<503>, message: string, cause?: unknown) =>
  new Unavailable(code, message, { error: 'Recording Error', cause })

/** What everybody may read of a fault: its first line. A browser's log and stack follow in ours, as the cause. */
const gistOf = ({ message }: Error): string => message.split('\n')[0] ?? message
