import type { z } from 'zod'
import type { Db } from '../db/open.ts'
import { forbidden } from '../errors.ts'
import { hasRole, type KeyCaller, type SessionCaller, type Somebody } from '../http/caller.ts'
import type { ListRooms } from './schema.ts'
import { findRoomById, findRoomMember, type ListedRoom, type RoomQuery, type RoomRow } from './store.ts'
import { accessOf, permissionsOfMember, rolesOf } from './view.ts'

/** Whether the caller may change the room, and sees it anyway. */
export const mayManage = (caller: KeyCaller | SessionCaller, row: Pick<RoomRow, 'ownerId'>): boolean =>
  caller.kind === 'key' || hasRole(caller.role, 'admin') || row.ownerId === caller.username

/** Whether a console user of the room's organization may see it: who manages it, is a member, or may enter. */
export async function hasAccess(db: Db, caller: SessionCaller, row: RoomRow): Promise<boolean> {
  if (mayManage(caller, row) || accessOf(row).user) return true
  return (await findRoomMember(db, row.roomId, { memberId: caller.username })) !== undefined
}

/** Whether the caller may see a room, by its id; a room that is gone was nobody's secret. */
export async function isVisible(db: Db, caller: SessionCaller, roomId: string): Promise<boolean> {
  if (hasRole(caller.role, 'admin')) return true
  const row = await findRoomById(db, roomId)
  return row === undefined || (row.orgId === caller.orgId && (await hasAccess(db, caller, row)))
}

/** Whether the caller may see the room's anonymous links: who manages it, and who holds roomShareAccessLinks in it. */
export async function mayShareLinks(db: Db, caller: Somebody, row: ListedRoom): Promise<boolean> {
  if (caller.kind === 'roomMember') return caller.claims.permissions.roomShareAccessLinks
  if (mayManage(caller, row)) return true
  const room = row.roles === undefined ? await findRoomById(db, row.roomId) : { ...row, roles: row.roles }
  if (room === undefined) return false
  const member = await findRoomMember(db, row.roomId, { memberId: caller.username })
  const { roomShareAccessLinks } =
    member === undefined ? rolesOf(room).speaker.permissions : permissionsOfMember(room, member)
  return roomShareAccessLinks
}

/** Which rooms a list shows: what was asked for, within what the caller may see. */
export function visibleRooms(
  caller: KeyCaller | SessionCaller,
  wanted: Pick<z.output<typeof ListRooms>, 'owner' | 'member' | 'userAccess'>,
): RoomQuery['anyOf'] {
  const { owner, member, userAccess } = wanted
  const isAsked = owner !== undefined || member !== undefined || userAccess === true
  if (caller.kind === 'session' && !hasRole(caller.role, 'admin')) {
    const isForeign = [owner, member].some((name) => name !== undefined && name !== caller.username)
    if (isForeign) throw forbidden()
    if (!isAsked)
      return {
        ...(caller.canCreateRooms ? { owner: caller.username } : {}),
        member: caller.username,
        userAccess: true,
      }
  }
  if (!isAsked) return undefined
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(member === undefined ? {} : { member }),
    ...(userAccess === true ? { userAccess } : {}),
  }
}
