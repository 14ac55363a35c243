import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Db } from '../db/open.ts'
import { BadRequest, Forbidden, forbidden, Gone, NotFound, unauthorized } from '../errors.ts'
import { type Caller, hasRole, type Somebody } from '../http/caller.ts'
import { permissionsOfUser } from '../rooms/entrants.ts'
import { ALL_PERMISSIONS, NO_PERMISSIONS, type Permission, type PermissionSet } from '../rooms/permissions.ts'
import { findRoomById, type RoomRow } from '../rooms/store.ts'
import { accessOf } from '../rooms/view.ts'
import { findRecording, findRecordingById, type RecordingRow } from './store.ts'

export const recordingNotFound = (recordingId: string) =>
  new NotFound('recording_not_found', `Recording '${recordingId}' not found`, { error: 'Recording Error' })

/** What the caller may do in a room: all with a key, and what room member tokens and memberships say. */
export async function permissionsIn(db: Db, caller: Somebody, room: RoomRow): Promise<PermissionSet> {
  if (caller.kind === 'key') return ALL_PERMISSIONS
  if (caller.kind === 'roomMember')
    return caller.roomId === room.roomId ? caller.claims.permissions : NO_PERMISSIONS
  return (await permissionsOfUser(db, caller, room)) ?? NO_PERMISSIONS
}

/** A recording that the caller may use in this way. Throws NotFound, or Forbidden without the permission. */
export async function getPermitted(
  db: Db,
  caller: Somebody,
  recordingId: string,
  needed: Permission,
): Promise<RecordingRow> {
  const row = await findRecording(db, caller, recordingId)
  if (row === undefined) throw recordingNotFound(recordingId)
  const room = await findRoomById(db, row.roomId)
  if (room === undefined) throw recordingNotFound(recordingId)
  if (!(await permissionsIn(db, caller, room))[needed]) throw forbidden()
  return row
}

/**
 * A recording for who holds its secret or, without one, for a permitted caller. A wrong secret is BadRequest even
 * beside a good key, one that ran out is Gone; a private one needs a signed-in user of the organization.
 */
export async function getReadable(
  db: Db,
  caller: Caller,
  recordingId: string,
  secret: string | undefined,
  needed: Permission,
  now: number,
): Promise<RecordingRow> {
  if (secret === undefined || secret === '') {
    if (caller.kind === 'nobody') throw caller.refused ?? unauthorized()
    return getPermitted(db, caller, recordingId, needed)
  }
  const row = await findRecordingById(db, recordingId)
  if (row === undefined) throw recordingNotFound(recordingId)
  const read = readSecret(row, secret, now)
  if (read === 'wrong')
    throw new BadRequest('recording_secret_invalid', `Recording '${recordingId}': the secret is not valid`, {
      error: 'Recording Error',
    })
  if (read === 'expired')
    throw new Gone('recording_link_expired', 'This link to the recording has expired', {
      error: 'Recording Error',
    })
  if (read === 'private') {
    if (caller.kind === 'nobody') throw caller.refused ?? unauthorized()
    if (caller.kind === 'roomMember') throw unauthorized()
    const isOwn =
      caller.orgId === row.orgId || (caller.kind === 'session' && hasRole(caller.role, 'superadmin'))
    if (!isOwn) throw forbidden()
    return row
  }
  const room = await findRoomById(db, row.roomId)
  if (room === undefined || !accessOf(room).recording) throw anonymousDisabled(row.roomId)
  return row
}

export const anonymousDisabled = (roomId: string) =>
  new Forbidden(
    'anonymous_access_disabled',
    `Anonymous access in room '${roomId}' is disabled for recordings`,
    {
      error: 'Room Error',
    },
  )

/**
 * The secret of a link. One that expires is `<p or s>.<ms base 36>.<MAC>`: nothing has to be stored, and
 * nobody who does not know the lasting secret can make or prolong one.
 */
export function linkSecret(row: RecordingRow, isPrivate: boolean, expiresAt: number | null): string {
  const lasting = isPrivate ? row.privateSecret : row.publicSecret
  if (expiresAt === null) return lasting
  const until = expiresAt.toString(36)
  return `${isPrivate ? 's' : 'p'}.${until}.${macOf(row, lasting, until)}`
}

const macOf = (row: RecordingRow, lasting: string, until: string): string =>
  createHmac('sha256', `${row.publicSecret} ${row.privateSecret}`)
    .update(`${row.recordingId} ${lasting} ${until}`)
    .digest('hex')
    .slice(0, 32)

export function readSecret(
  row: RecordingRow,
  secret: string,
  now: number,
): 'public' | 'private' | 'expired' | 'wrong' {
  if (isSame(secret, row.publicSecret)) return 'public'
  if (isSame(secret, row.privateSecret)) return 'private'
  const [kind, until, mac] = secret.split('.')
  if ((kind !== 'p' && kind !== 's') || until === undefined || mac === undefined) return 'wrong'
  const lasting = kind === 's' ? row.privateSecret : row.publicSecret
  if (!isSame(mac, macOf(row, lasting, until))) return 'wrong'
  if (parseInt(until, 36) <= now) return 'expired'
  return kind === 's' ? 'private' : 'public'
}

const isSame = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
