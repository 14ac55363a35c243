import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import { type Config, ownUrl } from '../config.ts'
import type { Database, Db } from '../db/open.ts'
import { NotFound } from '../errors.ts'
import { type Environment, hasRole, type KeyCaller, type SessionCaller } from '../http/caller.ts'
import { newId } from '../ids.ts'
import { emitRoomEvent } from '../rooms/events.ts'
import type { Rooms } from '../rooms/rooms.ts'
import { CreateRoom } from '../rooms/schema.ts'
import { updateRoom } from '../rooms/store.ts'
import type { Invitations } from './invitations.ts'
import {
  type ChangeMeeting,
  type ListScheduled,
  type ScheduledMeetingView,
  type ScheduleMeeting,
  timeOf,
} from './schema.ts'
import {
  deleteAttendees,
  deleteMeeting,
  findMeeting,
  findMeetingOfRoom,
  insertAttendees,
  insertMeeting,
  listAttendees,
  listOpenMeetings,
  lockOrphans,
  type MeetingRow,
  pageOfMeetings,
  type Reader,
  type ScheduledMeetingTable,
  updateMeeting,
} from './store.ts'
import { changedTimes, startsOf, type Times, timesOf } from './times.ts'
import { iso, meetingUrl, viewMeeting } from './view.ts'

type Who = KeyCaller | SessionCaller

interface Options {
  database: Database
  config: Config
  clock: Clock
  rooms: Rooms
  invitations: Invitations
}

/** Calendars show a few weeks at a time. */
const MAX_OCCURRENCES = 1000
const ROOM_NAME_LENGTH = 50

/** What of a meeting says when it is. */

/** Meetings with a time: each is a room, with a title, a start, and people who are invited. */
export class ScheduledMeetings {
  readonly #db: Db
  readonly #config: Config
  readonly #clock: Clock
  readonly #rooms: Rooms
  readonly #invitations: Invitations

  constructor(options: Options) {
    this.#db = options.database.db
    this.#config = options.config
    this.#clock = options.clock
    this.#rooms = options.rooms
    this.#invitations = options.invitations
  }

  /** Makes the room and writes the invitations. Throws Invalid, Forbidden for users who may not create rooms. */
  async schedule(caller: Who, wanted: ScheduleMeeting, ip: string): Promise<MeetingRow> {
    const times = timesOf(wanted)
    const now = this.#clock.now()
    const organizer = await this.#organizerOf(caller)
    const id = newId('meeting')
    await this.#db.transaction().execute(async (tx) => {
      const room = await this.#rooms.createIn(
        tx,
        caller,
        CreateRoom.parse({ roomName: roomNameOf(wanted.title) }),
        ip,
      )
      const row = {
        id,
        orgId: caller.orgId,
        environment: caller.environment,
        roomId: room.roomId,
        title: wanted.title,
        ...times,
        sequence: 0,
        organizerName: organizer.name,
        organizerEmail: organizer.email,
        url: meetingUrl(ownUrl(this.#config), room.code),
        createdBy: caller.username,
        createdAt: now,
        updatedAt: now,
      }
      await insertMeeting(tx, row)
      await insertAttendees(tx, id, wanted.attendees)
      await this.#invitations.queue(tx, 'invitation', row, { to: wanted.attendees, all: wanted.attendees })
      await audit(tx, now, { orgId: caller.orgId, caller, action: 'meeting.scheduled', target: id, ip })
    })
    void this.#invitations.flush()
    return this.get(caller, id)
  }

  /** Throws NotFound `meeting_not_found`, also for what the caller may not see. */
  async get(caller: Who, id: string): Promise<MeetingRow> {
    const row = await findMeeting(this.#db, await this.#readerFor(caller), id)
    if (row === undefined) throw notFound(id)
    return row
  }

  /** A page of what the caller may see. */
  async list(caller: Who, wanted: ListScheduled): Promise<{ rows: MeetingRow[]; total: number }> {
    const reader = await this.#readerFor(caller)
    const { page, limit, status } = wanted
    const now = this.#clock.now()
    const from = wanted.from === undefined ? undefined : (timeOf(wanted.from) ?? 0)
    const to = wanted.to === undefined ? undefined : (timeOf(wanted.to) ?? 0)
    const isBySql = from === undefined && to === undefined && (status === undefined || status === 'ended')
    if (isBySql) return pageOfMeetings(this.#db, reader, { status, page, limit }, now)
    // Whether a series has something in the span, and what comes next, is known to its rule only.
    const found = (await listOpenMeetings(this.#db, reader, { status, from, to }, now))
      .filter(
        (row) =>
          (from === undefined && to === undefined) ||
          startsOf(row, from ?? -Infinity, to ?? Infinity, 1).length > 0,
      )
      .map((row) => ({ row, next: startsOf(row, now, Infinity, 1)[0] ?? row.startAt ?? 0 }))
      .sort((a, b) => a.next - b.next || a.row.seq - b.row.seq)
    return {
      rows: found.slice((page - 1) * limit, page * limit).map(({ row }) => row),
      total: found.length,
    }
  }

  /** What takes place between two times, ms UTC, for a calendar. `isOwn`: only what the caller made or is invited to. */
  async between(
    caller: Who,
    from: number,
    to: number,
    isOwn = false,
  ): Promise<{ row: MeetingRow; startAt: number; isNow: boolean }[]> {
    const reader = await this.#readerFor(caller, isOwn)
    const now = this.#clock.now()
    const rows = await listOpenMeetings(this.#db, reader, { from, to }, now)
    return rows
      .flatMap((row) => {
        const active = row.roomStatus === 'active_meeting' ? startsOf(row, now, Infinity, 1)[0] : undefined
        return startsOf(row, from, to, MAX_OCCURRENCES).map((startAt) => ({
          row,
          startAt,
          isNow: startAt === active,
        }))
      })
      .sort((a, b) => a.startAt - b.startAt)
      .slice(0, MAX_OCCURRENCES)
  }

  /** What a user made or is invited to and has something between two times, ms UTC. */
  async ownBetween(
    user: { orgId: string; environment: Environment; userId: string; username: string },
    from: number,
    to: number,
  ): Promise<MeetingRow[]> {
    const reader = await this.#ownReader(user)
    const rows = await listOpenMeetings(this.#db, reader, { from, to }, this.#clock.now())
    return rows.filter((row) => startsOf(row, from, to, 1).length > 0)
  }

  /** Changes a meeting and tells its attendees. Throws NotFound, Forbidden for who only attends, Invalid. */
  async update(caller: Who, id: string, change: ChangeMeeting, ip: string): Promise<MeetingRow> {
    const known = await this.get(caller, id)
    const roomId = known.roomId ?? ''
    const now = this.#clock.now()
    await this.#db.transaction().execute(async (tx) => {
      const room = await this.#rooms.lockManaged(tx, caller, roomId)
      const old = await findMeetingOfRoom(tx, roomId)
      if (old === undefined) throw notFound(id)
      const times = changedTimes(old, change)
      const title = change.title ?? old.title
      const isNews =
        title !== old.title ||
        (Object.keys(times) as (keyof Times)[]).some((name) => times[name] !== old[name])
      const row = {
        ...old,
        ...times,
        title,
        sequence: isNews ? old.sequence + 1 : old.sequence,
        updatedAt: now,
      }
      const before = (await listAttendees(tx, [id])).map(({ email }) => email)
      const after = change.attendees ?? before
      const added = after.filter((email) => !before.includes(email))
      const removed = before.filter((email) => !after.includes(email))
      const kept = before.filter((email) => after.includes(email))
      const { seq: _seq, id: _id, ...columns } = row
      await updateMeeting(tx, id, columns)
      await insertAttendees(tx, id, added)
      await deleteAttendees(tx, id, removed)
      const name = roomNameOf(title)
      if (name !== room.name) {
        await updateRoom(tx, roomId, { name })
        await emitRoomEvent(tx, this.#config, now, 'roomUpdated', { ...room, name })
      }
      await this.#invitations.queue(tx, 'invitation', row, { to: added, all: after })
      if (isNews) await this.#invitations.queue(tx, 'update', row, { to: kept, all: after })
      await this.#invitations.queue(tx, 'cancellation', row, { to: removed, all: removed })
      await audit(tx, now, { orgId: caller.orgId, caller, action: 'meeting.updated', target: id, ip })
    })
    void this.#invitations.flush()
    return this.get(caller, id)
  }

  /**
   * Calls a meeting off, tells its attendees, and deletes its room: once a meeting that runs in it has ended, and with
   * recordings it is closed instead. Throws NotFound, Forbidden for who only attends.
   */
  async cancel(caller: Who, id: string, ip: string): Promise<void> {
    const { roomId } = await this.get(caller, id)
    if (roomId === null) throw notFound(id)
    const now = this.#clock.now()
    await this.#db.transaction().execute(async (tx) => {
      await this.#rooms.lockManaged(tx, caller, roomId)
      const row = await findMeetingOfRoom(tx, roomId)
      if (row === undefined) throw notFound(id)
      await this.#callOff(tx, row, now)
      await audit(tx, now, { orgId: caller.orgId, caller, action: 'meeting.cancelled', target: id, ip })
    })
    await this.#rooms.delete(
      caller,
      roomId,
      { withMeeting: 'when_meeting_ends', withRecordings: 'close' },
      ip,
    )
    void this.#invitations.flush()
  }

  async #callOff(tx: Db, row: Omit<ScheduledMeetingTable, 'seq'>, now: number): Promise<void> {
    const attendees = (await listAttendees(tx, [row.id])).map(({ email }) => email)
    const isOver = row.endsAt !== null && row.endsAt <= now
    // Nobody needs to hear that what is over does not take place.
    if (!isOver)
      await this.#invitations.queue(
        tx,
        'cancellation',
        { ...row, sequence: row.sequence + 1, updatedAt: now },
        { to: attendees, all: attendees },
      )
    await deleteMeeting(tx, row.id)
  }

  /** Calls off the meetings whose room was deleted on its own. */
  async callOffOrphans(): Promise<void> {
    const now = this.#clock.now()
    await this.#db.transaction().execute(async (tx) => {
      for (const row of await lockOrphans(tx, 100)) await this.#callOff(tx, row, now)
    })
    await this.#invitations.flush()
  }

  /** What the lobby of a room tells of when people meet there; null for a room without a time. */
  async lobbyOf(roomId: string) {
    const row = await findMeetingOfRoom(this.#db, roomId)
    if (row === undefined) return null
    const next = startsOf(row, this.#clock.now(), Infinity, 1)[0]
    return {
      title: row.title,
      start: next === undefined ? null : iso(next),
      end: next === undefined ? null : iso(next + row.durationMinutes * 60_000),
      isOver: row.startAt !== null && next === undefined,
    }
  }

  async view(row: MeetingRow, baseUrl: string): Promise<ScheduledMeetingView> {
    const [view] = await this.viewAll([row], baseUrl)
    if (view === undefined) throw new Error('unreachable: one row gives one view')
    return view
  }

  async viewAll(rows: MeetingRow[], baseUrl: string): Promise<ScheduledMeetingView[]> {
    const attendees = await listAttendees(
      this.#db,
      rows.map(({ id }) => id),
    )
    const now = this.#clock.now()
    return rows.map((row) =>
      viewMeeting(
        row,
        attendees.filter(({ meetingId }) => meetingId === row.id),
        baseUrl,
        now,
      ),
    )
  }

  async #readerFor(caller: Who, isOwn = false): Promise<Reader> {
    const isWhole = caller.kind === 'key' || (!isOwn && hasRole(caller.role, 'admin'))
    if (!isWhole) return this.#ownReader(caller)
    return { tenant: { orgId: caller.orgId, environment: caller.environment }, only: null }
  }

  async #ownReader(user: {
    orgId: string
    environment: Environment
    userId: string
    username: string
  }): Promise<Reader> {
    const { orgId, environment, userId, username } = user
    return { tenant: { orgId, environment }, only: { username, email: await this.#emailOf(userId) } }
  }

  /** Users without e-mail have an address that reaches nobody (RFC 2606). */
  async #emailOf(userId: string): Promise<string | null> {
    const user = await this.#db.selectFrom('user').select('email').where('id', '=', userId).executeTakeFirst()
    const email = user?.email.toLowerCase() ?? ''
    return email === '' || email.endsWith('.invalid') ? null : email
  }

  /** Name and e-mail of the user behind a caller; a key is its organization. */
  async #organizerOf(caller: Who): Promise<{ name: string; email: string | null }> {
    if (caller.kind === 'key') {
      const { name } = await this.#db
        .selectFrom('organization')
        .select('name')
        .where('id', '=', caller.orgId)
        .executeTakeFirstOrThrow()
      return { name, email: null }
    }
    return { name: caller.name, email: await this.#emailOf(caller.userId) }
  }
}

const notFound = (id: string) => new NotFound('meeting_not_found', `There is no scheduled meeting ${id}`)

/** The first 50 characters, never half of one. */
const roomNameOf = (title: string): string => {
  let name = ''
  for (const character of title) {
    if (name.length + character.length > ROOM_NAME_LENGTH) break
    name += character
  }
  return name.trim()
}
