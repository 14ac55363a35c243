import type { Db } from '../db/open.ts'
import type { AnonymousLink } from '../meetings/store.ts'
import type { Entrant } from '../rooms/entrants.ts'

/** Somebody who asks to be let in. One for each browser in a room; a new one takes the place of the last. */
export interface KnockTable {
  id: string
  roomId: string
  browserId: string
  name: string
  /** What the token will carry, so that a token asked for twice is the same participant's. */
  identity: string
  /** JSON of {@link Entrant}: what the link or session allowed when they knocked. */
  entrant: string
  status: 'waiting' | 'admitted' | 'denied'
  createdAt: number
  expiresAt: number
  /** When their page was last known to wait for the answer. */
  seenAt: number
  decidedAt: number | null
}

/** A browser that has been in the meeting, or was admitted to it: it does not knock again. */
export interface AdmissionTable {
  roomId: string
  browserId: string
  livekitSid: string
  isByModerator: number
  at: number
}

export const findKnock = (db: Db, id: string) =>
  db.selectFrom('knock').selectAll().where('id', '=', id).executeTakeFirst()
export type KnockRow = NonNullable<Awaited<ReturnType<typeof findKnock>>>

export const findKnockOfBrowser = (db: Db, roomId: string, browserId: string) =>
  db
    .selectFrom('knock')
    .selectAll()
    .where('roomId', '=', roomId)
    .where('browserId', '=', browserId)
    .executeTakeFirst()

/** Who waits in a room with the page open, first come first. */
export const listWaiting = (db: Db, roomId: string, now: number, seenSince: number) =>
  db
    .selectFrom('knock')
    .selectAll()
    .where('roomId', '=', roomId)
    .where('status', '=', 'waiting')
    .where('expiresAt', '>', now)
    .where('seenAt', '>', seenSince)
    .orderBy('createdAt')
    .execute()

export const entrantOf = (row: KnockRow) => JSON.parse(row.entrant) as Entrant

export async function hasAdmission(db: Db, roomId: string, browserId: string): Promise<boolean> {
  const row = await db
    .selectFrom('admission')
    .select('at')
    .where('roomId', '=', roomId)
    .where('browserId', '=', browserId)
    .executeTakeFirst()
  return row !== undefined
}

/** Notes that a browser belongs to the meeting; a moderator's word is not weakened by a later join. */
export async function insertAdmission(tx: Db, row: AdmissionTable): Promise<void> {
  await tx
    .insertInto('admission')
    .values(row)
    .onConflict((conflict) =>
      row.isByModerator === 1
        ? conflict.columns(['roomId', 'browserId']).doUpdateSet(row)
        : conflict.columns(['roomId', 'browserId']).doNothing(),
    )
    .execute()
}

/** Ends what was open to a removed browser, and to others that came without a moderator's word and are not here. */
export async function deleteAdmissionsAfterKick(
  tx: Db,
  roomId: string,
  browserId: string | null,
): Promise<void> {
  if (browserId !== null)
    await tx.deleteFrom('admission').where('roomId', '=', roomId).where('browserId', '=', browserId).execute()
  await tx
    .deleteFrom('admission')
    .where('roomId', '=', roomId)
    .where('isByModerator', '=', 0)
    .where('browserId', 'not in', (eb) =>
      eb
        .selectFrom('participant')
        .select((column) => column.fn.coalesce('participant.browserId', column.val('')).as('browserId'))
        .where('participant.roomId', '=', roomId)
        .where('participant.connectedSid', 'is not', null)
        .where('participant.kickedAt', 'is', null),
    )
    .execute()
}

/** Whether somebody who came by this anonymous link was removed from the meeting that runs. */
export async function wasKicked(db: Db, roomId: string, link: AnonymousLink): Promise<boolean> {
  const row = await db
    .selectFrom('participant')
    .select('identity')
    .where('roomId', '=', roomId)
    .where('link', '=', link)
    .where('kickedAt', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function deleteKnocksBefore(db: Db, before: number): Promise<void> {
  await db.deleteFrom('knock').where('expiresAt', '<', before).execute()
}
