import { PERMISSIONS, type PermissionSet, type Role, withDeprecatedNames } from './permissions.ts'
import type { RoomConfig } from './config-schema.ts'
import type { AccessFlags, RoomSettings, RoomView } from './schema.ts'
import type { MemberView } from './member-schema.ts'
import type { ListedRoom, RoomMemberRow, RoomRow } from './store.ts'

export const EXTRA_FIELDS = ['config', 'roles'] as const
const BASE_FIELDS: ReadonlySet<string> = new Set([
  'roomId',
  'roomName',
  'owner',
  'creationDate',
  'autoDeletionDate',
  'autoDeletionPolicy',
  'access',
  'status',
  'rolesUpdatedAt',
  'meetingEndAction',
  'moderatorUrl',
  'speakerUrl',
])

/** What of a room to show: chosen fields, extra ones, under which address, with which names. */
export interface ViewOptions {
  baseUrl: string
  fields?: readonly string[]
  extraFields?: readonly string[]
  /** Without it the three anonymous links stay hidden. */
  showsLinks?: boolean
  permissionNames: 'both' | 'current'
}

export const configOf = (room: Pick<RoomRow, 'config'>) => JSON.parse(room.config) as RoomConfig
export const rolesOf = (room: Pick<RoomRow, 'roles'>) =>
  JSON.parse(room.roles) as Record<Role, { permissions: PermissionSet }>
export const settingsOf = (room: RoomRow) => JSON.parse(room.settings) as RoomSettings
export const accessOf = (room: Pick<RoomRow, 'access'>) => JSON.parse(room.access) as AccessFlags

export const rolesView = (roles: Record<Role, { permissions: PermissionSet }>, names: 'both' | 'current') => {
  const show = ({ permissions }: { permissions: PermissionSet }) => {
    const ordered = Object.fromEntries(PERMISSIONS.map((name) => [name, permissions[name]])) as PermissionSet
    return { permissions: names === 'both' ? withDeprecatedNames(ordered) : { ...ordered } }
  }
  return { moderator: show(roles.moderator), speaker: show(roles.speaker) }
}

/** The room as contract/openvidu-meet.md 2.1 shows it; without `_extraFields`, which single answers add. */
export function viewRoom(room: ListedRoom, options: ViewOptions): RoomView {
  const fields = options.fields?.filter((name) => BASE_FIELDS.has(name)) ?? []
  const extras: readonly string[] = options.extraFields ?? []
  const isShown = (name: string) => fields.length === 0 || fields.includes(name)
  const { baseUrl, showsLinks = true } = options
  const url = (rest: string) => `${baseUrl}/room/${room.roomId}${rest}`
  const view: RoomView = {}
  if (isShown('roomId')) view.roomId = room.roomId
  if (isShown('roomName')) view.roomName = room.name
  if (isShown('owner')) view.owner = room.ownerId
  if (isShown('creationDate')) view.creationDate = room.createdAt
  if (room.autoDeletionAt !== null) {
    if (isShown('autoDeletionDate')) view.autoDeletionDate = room.autoDeletionAt
    if (isShown('autoDeletionPolicy'))
      view.autoDeletionPolicy = { withMeeting: room.withMeeting, withRecordings: room.withRecordings }
  }
  const { config, roles } = room
  if (config !== undefined && extras.includes('config')) view.config = configOf({ config })
  if (roles !== undefined && extras.includes('roles'))
    view.roles = rolesView(rolesOf({ roles }), options.permissionNames)
  if (isShown('access')) view.access = accessView(room, baseUrl, showsLinks)
  if (isShown('status')) view.status = room.status
  if (isShown('rolesUpdatedAt')) view.rolesUpdatedAt = room.rolesUpdatedAt
  if (isShown('meetingEndAction')) view.meetingEndAction = room.meetingEndAction
  // OpenVidu Meet 3.4 to 3.7 had these; its tutorials still read them.
  if (fields.length === 0 && showsLinks) {
    view.moderatorUrl = url(`?secret=${room.moderatorSecret}`)
    view.speakerUrl = url(`?secret=${room.speakerSecret}`)
  }
  return view
}

/** What a member may do: the role's permissions with their own over them. */
export const permissionsOfMember = (room: Pick<RoomRow, 'roles'>, member: RoomMemberRow): PermissionSet => ({
  ...rolesOf(room)[member.baseRole].permissions,
  ...(JSON.parse(member.customPermissions ?? '{}') as Partial<PermissionSet>),
})

export const MEMBER_EXTRA_FIELDS = ['effectivePermissions'] as const
const MEMBER_FIELDS: ReadonlySet<string> = new Set([
  'memberId',
  'roomId',
  'type',
  'name',
  'membershipDate',
  'accessUrl',
  'baseRole',
  'customPermissions',
  'permissionsUpdatedAt',
])

/** A room member as contract/openvidu-meet.md 2.4 shows it. */
export function viewMember(
  room: RoomRow,
  member: RoomMemberRow,
  options: Pick<ViewOptions, 'baseUrl' | 'fields' | 'extraFields' | 'permissionNames'>,
): MemberView {
  const names = (permissions: Partial<PermissionSet>) =>
    options.permissionNames === 'both' ? withDeprecatedNames(permissions) : { ...permissions }
  const custom =
    member.customPermissions === null
      ? null
      : (JSON.parse(member.customPermissions) as Partial<PermissionSet>)
  const secret = member.secret === null ? '' : `?secret=${member.secret}`
  const whole: MemberView = {
    memberId: member.memberId,
    roomId: member.roomId,
    type: member.userId === null ? 'identified_guest' : 'user',
    name: member.name,
    membershipDate: member.createdAt,
    accessUrl: `${options.baseUrl}/room/${member.roomId}${secret}`,
    baseRole: member.baseRole,
    ...(custom === null ? {} : { customPermissions: names(custom) }),
    permissionsUpdatedAt: member.permissionsUpdatedAt,
  }
  const fields = options.fields?.filter((name) => MEMBER_FIELDS.has(name)) ?? []
  const shown =
    fields.length === 0
      ? whole
      : Object.fromEntries(Object.entries(whole).filter(([name]) => fields.includes(name)))
  return options.extraFields?.includes('effectivePermissions') === true
    ? { ...shown, effectivePermissions: names(permissionsOfMember(room, member)) }
    : shown
}

/** Which links are on, and where they lead unless they are to stay hidden. */
export function accessView(
  room: ListedRoom,
  baseUrl: string,
  showsLinks = true,
): NonNullable<RoomView['access']> {
  const flags = accessOf(room)
  const url = (rest: string) => `${baseUrl}/room/${room.roomId}${rest}`
  const link = (enabled: boolean, rest: string) => (showsLinks ? { enabled, url: url(rest) } : { enabled })
  return {
    anonymous: {
      moderator: link(flags.moderator, `?secret=${room.moderatorSecret}`),
      speaker: link(flags.speaker, `?secret=${room.speakerSecret}`),
      recording: link(flags.recording, `/recordings?secret=${room.recordingSecret}`),
    },
    user: { enabled: flags.user, url: url('') },
  }
}
