import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import { Conflict, roomNotFound } from '../errors.ts'
import type { RoomMemberCaller } from '../http/caller.ts'
import { findRoomById } from '../rooms/store.ts'
import { configOf, settingsOf } from '../rooms/view.ts'
import type { Runs } from './runs.ts'
import type { RecordingState } from './schema.ts'
import { findRunningRecording, putConsent } from './store.ts'

/** What participants are told of a recording, and what they say to it. */
export class Consents {
  readonly #db: Db
  readonly #clock: Clock
  readonly #runs: Runs

  constructor(options: { database: Database; clock: Clock; runs: Runs }) {
    this.#db = options.database.db
    this.#clock = options.clock
    this.#runs = options.runs
  }

  /** For the page of one participant; asked at each join, so that who comes later knows too. */
  async state(caller: RoomMemberCaller): Promise<RecordingState> {
    const room = await findRoomById(this.#db, caller.roomId)
    if (room === undefined) throw roomNotFound(caller.roomId)
    const row = await findRunningRecording(this.#db, caller.roomId)
    const own =
      row === undefined || caller.identity === null
        ? undefined
        : await this.#db
            .selectFrom('recordingConsent')
            .select('answer')
            .where('recordingId', '=', row.recordingId)
            .where('identity', '=', caller.identity)
            .executeTakeFirst()
    const fault = configOf(room).recording.enabled ? await this.#runs.fault() : null
    return {
      recording:
        row === undefined
          ? null
          : {
              recordingId: row.recordingId,
              status: row.status as 'starting' | 'active' | 'ending',
              startedBy: row.startedByName,
              startedByIdentity: row.startedByIdentity,
              elapsedMs: row.activeAt === null ? 0 : Math.max(0, this.#clock.now() - row.activeAt),
            },
      consentText: settingsOf(room).recordingConsentText,
      consent: own?.answer ?? null,
      unavailable: fault?.message ?? null,
    }
  }

  /** Writes down what a participant says to the recording that runs. Throws Conflict when none does. */
  async answer(caller: RoomMemberCaller, answer: 'agreed' | 'declined'): Promise<RecordingState> {
    const room = await findRoomById(this.#db, caller.roomId)
    if (room === undefined) throw roomNotFound(caller.roomId)
    const row = await findRunningRecording(this.#db, caller.roomId)
    if (row === undefined || caller.identity === null)
      throw new Conflict('recording_not_running', `Room '${caller.roomId}' is not being recorded`, {
        error: 'Recording Error',
      })
    await putConsent(this.#db, {
      recordingId: row.recordingId,
      identity: caller.identity,
      name: caller.name ?? caller.identity,
      userId: caller.claims.userId ?? null,
      answer,
      text: settingsOf(room).recordingConsentText ?? '',
      at: this.#clock.now(),
    })
    return this.state(caller)
  }
}
