import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import { Conflict, roomNotFound } from '../errors.ts'
import type { RoomMemberCaller } from '../http/caller.ts'
import type { Grants } from '../meetings/may.ts'
import { findRoomById, lockRoom } from '../rooms/store.ts'
import { configOf, settingsOf } from '../rooms/view.ts'
import type { Runs } from './runs.ts'
import type { RecordingState } from './schema.ts'
import { findRunningRecording, putConsent } from './store.ts'

/**
 * What participants are told of a recording, and what they say to it. Who declines is heard and seen by nobody until it
 * has ended, whatever their page does: LiveKit takes nothing from them (meetings/may.ts).
 */
export class Consents {
  readonly #db: Db
  readonly #clock: Clock
  readonly #runs: Runs
  readonly #grants: Grants

  constructor(options: { database: Database; clock: Clock; runs: Runs; grants: Grants }) {
    this.#db = options.database.db
    this.#clock = options.clock
    this.#runs = options.runs
    this.#grants = options.grants
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

  /**
   * Writes down what a participant says to the recording that runs; a later answer takes the place of an earlier one.
   * Throws Conflict when none runs.
   */
  async answer(caller: RoomMemberCaller, answer: 'agreed' | 'declined'): Promise<RecordingState> {
    const { roomId, identity } = caller
    await this.#db.transaction().execute(async (tx) => {
      const room = await lockRoom(tx, roomId)
      if (room === undefined) throw roomNotFound(roomId)
      const row = await findRunningRecording(tx, roomId)
      if (row === undefined || identity === null)
        throw new Conflict('recording_not_running', `Room '${roomId}' is not being recorded`, {
          error: 'Recording Error',
        })
      await putConsent(tx, {
        recordingId: row.recordingId,
        identity,
        name: caller.name ?? identity,
        userId: caller.claims.userId ?? null,
        answer,
        text: settingsOf(room).recordingConsentText ?? '',
        at: this.#clock.now(),
      })
    })
    await this.#grants.renew(roomId, (row) => row.identity === identity)
    return this.state(caller)
  }
}
