import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import { decodeCursor, encodeCursor, readPage, regexMatcher, textMatch } from '../db/paging.ts'
import { Conflict, forbidden, Forbidden, NotFound, ParleyError, unauthorized } from '../errors.ts'
import { type Caller, hasRole, type SessionCaller, type Somebody } from '../http/caller.ts'
import { randomHex, randomLower } from '../ids.ts'
import type { LiveKit } from '../livekit/client.ts'
import type { Permission, PermissionSet, Role } from '../rooms/permissions.ts'
import { findRoom, findRoomById } from '../rooms/store.ts'
import { accessOf, configOf } from '../rooms/view.ts'
import type { z } from 'zod'
import { anonymousDisabled, getPermitted, getReadable, linkSecret, permissionsIn } from './access.ts'
import { isFinished } from './lifecycle.ts'
import type { Runs } from './runs.ts'
import type { ListRecordings, StartRecording } from './schema.ts'
import {
  deleteRecording,
  findRecording,
  findRecordingById,
  findRunningRecording,
  type ListedRecording,
  listConsents,
  listRecordings,
  placeOfRecording,
  type RecordingRow,
  updateRecording,
} from './store.ts'
import type { Trash } from './trash.ts'

interface Options {
  database: Database
  clock: Clock
  livekit: LiveKit
  runs: Runs
  trash: Trash
}

/** Recordings: who may start, stop, see and remove them. What runs at this moment is in runs.ts. */
export class Recordings {
  readonly #db: Db
  readonly #clock: Clock
  readonly #livekit: LiveKit
  readonly #runs: Runs
  readonly #trash: Trash

  constructor(options: Options) {
    this.#db = options.database.db
    this.#clock = options.clock
    this.#livekit = options.livekit
    this.#runs = options.runs
    this.#trash = options.trash
  }

  /**
   * Records a room's meeting; resolves when it is really recording. Errors in the order of
   * contract/openvidu-meet.md 4.1.
   */
  async start(caller: Somebody, wanted: z.output<typeof StartRecording>, ip: string): Promise<RecordingRow> {
    const { roomId } = wanted
    const room = await findRoom(this.#db, caller, roomId)
    if (room === undefined)
      throw new NotFound('room_not_found', `Room '${roomId}' does not exist`, {
        error: 'Room Error',
        exact: true,
      })
    const { recording: config } = configOf(room)
    if (!config.enabled)
      throw new Forbidden('recording_disabled', `Recording is disabled for room '${roomId}'`, {
        error: 'Recording Error',
      })
    if (!(await permissionsIn(this.#db, caller, room)).recordingControl) throw forbidden()
    if ((await findRunningRecording(this.#db, roomId)) !== undefined) throw alreadyRecorded(roomId)
    if (!(await this.#hasParticipants(roomId)))
      throw new Conflict('room_has_no_participants', `Room '${roomId}' has no participants`, {
        error: 'Recording Error',
      })
    const uid = randomLower(10)
    const now = this.#clock.now()
    const recordingId = `${roomId}--EG_${randomLower(12)}--${uid}`
    const row = await this.#runs.begin({
      recordingId,
      orgId: room.orgId,
      environment: room.environment,
      roomId,
      roomName: room.name,
      filename: `${roomId}--${uid}.mp4`,
      layout: wanted.config?.layout ?? config.layout,
      encoding: JSON.stringify(wanted.config?.encoding ?? config.encoding),
      startedAt: now,
      publicSecret: randomHex(10),
      privateSecret: randomHex(10),
      startedByName: caller.name,
      startedByIdentity: caller.kind === 'roomMember' ? caller.identity : null,
    })
    if (row === undefined) throw alreadyRecorded(roomId)
    await audit(this.#db, now, {
      orgId: room.orgId,
      caller,
      action: 'recording.started',
      target: recordingId,
      ip,
    })
    return row
  }

  /** Our own list follows LiveKit's events by a moment, so LiveKit is asked before anybody is refused. */
  async #hasParticipants(roomId: string): Promise<boolean> {
    const known = await this.#db
      .selectFrom('participant')
      .select('identity')
      .where('roomId', '=', roomId)
      .where('connectedSid', 'is not', null)
      .where('kickedAt', 'is', null)
      .limit(1)
      .executeTakeFirst()
    if (known !== undefined) return true
    return this.#livekit.hasPeople(roomId)
  }

  /** Ends a recording; its file follows. Throws Conflict while it is starting and when it has ended. */
  async stop(caller: Somebody, recordingId: string, ip: string): Promise<RecordingRow> {
    const row = await getPermitted(this.#db, caller, recordingId, 'recordingControl')
    if (row.status === 'starting')
      throw new Conflict('recording_starting', `Recording '${recordingId}' is still starting`, {
        error: 'Recording Error',
      })
    const by = caller.name === null ? '' : ` by ${caller.name}`
    const stopped = await this.#runs.stop(recordingId, `Stopped${by}`)
    if (stopped === undefined) throw alreadyStopped(recordingId)
    await audit(this.#db, this.#clock.now(), {
      orgId: row.orgId,
      caller,
      action: 'recording.stopped',
      target: recordingId,
      ip,
    })
    return stopped
  }

  /** A recording for a permitted caller, or for who holds its secret (access.ts). */
  async get(
    caller: Caller,
    recordingId: string,
    secret: string | undefined,
    needed: Permission,
  ): Promise<RecordingRow> {
    const now = this.#clock.now()
    return getReadable(this.#db, caller, recordingId, secret, needed, now)
  }

  /** One page and the token of the next, of what the caller may list. */
  async list(
    caller: Somebody,
    wanted: z.output<typeof ListRecordings>,
  ): Promise<{ rows: RecordingRow[]; nextPageToken?: string }> {
    const { sortField, sortOrder } = wanted
    if (caller.kind === 'roomMember' && !caller.claims.permissions.recordingList) throw forbidden()
    const asked = wanted.roomId === undefined || wanted.roomId === '' ? undefined : wanted.roomId
    const roomId = caller.kind === 'roomMember' ? caller.roomId : asked
    const page = async (filter: { roomId?: string; roomName?: string }) => {
      const name =
        filter.roomName !== undefined
          ? textMatch(filter.roomName, 'exact', false)
          : filter.roomId === undefined
            ? textMatch(wanted.roomName, wanted.roomNameMatchMode, wanted.roomNameCaseInsensitive)
            : undefined
      const matches = regexMatcher(name, 'roomName')
      const user = caller.kind === 'session' && !hasRole(caller.role, 'admin') ? caller : null
      const query = {
        roomId: filter.roomId,
        roomName: name,
        status: wanted.status,
        visibleTo: user?.username,
        sortField,
        sortOrder,
      }
      const isShown = (row: ListedRecording) =>
        (user === null || mayList(user, row)) && (matches === null || matches(row.roomName))
      return readPage(
        (limit, after) => listRecordings(this.#db, caller, query, limit, after),
        (row) => placeOfRecording(row, sortField),
        {
          limit: wanted.maxItems,
          after: decodeCursor(wanted.nextPageToken, sortField, sortOrder),
          matches: user === null && matches === null ? null : isShown,
        },
      )
    }
    let found = await page(roomId === undefined ? {} : { roomId: roomId.replace(/[^A-Za-z0-9_-]/g, '') })
    // OpenVidu's tutorials pass a room's name here.
    if (found.rows.length === 0 && asked !== undefined && caller.kind !== 'roomMember')
      found = await page({ roomName: asked })
    const { rows, next } = found
    return next === null ? { rows } : { rows, nextPageToken: encodeCursor(next, sortField, sortOrder) }
  }

  /** Removes a recording and its file for good. Throws Conflict for one that has not ended. */
  async delete(caller: Somebody, recordingId: string, ip: string): Promise<void> {
    await getPermitted(this.#db, caller, recordingId, 'recordingDelete')
    const now = this.#clock.now()
    await this.#db.transaction().execute(async (tx) => {
      const row = await findRecording(tx, caller, recordingId)
      if (row === undefined) return
      if (!isFinished(row.status))
        throw new Conflict('recording_running', `Recording '${recordingId}' is not stopped yet`, {
          error: 'Recording Error',
        })
      await deleteRecording(tx, row, now)
      await audit(tx, now, {
        orgId: row.orgId,
        caller,
        action: 'recording.deleted',
        target: recordingId,
        ip,
        details: { roomId: row.roomId },
      })
    })
    await this.#trash.empty()
  }

  /** Removes many, each on its own. Of those that fail, the unknown and forbidden come first. */
  async deleteMany(
    caller: Somebody,
    recordingIds: string[],
    ip: string,
  ): Promise<{ deleted: string[]; failed: { recordingId: string; error: string }[] }> {
    const deleted: string[] = []
    const refused: { recordingId: string; error: string }[] = []
    const running: { recordingId: string; error: string }[] = []
    for (const recordingId of recordingIds) {
      if (deleted.includes(recordingId)) continue
      try {
        await this.delete(caller, recordingId, ip)
        deleted.push(recordingId)
      } catch (err) {
        if (!(err instanceof ParleyError)) throw err
        const failure = { recordingId, error: err.message }
        if (err.status === 409) running.push(failure)
        else refused.push(failure)
      }
    }
    return { deleted, failed: [...refused, ...running] }
  }

  /**
   * The link under which others may watch it: anybody, or with `isPrivate` who is signed in. Throws Forbidden for a
   * public one where the room's anonymous access to recordings is off.
   */
  async link(
    caller: Somebody,
    recordingId: string,
    wanted: { isPrivate: boolean; expiresInSeconds: number | undefined },
    baseUrl: string,
  ): Promise<string> {
    const row = await getPermitted(this.#db, caller, recordingId, 'recordingPlay')
    const room = await findRoomById(this.#db, row.roomId)
    if (!wanted.isPrivate && (room === undefined || !accessOf(room).recording))
      throw anonymousDisabled(row.roomId)
    const expiresAt =
      wanted.expiresInSeconds === undefined ? null : this.#clock.now() + wanted.expiresInSeconds * 1000
    const secret = linkSecret(row, wanted.isPrivate, expiresAt)
    return `${baseUrl}/recording/${recordingId}?recordingSecret=${secret}`
  }

  /** Gives it a name of its own; empty takes it away. For who may start and stop recordings there. */
  async rename(caller: Somebody, recordingId: string, title: string): Promise<RecordingRow> {
    await getPermitted(this.#db, caller, recordingId, 'recordingControl')
    await updateRecording(this.#db, recordingId, { title: title === '' ? null : title })
    const row = await findRecordingById(this.#db, recordingId)
    if (row === undefined) throw unauthorized()
    return row
  }

  /** Who agreed to be recorded and who did not; for who may control recordings there. */
  async consents(caller: Somebody, recordingId: string) {
    await getPermitted(this.#db, caller, recordingId, 'recordingControl')
    return listConsents(this.#db, recordingId)
  }
}

/** Whether a user who is no admin sees a recording in lists: by owning the room, membership, or open access. */
function mayList(user: SessionCaller, row: ListedRecording): boolean {
  if (row.roomOwner === user.username) return true
  const roles = JSON.parse(row.roomRoles) as Record<Role, { permissions: PermissionSet }>
  if (row.memberRole !== null) {
    const own = JSON.parse(row.memberPermissions ?? '{}') as Partial<PermissionSet>
    return { ...roles[row.memberRole].permissions, ...own }.recordingList
  }
  return row.roomUserAccess === 1 && roles.speaker.permissions.recordingList
}

const alreadyRecorded = (roomId: string) =>
  new Conflict('recording_already_started', `Room '${roomId}' is already being recorded`, {
    error: 'Recording Error',
  })
const alreadyStopped = (recordingId: string) =>
  new Conflict('recording_already_stopped', `Recording '${recordingId}' is already stopped`, {
    error: 'Recording Error',
  })
