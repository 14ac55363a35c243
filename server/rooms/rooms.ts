import { lockOrganization } from '../accounts/store.ts'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Database, Db } from '../db/open.ts'
import { decodeCursor, encodeCursor, readPage, regexMatcher, textMatch } from '../db/paging.ts'
import { Conflict, forbidden, ParleyError, roomNotFound } from '../errors.ts'
import { type KeyCaller, type SessionCaller, type Somebody } from '../http/caller.ts'
import { newRoomCode, randomHex, randomLower } from '../ids.ts'
import type { LiveKit } from '../livekit/client.ts'
import type { Logger } from '../log.ts'
import { deleteRecordingsOfRoom } from '../recordings/lifecycle.ts'
import { hasRecordings } from '../recordings/store.ts'
import type { z } from 'zod'
import { slugOf } from '../slug.ts'
import { DEFAULT_ROLES, type PermissionSet, type Role } from './permissions.ts'
import { DEFAULT_CONFIG, mergeConfig } from './config-schema.ts'
import {
  accessFlags,
  CreateRoom,
  DEFAULT_ACCESS,
  DEFAULT_SETTINGS,
  type ListRooms,
  type PutAccess,
  type PutConfig,
  type PutRoles,
  type PutSettings,
  type RoomsDeleted,
  type RoomSettings,
} from './schema.ts'
import {
  countRooms,
  deleteRoom,
  findNewestByName,
  findRoom,
  insertRoom,
  listExpiredRooms,
  listRooms,
  lockRoom,
  type ListedRoom,
  placeOfRoom,
  type RoomQuery,
  type RoomRow,
  updateRoom,
} from './store.ts'
import { decideDeletion, type Policies } from './deletion.ts'
import { emitRoomEvent } from './events.ts'
import { accessOf, configOf, rolesOf, settingsOf } from './view.ts'
import { hasAccess, mayManage, mayShareLinks, visibleRooms } from './visibility.ts'

interface Options {
  database: Database
  config: Config
  clock: Clock
  livekit: LiveKit
  log: Logger
  /** Carries changed settings into the meeting that runs. */
  onSettings: (room: RoomRow) => Promise<void>
}

/** What came of a deletion; `room` only where it still exists. */
export interface Deletion {
  status: 200 | 202
  successCode: string
  message: string
  room?: RoomRow
}

/** Rooms: the lasting places. Meetings that run in them are in meetings/. */
export class Rooms {
  readonly #db: Db
  readonly #config: Config
  readonly #clock: Clock
  readonly #livekit: LiveKit
  readonly #log: Logger
  readonly #onSettings: (room: RoomRow) => Promise<void>

  constructor(options: Options) {
    this.#db = options.database.db
    this.#config = options.config
    this.#clock = options.clock
    this.#livekit = options.livekit
    this.#log = options.log
    this.#onSettings = options.onSettings
  }

  /** Makes a room owned by the caller. Throws Forbidden for users who may not create rooms. */
  async create(
    caller: KeyCaller | SessionCaller,
    wanted: z.output<typeof CreateRoom>,
    ip: string,
  ): Promise<RoomRow> {
    return this.#db.transaction().execute((tx) => this.createIn(tx, caller, wanted, ip))
  }

  /** {@link create} within the transaction of something larger. */
  async createIn(
    tx: Db,
    caller: KeyCaller | SessionCaller,
    wanted: z.output<typeof CreateRoom>,
    ip: string,
  ): Promise<RoomRow> {
    if (caller.kind === 'session' && !caller.canCreateRooms) throw forbidden('Insufficient permissions')
    const now = this.#clock.now()
    const policy = wanted.autoDeletionPolicy ?? { withMeeting: 'when_meeting_ends', withRecordings: 'close' }
    const roles: Record<Role, { permissions: PermissionSet }> = {
      moderator: {
        permissions: { ...DEFAULT_ROLES.moderator.permissions, ...wanted.roles?.moderator?.permissions },
      },
      speaker: {
        permissions: { ...DEFAULT_ROLES.speaker.permissions, ...wanted.roles?.speaker?.permissions },
      },
    }
    const row: Omit<RoomRow, 'seq'> = {
      roomId: `${slugOf(wanted.roomName, 'room')}-${randomLower(15)}`,
      orgId: caller.orgId,
      environment: caller.environment,
      code: newRoomCode(),
      name: wanted.roomName,
      ownerId: caller.username,
      createdAt: now,
      autoDeletionAt: wanted.autoDeletionDate ?? null,
      withMeeting: policy.withMeeting,
      withRecordings: policy.withRecordings,
      config: JSON.stringify(mergeConfig(DEFAULT_CONFIG, wanted.config ?? {})),
      roles: JSON.stringify(roles),
      access: JSON.stringify(accessFlags(DEFAULT_ACCESS, wanted.access)),
      userAccess: wanted.access?.user?.enabled === true ? 1 : 0,
      settings: JSON.stringify({ ...DEFAULT_SETTINGS, ...wanted.settings }),
      replacedSecrets: '[]',
      moderatorSecret: randomHex(10),
      speakerSecret: randomHex(10),
      recordingSecret: randomHex(10),
      status: 'open',
      meetingEndAction: 'none',
      rolesUpdatedAt: now,
    }
    await insertRoom(tx, row)
    await emitRoomEvent(tx, this.#config, now, 'roomCreated', { ...row, seq: 0 })
    await audit(tx, now, { orgId: caller.orgId, caller, action: 'room.created', target: row.roomId, ip })
    return { ...row, seq: 0 }
  }

  /**
   * A room the caller may see. Throws NotFound `room_not_found` (also for another organization's), Forbidden
   * where a console user has no access to it.
   */
  async get(caller: Somebody, roomId: string): Promise<RoomRow> {
    const row = await findRoom(this.#db, caller, roomId)
    if (caller.kind === 'roomMember' && caller.roomId !== roomId)
      throw row === undefined ? roomNotFound(roomId) : forbidden()
    if (row === undefined) throw roomNotFound(roomId)
    if (caller.kind === 'session' && !(await hasAccess(this.#db, caller, row))) throw forbidden()
    return row
  }

  /** The short code lets people in as an access link does, so only who may share links sees it. */
  async codeOf(caller: Somebody, roomId: string): Promise<string> {
    const row = await this.get(caller, roomId)
    if (!(await mayShareLinks(this.#db, caller, row))) throw forbidden()
    return row.code
  }

  /** The newest room of that name, made where there is none; for clients that know rooms by name. */
  async findOrCreate(caller: KeyCaller, roomName: string, ip: string): Promise<RoomRow> {
    return this.#db.transaction().execute(async (tx) => {
      // Two that ask for a new name at once get one room.
      await lockOrganization(tx, caller.orgId)
      const found = await findNewestByName(tx, caller, roomName)
      return found ?? this.createIn(tx, caller, CreateRoom.parse({ roomName }), ip)
    })
  }

  /**
   * One page and the token of the next; `isWhole` reads config and roles too. A console user who is no admin sees the rooms they own, are a member of,
   * or may enter. Throws Invalid for a token or pattern that is none, Forbidden when a user asks for another's rooms.
   */
  async list(
    caller: KeyCaller | SessionCaller,
    wanted: z.output<typeof ListRooms>,
    isWhole: boolean,
  ): Promise<{ rows: ListedRoom[]; nextPageToken?: string }> {
    const { sortField, sortOrder } = wanted
    const name = textMatch(wanted.roomName, wanted.roomNameMatchMode, wanted.roomNameCaseInsensitive)
    const matches = regexMatcher(name, 'roomName')
    const query: RoomQuery = {
      isWhole,
      name,
      status: wanted.status,
      anyOf: visibleRooms(caller, wanted),
      sortField,
      sortOrder,
    }
    const { rows, next } = await readPage(
      (limit, after) => listRooms(this.#db, caller, query, limit, after),
      (row) => placeOfRoom(row, sortField),
      {
        limit: wanted.maxItems,
        after: decodeCursor(wanted.nextPageToken, sortField, sortOrder),
        matches: matches === null ? null : (row) => matches(row.name),
      },
    )
    return next === null ? { rows } : { rows, nextPageToken: encodeCursor(next, sortField, sortOrder) }
  }

  /** Changes a room's config. Throws Conflict `room_active` during a meeting. */
  async setConfig(
    caller: KeyCaller | SessionCaller,
    roomId: string,
    change: z.output<typeof PutConfig>,
    ip: string,
  ) {
    return this.#change(caller, roomId, { action: 'room.config', ip, isIdleOnly: true }, (row) => ({
      config: JSON.stringify(mergeConfig(configOf(row), change.config)),
    }))
  }

  /** Changes what the two roles may do; tokens made before count no more. Throws Conflict during a meeting. */
  async setRoles(
    caller: KeyCaller | SessionCaller,
    roomId: string,
    change: z.output<typeof PutRoles>,
    ip: string,
  ) {
    return this.#change(caller, roomId, { action: 'room.roles', ip, isIdleOnly: true }, (row) => {
      const { moderator, speaker } = rolesOf(row)
      const roles: Record<Role, { permissions: PermissionSet }> = {
        moderator: { permissions: { ...moderator.permissions, ...change.roles.moderator?.permissions } },
        speaker: { permissions: { ...speaker.permissions, ...change.roles.speaker?.permissions } },
      }
      return { roles: JSON.stringify(roles), rolesUpdatedAt: this.#clock.now() }
    })
  }

  /** Switches access links on or off; tokens made before count no more. Throws Conflict during a meeting. */
  async setAccess(
    caller: KeyCaller | SessionCaller,
    roomId: string,
    change: z.output<typeof PutAccess>,
    ip: string,
  ) {
    return this.#change(caller, roomId, { action: 'room.access', ip, isIdleOnly: true }, (row) => {
      const flags = accessFlags(accessOf(row), change.access)
      return {
        access: JSON.stringify(flags),
        userAccess: flags.user ? 1 : 0,
        rolesUpdatedAt: this.#clock.now(),
      }
    })
  }

  /** Opens or closes a room. During a meeting a closing waits for its end (`meetingEndAction`). */
  async setStatus(caller: KeyCaller | SessionCaller, roomId: string, status: 'open' | 'closed', ip: string) {
    return this.#change(caller, roomId, { action: `room.${status}`, ip, isIdleOnly: false }, (row) =>
      status === 'closed' && row.status === 'active_meeting'
        ? { meetingEndAction: 'close' as const }
        : { status, meetingEndAction: 'none' as const },
    )
  }

  /** Changes Parley's own settings of a room, also during a meeting, and tells the page. */
  async setSettings(
    caller: KeyCaller | SessionCaller,
    roomId: string,
    change: z.output<typeof PutSettings>,
    ip: string,
  ): Promise<RoomSettings> {
    const row = await this.#change(
      caller,
      roomId,
      { action: 'room.settings', ip, isIdleOnly: false },
      (old) => {
        const settings = settingsOf(old)
        return {
          settings: JSON.stringify({ ...settings, ...change, locks: { ...settings.locks, ...change.locks } }),
        }
      },
    )
    if (row.status === 'active_meeting') await this.#onSettings(row)
    return settingsOf(row)
  }

  /** Replaces an access link's secret; the old link then says that it has been replaced. */
  async rotateAccess(
    caller: KeyCaller | SessionCaller,
    roomId: string,
    role: 'moderator' | 'speaker' | 'recording',
    ip: string,
  ): Promise<RoomRow> {
    return this.#change(caller, roomId, { action: 'room.link_rotated', ip, isIdleOnly: false }, (row) => ({
      [`${role}Secret`]: randomHex(10),
      replacedSecrets: JSON.stringify([
        ...(JSON.parse(row.replacedSecrets) as string[]).slice(1 - MAX_REPLACED),
        row[`${role}Secret`],
      ]),
      rolesUpdatedAt: this.#clock.now(),
    }))
  }

  /** A room that the caller may change, locked; throws NotFound or Forbidden. */
  async lockManaged(tx: Db, caller: KeyCaller | SessionCaller, roomId: string): Promise<RoomRow> {
    const row = await lockRoom(tx, roomId)
    if (row === undefined || row.orgId !== caller.orgId || row.environment !== caller.environment)
      throw roomNotFound(roomId)
    if (!mayManage(caller, row)) throw forbidden()
    return row
  }

  async #change(
    caller: KeyCaller | SessionCaller,
    roomId: string,
    { action, ip, isIdleOnly }: { action: string; ip: string; isIdleOnly: boolean },
    decide: (row: RoomRow) => Partial<Omit<RoomRow, 'seq' | 'roomId'>>,
  ): Promise<RoomRow> {
    return this.#db.transaction().execute(async (tx) => {
      const row = await this.lockManaged(tx, caller, roomId)
      if (isIdleOnly && row.status === 'active_meeting')
        throw new Conflict('room_active', `Room '${roomId}' has an active meeting`, { error: 'Room Error' })
      const change = decide(row)
      const now = this.#clock.now()
      const changed = { ...row, ...change }
      await updateRoom(tx, roomId, change)
      await emitRoomEvent(tx, this.#config, now, 'roomUpdated', changed)
      await audit(tx, now, { orgId: caller.orgId, caller, action, target: roomId, ip })
      return changed
    })
  }

  /** How many rooms the caller may see. */
  async count(caller: KeyCaller | SessionCaller): Promise<{ total: number; active: number }> {
    return countRooms(this.#db, caller, visibleRooms(caller, {}))
  }

  /**
   * Deletes a room as the matrix in contract/openvidu-meet.md 3.1 says. The meeting is looked at before the
   * recordings. Throws Conflict with the matrix' code where the policies forbid it.
   */
  async delete(
    caller: KeyCaller | SessionCaller,
    roomId: string,
    policies: Policies,
    ip: string,
  ): Promise<Deletion> {
    const decided = await this.#db.transaction().execute(async (tx) => {
      const row = await this.lockManaged(tx, caller, roomId)
      const deletion = decideDeletion(row, await hasRecordings(tx, caller.orgId, roomId), policies)
      if (deletion.change === 'gone') {
        await deleteRecordingsOfRoom(tx, caller.orgId, roomId, this.#clock.now())
        await deleteRoom(tx, roomId)
        await emitRoomEvent(tx, this.#config, this.#clock.now(), 'roomDeleted', row)
      } else {
        await updateRoom(tx, roomId, deletion.change)
        await emitRoomEvent(tx, this.#config, this.#clock.now(), 'roomUpdated', {
          ...row,
          ...deletion.change,
        })
      }
      await audit(tx, this.#clock.now(), {
        orgId: caller.orgId,
        caller,
        action: 'room.deleted',
        target: roomId,
        ip,
        details: { successCode: deletion.successCode },
      })
      const left = deletion.showsRoom ? await findRoom(tx, caller, roomId) : undefined
      return { ...deletion, room: left }
    })
    // The room's end arrives as LiveKit's event (or by reconciliation), which then applies meetingEndAction.
    if (decided.endsMeeting) {
      await this.#livekit.endRoom(roomId).catch((err: unknown) => {
        this.#log.warn({ err, roomId }, 'the meeting could not be ended now, reconciliation tries again')
      })
    }
    return {
      status: decided.status,
      successCode: decided.successCode,
      message: decided.message,
      ...(decided.room === undefined ? {} : { room: decided.room }),
    }
  }

  /** Rooms whose auto-deletion date has passed go the way of their own policy. Returns how many were dealt with. */
  async deleteExpired(): Promise<number> {
    const due = await listExpiredRooms(this.#db, this.#clock.now(), EXPIRED_BATCH)
    for (const { roomId, orgId, environment, withMeeting, withRecordings } of due) {
      const policies = { withMeeting, withRecordings } as Policies
      await this.delete({ ...HOUSEKEEPING, orgId, environment }, roomId, policies, '').catch(
        (err: unknown) => {
          if (!(err instanceof ParleyError)) throw err
          this.#log.debug({ roomId, reason: err.message }, 'an expired room stays')
        },
      )
    }
    return due.length
  }

  /** Deletes many, each on its own: one that fails does not stop the others. */
  async deleteMany(
    caller: KeyCaller | SessionCaller,
    roomIds: string[],
    policies: Policies,
    ip: string,
  ): Promise<{
    deleted: (Deletion & { roomId: string })[]
    failed: z.output<typeof RoomsDeleted>['failed']
  }> {
    const deleted: (Deletion & { roomId: string })[] = []
    const failed: z.output<typeof RoomsDeleted>['failed'] = []
    for (const roomId of roomIds) {
      try {
        deleted.push({ roomId, ...(await this.delete(caller, roomId, policies, ip)) })
      } catch (err) {
        if (!(err instanceof ParleyError)) throw err
        const name = err.options.error ?? (err.status === 403 ? 'Authorization Error' : err.code)
        failed.push({ roomId, error: name, message: err.message })
      }
    }
    return { deleted, failed }
  }
}

/** Replaced link secrets that are still told apart from wrong ones. */
const MAX_REPLACED = 20

const EXPIRED_BATCH = 500

/** Acts where nobody asked: auto-deletion. */
const HOUSEKEEPING: Omit<KeyCaller, 'orgId' | 'environment'> = {
  kind: 'key',
  keyId: 'housekeeping',
  name: 'Housekeeping',
  permissions: ['admin'],
  username: 'housekeeping',
  rateLimits: null,
}
