import { findMember } from '../accounts/user-store.ts'
import type { Db } from '../db/open.ts'
import { BadRequest, Forbidden, forbidden, NotFound, ParleyError, unauthorized } from '../errors.ts'
import { hasRole, type NobodyCaller, type SessionCaller } from '../http/caller.ts'
import { randomLower } from '../ids.ts'
import type { Badge } from '../livekit/grants.ts'
import type { AnonymousLink } from '../meetings/store.ts'
import { slugOf } from '../slug.ts'
import {
  ALL_PERMISSIONS,
  covers,
  either,
  NO_PERMISSIONS,
  type PermissionSet,
  RECORDING_READER,
} from './permissions.ts'
import { findRoomMember, type RoomRow } from './store.ts'
import { accessOf, permissionsOfMember, rolesOf } from './view.ts'

/** Who comes in and with what right, before any token is made. */
export interface Entrant {
  permissions: PermissionSet
  badge: Badge
  userId?: string
  memberId?: string
  name?: string
  /** The anonymous link they come by; null for members, users and keys. */
  link: AnonymousLink | null
  /** Signed in to the room's organization. */
  isColleague: boolean
}

/**
 * What a link's secret and a console session let somebody do in a room, taken together. Throws Unauthorized without
 * either, Forbidden `anonymous_access_disabled` for a link that is switched off, BadRequest `room_secret_replaced` or
 * `room_secret_invalid`, NotFound `room_member_not_found`.
 */
export async function admit(
  db: Db,
  caller: SessionCaller | NobodyCaller,
  room: RoomRow,
  secret: string | undefined,
): Promise<Entrant> {
  const asUser = caller.kind === 'session' ? await entrantByUser(db, caller, room) : null
  const isColleague = caller.kind === 'session' && caller.orgId === room.orgId
  if (secret === undefined) {
    if (caller.kind === 'nobody') throw caller.refused ?? unauthorized()
    if (asUser === null) throw forbidden()
    return asUser
  }
  const asGuest = await entrantBySecret(db, room, secret)
  if (asUser === null) return { ...asGuest, isColleague }
  const permissions = either(asGuest.permissions, asUser.permissions)
  return { ...asGuest, ...asUser, permissions, badge: badgeFor(permissions, room, asUser.badge) }
}

/** Whether {@link admit} refused the secret itself: guessed, mistyped, replaced, or of a member who is gone. */
export const isWrongSecret = (err: unknown): boolean =>
  err instanceof ParleyError &&
  ['room_secret_invalid', 'room_secret_replaced', 'room_member_not_found'].includes(err.code)

/** What a console user may do in a room without any link; null for who has no access. */
export async function permissionsOfUser(
  db: Db,
  caller: SessionCaller,
  room: RoomRow,
): Promise<PermissionSet | null> {
  return (await entrantByUser(db, caller, room))?.permissions ?? null
}

/** What a user of the room's organization may do in it now; null for who may not enter, or is no such user. */
export async function rightsOf(
  db: Db,
  username: string,
  room: RoomRow,
): Promise<Pick<Entrant, 'permissions' | 'badge'> | null> {
  const user = await findMember(db, room.orgId, username)
  return user === undefined ? null : entrantByUser(db, { ...user, orgId: room.orgId }, room)
}

async function entrantByUser(
  db: Db,
  caller: Pick<SessionCaller, 'orgId' | 'username' | 'name' | 'role'>,
  room: RoomRow,
): Promise<Entrant | null> {
  if (caller.orgId !== room.orgId) return null
  const known = { userId: caller.username, name: caller.name, link: null, isColleague: true }
  if (room.ownerId === caller.username) return { ...known, permissions: ALL_PERMISSIONS, badge: 'owner' }
  if (hasRole(caller.role, 'admin')) return { ...known, permissions: ALL_PERMISSIONS, badge: 'admin' }
  const member = await findRoomMember(db, room.roomId, { memberId: caller.username })
  if (member !== undefined) {
    const permissions = permissionsOfMember(room, member)
    return { ...known, memberId: member.memberId, permissions, badge: badgeFor(permissions, room) }
  }
  if (!accessOf(room).user) return null
  const { permissions } = rolesOf(room).speaker
  return { ...known, permissions, badge: badgeFor(permissions, room) }
}

async function entrantBySecret(db: Db, room: RoomRow, secret: string): Promise<Entrant> {
  const flags = accessOf(room)
  const roles = rolesOf(room)
  const disabled = (what: string) =>
    new Forbidden(
      'anonymous_access_disabled',
      `Anonymous access in room '${room.roomId}' is disabled ${what}`,
      {
        error: 'Room Error',
      },
    )
  if (secret === room.moderatorSecret) {
    if (!flags.moderator) throw disabled("for role 'moderator'")
    const { permissions } = roles.moderator
    return { permissions, badge: badgeFor(permissions, room), link: 'moderator', isColleague: false }
  }
  if (secret === room.speakerSecret) {
    if (!flags.speaker) throw disabled("for role 'speaker'")
    const { permissions } = roles.speaker
    return { permissions, badge: badgeFor(permissions, room), link: 'speaker', isColleague: false }
  }
  if (secret === room.recordingSecret) {
    if (!flags.recording) throw disabled('for recordings')
    const permissions = { ...NO_PERMISSIONS, ...RECORDING_READER }
    return { permissions, badge: 'other', link: null, isColleague: false }
  }
  if (secret.startsWith('guest-')) {
    const member = await findRoomMember(db, room.roomId, { secret })
    if (member === undefined)
      throw new NotFound('room_member_not_found', 'This guest link does not belong to a member of the room', {
        error: 'Room Member Error',
      })
    const permissions = permissionsOfMember(room, member)
    const { memberId, name } = member
    const badge = badgeFor(permissions, room)
    return { memberId, name, permissions, badge, link: null, isColleague: false }
  }
  if ((JSON.parse(room.replacedSecrets) as string[]).includes(secret))
    throw new BadRequest('room_secret_replaced', 'This link has been replaced: ask for the new one', {
      error: 'Room Error',
    })
  throw new BadRequest('room_secret_invalid', `The secret is not valid for room '${room.roomId}'`, {
    error: 'Room Error',
  })
}

/** What LiveKit will know somebody by: members and users are the same each time, guests are new. */
export const newIdentity = ({ memberId, userId }: Entrant, name: string): string =>
  memberId ?? userId ?? `${slugOf(name, 'participant')}-${randomLower(15)}`

export const badgeFor = (permissions: PermissionSet, room: RoomRow, known?: Badge): Badge =>
  known === 'owner' || known === 'admin'
    ? known
    : covers(permissions, rolesOf(room).moderator.permissions)
      ? 'moderator'
      : 'other'
