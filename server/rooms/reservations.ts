import type { Db } from '../db/open.ts'
import { Conflict, Forbidden } from '../errors.ts'
import type { RoomMemberClaims } from '../livekit/grants.ts'
import {
  deleteUnheldNames,
  findParticipant,
  type ParticipantRow,
  updateParticipant,
} from '../meetings/store.ts'
import { type Entrant, newIdentity } from './entrants.ts'
import type { PermissionSet } from './permissions.ts'
import type { RoomRow } from './store.ts'
import { settingsOf } from './view.ts'

interface Wanted {
  identity: string
  name: string
  browserId: string
  /** The run of the LiveKit room that the token is for. */
  livekitSid: string
  /** Until when it is kept for who does not come. */
  expiresAt: number
}

/**
 * Puts somebody on the list of who may come in, with a name that is unique in the room, `_1`, `_2` ... behind it
 * where it is taken. In a transaction that has locked the room. Throws Conflict `meeting_full`.
 */
export async function reserve(
  tx: Db,
  room: RoomRow,
  entrant: Entrant,
  claims: RoomMemberClaims,
  wanted: Wanted,
): Promise<{ identity: string; name: string }> {
  const { roomId } = room
  const { browserId, livekitSid, expiresAt } = wanted
  await releaseUnusedNames(tx, roomId, claims.iat)
  const identity = await freeIdentity(tx, roomId, entrant, wanted)
  const { maxParticipants } = settingsOf(room)
  if (maxParticipants !== null && (await countOthers(tx, roomId, identity)) >= maxParticipants)
    throw new Conflict('meeting_full', `The meeting in room '${roomId}' is full`, { error: 'Room Error' })
  const name = await takeName(tx, roomId, identity, wanted.name)
  const row: ParticipantRow = {
    roomId,
    identity,
    name,
    userId: claims.userId ?? null,
    memberId: claims.memberId ?? null,
    browserId,
    livekitSid,
    badge: claims.badge,
    permissions: JSON.stringify(claims.permissions),
    isPromotedModerator: 0,
    tokenIssuedAt: claims.iat,
    expiresAt,
    connectedSid: null,
    kickedAt: null,
    link: entrant.link,
    handNumber: null,
    isSpotlit: 0,
  }
  const { connectedSid, handNumber, isSpotlit, ...change } = row
  await tx
    .insertInto('participant')
    .values({ ...row, connectedSid, handNumber, isSpotlit })
    .onConflict((conflict) => conflict.columns(['roomId', 'identity']).doUpdateSet(change))
    .execute()
  return { identity, name }
}

/**
 * Notes a new token of somebody on the list and returns their name. Where a new run of the room has begun meanwhile,
 * and the last one's end taken them off the list, they are put on it again. In a transaction that has locked the room.
 */
export async function prolong(
  tx: Db,
  row: ParticipantRow,
  change: { livekitSid: string; tokenIssuedAt: number },
  expiresAt: number,
): Promise<string> {
  const { roomId, identity } = row
  if ((await findParticipant(tx, roomId, identity)) !== undefined) {
    await updateParticipant(tx, roomId, identity, change)
    return row.name
  }
  const name = await takeName(tx, roomId, identity, row.name)
  await tx
    .insertInto('participant')
    .values({ ...row, ...change, name, connectedSid: null, expiresAt })
    .execute()
  return name
}

/** A participant's claims as the server knows them. */
export const claimsOf = (row: ParticipantRow): RoomMemberClaims => ({
  iat: row.tokenIssuedAt,
  roomId: row.roomId,
  ...(row.memberId === null ? {} : { memberId: row.memberId }),
  ...(row.userId === null ? {} : { userId: row.userId }),
  permissions: JSON.parse(row.permissions) as PermissionSet,
  badge: row.badge,
  ...(row.isPromotedModerator === 1 ? { isPromotedModerator: true } : {}),
})

/** Throws Forbidden for who was removed from the meeting that runs: as this participant, browser, user or member. */
export async function refuseKicked(
  db: Db,
  roomId: string,
  { identity, userId, memberId }: { identity?: string; userId?: string; memberId?: string },
  browserId: string,
): Promise<void> {
  const removed = await db
    .selectFrom('participant')
    .select('identity')
    .where('roomId', '=', roomId)
    .where('kickedAt', 'is not', null)
    .where((eb) =>
      eb.or([
        eb('browserId', '=', browserId),
        ...(identity === undefined ? [] : [eb('identity', '=', identity)]),
        ...(userId === undefined ? [] : [eb('userId', '=', userId)]),
        ...(memberId === undefined ? [] : [eb('memberId', '=', memberId)]),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  if (removed !== undefined) throw kicked()
}

export const kicked = () =>
  new Forbidden('participant_kicked', 'You have been removed from this meeting', {
    error: 'Participant Error',
  })

/**
 * The identity to come in with. A second token for the same admission takes the place of the first while that is
 * unused; once somebody is in with it, the next tab is somebody else.
 */
async function freeIdentity(
  tx: Db,
  roomId: string,
  entrant: Entrant,
  { identity, name }: { identity: string; name: string },
): Promise<string> {
  if (entrant.memberId !== undefined || entrant.userId !== undefined) return identity
  const known = await findParticipant(tx, roomId, identity)
  if (known === undefined) return identity
  if (known.connectedSid !== null) return newIdentity(entrant, name)
  await tx.deleteFrom('participant').where('roomId', '=', roomId).where('identity', '=', identity).execute()
  await deleteUnheldNames(tx, roomId)
  return identity
}

/** How many others are in the meeting or hold a token that still lets them in. */
async function countOthers(tx: Db, roomId: string, identity: string): Promise<number> {
  const { count } = await tx
    .selectFrom('participant')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('roomId', '=', roomId)
    .where('identity', '!=', identity)
    .where('kickedAt', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Reserves the name or the first free `name_1`, `name_2` ...; two at once never get the same. */
async function takeName(tx: Db, roomId: string, identity: string, name: string): Promise<string> {
  const rows = await tx.selectFrom('participantName').select('nameKey').where('roomId', '=', roomId).execute()
  const taken = new Set(rows.map((row) => row.nameKey))
  for (let i = 0; ; i++) {
    const unique = i === 0 ? name : `${name}_${i}`
    const nameKey = unique.toLowerCase()
    if (taken.has(nameKey)) continue
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('participantName')
      .values({ roomId, nameKey, identity })
      .onConflict((conflict) => conflict.columns(['roomId', 'nameKey']).doNothing())
      .executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows === 1n) return unique
  }
}

/** Names of tokens that ran out without anybody joining are free again. */
async function releaseUnusedNames(tx: Db, roomId: string, now: number): Promise<void> {
  await tx
    .deleteFrom('participant')
    .where('roomId', '=', roomId)
    .where('connectedSid', 'is', null)
    .where('kickedAt', 'is', null)
    .where('expiresAt', '<=', now)
    .execute()
  await deleteUnheldNames(tx, roomId)
}
