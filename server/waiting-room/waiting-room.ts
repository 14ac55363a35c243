import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import { Conflict, forbidden, NotFound, roomNotFound, TooManyRequests } from '../errors.ts'
import type { RoomMemberCaller } from '../http/caller.ts'
import { newId } from '../ids.ts'
import type { LiveKit } from '../livekit/client.ts'
import type { Logger } from '../log.ts'
import { findParticipant, listParticipants } from '../meetings/store.ts'
import { type Entrant, newIdentity } from '../rooms/entrants.ts'
import type { PermissionSet } from '../rooms/permissions.ts'
import { lockRoom, type RoomRow } from '../rooms/store.ts'
import { settingsOf } from '../rooms/view.ts'
import type { Knock } from './schema.ts'
import {
  deleteKnocksBefore,
  entrantOf,
  findKnock,
  findKnockOfBrowser,
  hasAdmission,
  insertAdmission,
  type KnockRow,
  listWaiting,
  wasKicked,
} from './store.ts'

/** How long somebody waits for an answer. */
export const KNOCK_MS = 5 * 60_000
/** Who was denied may ask again after this. */
const DENIED_MS = 30_000
/** At most so many wait in one room: more cannot be told apart, and a flood stays one. */
const MAX_WAITING = 100
const POLL_MS = 1000
const SEEN_EVERY_MS = 5000
/** Without a page that waits for the answer a knock is over: a closed tab, a lost network. */
const UNSEEN_MS = 20_000
/** A page that lost its stream comes back within this. */
const GRACE_MS = 6000
const KEPT_MS = 3_600_000

export type KnockOutcome = 'admitted' | 'denied' | 'expired'

interface Follower {
  roomId: string
  decide: (outcome: KnockOutcome) => void
}

interface Options {
  database: Database
  clock: Clock
  livekit: LiveKit
  log: Logger
}

/**
 * Who has to be let in, who waits, and what moderators answer. What is decided is in the database, so a page may wait
 * at one instance and be admitted at another.
 */
export class WaitingRoom {
  readonly #db: Db
  readonly #clock: Clock
  readonly #livekit: LiveKit
  readonly #log: Logger
  readonly #followers = new Map<string, Set<Follower>>()
  #timer: NodeJS.Timeout | undefined
  #lastSeenAt = 0
  #isReading = false

  constructor(options: Options) {
    this.#db = options.database.db
    this.#clock = options.clock
    this.#livekit = options.livekit
    this.#log = options.log
  }

  /**
   * Whether somebody has to be admitted by a moderator: as the room's setting says, or because somebody was removed
   * who came by the same anonymous link. A browser that was admitted, or has been in this meeting, has not.
   */
  async mustKnock(db: Db, room: RoomRow, entrant: Entrant, browserId: string): Promise<boolean> {
    const { waitingRoom } = settingsOf(room)
    const isTrusted = entrant.badge !== 'other' || entrant.permissions.participantKick
    const isAsked =
      !isTrusted && (waitingRoom === 'everyone' || (waitingRoom === 'guests' && !entrant.isColleague))
    const isSuspect = entrant.link !== null && (await wasKicked(db, room.roomId, entrant.link))
    return (isAsked || isSuspect) && !(await hasAdmission(db, room.roomId, browserId))
  }

  /**
   * Knocks for a browser. A second tab shares the knock of the first. Throws TooManyRequests `knock_denied` for half
   * a minute after a denial and `waiting_room_full` while 100 wait.
   */
  async knock(roomId: string, entrant: Entrant, name: string, browserId: string): Promise<string> {
    const now = this.#clock.now()
    const id = await this.#db.transaction().execute(async (tx) => {
      if ((await lockRoom(tx, roomId)) === undefined) throw roomNotFound(roomId)
      const known = await findKnockOfBrowser(tx, roomId, browserId)
      if (known?.status === 'denied' && (known.decidedAt ?? 0) > now - DENIED_MS) throw denied()
      const change = { name, entrant: JSON.stringify(entrant), seenAt: now }
      if (known?.status === 'waiting' && known.expiresAt > now) {
        await tx.updateTable('knock').set(change).where('id', '=', known.id).execute()
        return known.id
      }
      const waiting = await listWaiting(tx, roomId, now, now - UNSEEN_MS)
      if (waiting.length >= MAX_WAITING) throw full()
      await tx.deleteFrom('knock').where('roomId', '=', roomId).where('browserId', '=', browserId).execute()
      const row: KnockRow = {
        ...change,
        id: newId('knock'),
        roomId,
        browserId,
        identity: newIdentity(entrant, name),
        status: 'waiting',
        createdAt: now,
        expiresAt: now + KNOCK_MS,
        decidedAt: null,
      }
      await tx.insertInto('knock').values(row).execute()
      return row.id
    })
    await this.#tellModerators(roomId)
    return id
  }

  /** Who waits, for somebody who may let them in. */
  async waiting(caller: RoomMemberCaller): Promise<Knock[]> {
    const now = this.#clock.now()
    const rows = await listWaiting(this.#db, caller.roomId, now, now - UNSEEN_MS)
    return rows.map((row) => ({
      knockId: row.id,
      name: row.name,
      isSignedIn: entrantOf(row).userId !== undefined,
      askedAt: row.createdAt,
    }))
  }

  /**
   * Admits or denies one, or with null all who wait; returns how many. Throws Forbidden for who is not in the
   * meeting, NotFound for who does not wait any more, Conflict `knock_decided` when another moderator was faster.
   */
  async decide(caller: RoomMemberCaller, knockId: string | null, isAdmitted: boolean): Promise<number> {
    const { roomId } = caller
    const now = this.#clock.now()
    const decided = await this.#db.transaction().execute(async (tx) => {
      await lockRoom(tx, roomId)
      const moderator =
        caller.identity === null ? undefined : await findParticipant(tx, roomId, caller.identity)
      if (moderator === undefined || moderator.connectedSid === null) throw forbidden()
      const due =
        knockId === null
          ? await listWaiting(tx, roomId, now, now - UNSEEN_MS)
          : [await this.#undecided(tx, roomId, knockId, now)]
      for (const row of due) {
        const change = { status: isAdmitted ? 'admitted' : 'denied', decidedAt: now } as const
        await tx.updateTable('knock').set(change).where('id', '=', row.id).execute()
        if (isAdmitted)
          await insertAdmission(tx, {
            roomId,
            browserId: row.browserId,
            livekitSid: moderator.livekitSid,
            isByModerator: 1,
            at: now,
          })
      }
      return due
    })
    for (const { id } of decided) this.#answer(id, isAdmitted ? 'admitted' : 'denied')
    await this.#tellModerators(roomId)
    return decided.length
  }

  async #undecided(tx: Db, roomId: string, knockId: string, now: number): Promise<KnockRow> {
    const row = await findKnock(tx, knockId)
    if (row === undefined || row.roomId !== roomId || row.expiresAt <= now) throw gone()
    if (row.status !== 'waiting')
      throw new Conflict('knock_decided', 'Another moderator has answered this knock')
    return row
  }

  /**
   * Waits for the answer to a knock for the browser that made it; stop with the returned function. Throws NotFound
   * for another browser, and for a knock that is not known.
   */
  async follow(
    roomId: string,
    knockId: string,
    browserId: string | null,
    decide: (outcome: KnockOutcome, knock: KnockRow) => void,
  ): Promise<() => void> {
    const row = await findKnock(this.#db, knockId)
    if (row === undefined || row.roomId !== roomId || browserId === null || row.browserId !== browserId)
      throw gone()
    const outcome = outcomeOf(row, this.#clock.now())
    if (outcome !== null) {
      decide(outcome, row)
      return () => undefined
    }
    const follower: Follower = { roomId, decide: (found) => decide(found, row) }
    const others = this.#followers.get(knockId) ?? new Set()
    this.#followers.set(knockId, others.add(follower))
    this.#timer ??= setInterval(() => void this.#read(), POLL_MS).unref()
    await this.#seen([knockId], this.#clock.now())
    // It may have been away for longer than the list waits, or have been answered while this was being set up.
    void this.#read()
    await this.#tellModerators(roomId)
    return () => this.#unfollow(knockId, follower)
  }

  #unfollow(knockId: string, follower: Follower): void {
    const followers = this.#followers.get(knockId)
    if (followers?.delete(follower) !== true || followers.size > 0) return
    this.#followers.delete(knockId)
    if (this.#followers.size === 0) this.close()
    this.#withdraw(knockId, follower.roomId).catch((err: unknown) =>
      this.#log.debug({ err }, 'a knock was not withdrawn, it ends by itself'),
    )
  }

  /** The page went away: it has a few seconds to come back, then moderators no longer see the knock. */
  async #withdraw(knockId: string, roomId: string): Promise<void> {
    await this.#seen([knockId], this.#clock.now() - UNSEEN_MS + GRACE_MS)
    setTimeout(() => void this.#tellModerators(roomId).catch(() => undefined), GRACE_MS + 100).unref()
  }

  async #read(): Promise<void> {
    if (this.#isReading || this.#followers.size === 0) return
    this.#isReading = true
    try {
      const now = this.#clock.now()
      const ids = [...this.#followers.keys()]
      if (Math.abs(now - this.#lastSeenAt) >= SEEN_EVERY_MS) {
        await this.#seen(ids, now)
        this.#lastSeenAt = now
      }
      const rows = await this.#db.selectFrom('knock').selectAll().where('id', 'in', ids).execute()
      const byId = new Map(rows.map((row) => [row.id, row]))
      for (const id of ids) {
        const row = byId.get(id)
        const outcome = row === undefined ? 'expired' : outcomeOf(row, now)
        if (outcome === null) continue
        this.#answer(id, outcome)
        if (outcome === 'expired' && row !== undefined) await this.#tellModerators(row.roomId)
      }
    } catch (err) {
      this.#log.debug({ err }, 'knocks could not be read, trying again')
    } finally {
      this.#isReading = false
    }
  }

  #answer(knockId: string, outcome: KnockOutcome): void {
    const followers = this.#followers.get(knockId)
    this.#followers.delete(knockId)
    for (const follower of followers ?? []) follower.decide(outcome)
    if (this.#followers.size === 0) this.close()
  }

  async #seen(ids: string[], at: number): Promise<void> {
    await this.#db.updateTable('knock').set({ seenAt: at }).where('id', 'in', ids).execute()
  }

  /** Only those who may answer learn who waits. */
  async #tellModerators(roomId: string): Promise<void> {
    const moderators = (await listParticipants(this.#db, roomId)).filter(
      (row) =>
        row.connectedSid !== null &&
        row.kickedAt === null &&
        (JSON.parse(row.permissions) as PermissionSet).participantKick,
    )
    await this.#livekit.tell(
      roomId,
      { type: 'knocks.changed' },
      moderators.map(({ identity }) => identity),
    )
  }

  /** Forgets knocks that are long over. */
  async clean(): Promise<void> {
    await deleteKnocksBefore(this.#db, this.#clock.now() - KEPT_MS)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

function outcomeOf(row: KnockRow, now: number): KnockOutcome | null {
  if (row.status !== 'waiting') return row.status
  return row.expiresAt <= now ? 'expired' : null
}

const gone = () => new NotFound('knock_not_found', 'Nobody waits with this knock any more')
const denied = () =>
  new TooManyRequests('knock_denied', 'A moderator has just denied this: ask again in half a minute', {
    headers: { 'Retry-After': String(DENIED_MS / 1000) },
  })
const full = () =>
  new TooManyRequests('waiting_room_full', 'Too many people are waiting already: try again in a minute', {
    headers: { 'Retry-After': '60' },
  })
