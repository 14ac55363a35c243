import type { FieldFault } from '../errors.ts'

/** What a participant may do in a room; names and defaults as contract/openvidu-meet.md 2.3 gives them. */
export const PERMISSIONS = [
  'recordingControl',
  'recordingList',
  'recordingPlay',
  'recordingDownload',
  'recordingDelete',
  'meetingJoin',
  'roomShareAccessLinks',
  'participantPromote',
  'participantKick',
  'meetingEnd',
  'mediaPublishVideo',
  'mediaPublishAudio',
  'mediaShareScreen',
  'chatRead',
  'chatWrite',
  'mediaChangeVirtualBackground',
] as const

export type Permission = (typeof PERMISSIONS)[number]
export type PermissionSet = Record<Permission, boolean>
export type Role = 'moderator' | 'speaker'

const setOf = (isHeld: (name: Permission) => boolean): PermissionSet =>
  Object.fromEntries(PERMISSIONS.map((name) => [name, isHeld(name)])) as PermissionSet

const MODERATOR_ONLY: ReadonlySet<Permission> = new Set<Permission>([
  'recordingControl',
  'recordingDelete',
  'roomShareAccessLinks',
  'participantPromote',
  'participantKick',
  'meetingEnd',
])

export const ALL_PERMISSIONS: PermissionSet = setOf(() => true)
export const NO_PERMISSIONS: PermissionSet = setOf(() => false)
export const DEFAULT_ROLES: Record<Role, { permissions: PermissionSet }> = {
  moderator: { permissions: ALL_PERMISSIONS },
  speaker: { permissions: setOf((name) => !MODERATOR_ONLY.has(name)) },
}
/** Who comes by the room's recordings link. */
export const RECORDING_READER: PermissionSet = setOf(
  (name) => name === 'recordingList' || name === 'recordingPlay' || name === 'recordingDownload',
)

/** Names of release 3.8 and what each stands for today. */
export const DEPRECATED: Record<string, readonly Permission[]> = {
  canRecord: ['recordingControl'],
  canRetrieveRecordings: ['recordingList', 'recordingPlay', 'recordingDownload'],
  canDeleteRecordings: ['recordingDelete'],
  canJoinMeeting: ['meetingJoin'],
  canShareAccessLinks: ['roomShareAccessLinks'],
  canMakeModerator: ['participantPromote'],
  canKickParticipants: ['participantKick'],
  canEndMeeting: ['meetingEnd'],
  canPublishVideo: ['mediaPublishVideo'],
  canPublishAudio: ['mediaPublishAudio'],
  canShareScreen: ['mediaShareScreen'],
  canReadChat: ['chatRead'],
  canWriteChat: ['chatWrite'],
  canChangeVirtualBackground: ['mediaChangeVirtualBackground'],
}

/** Adds the deprecated spelling of each permission that is present; an old name for three needs all three. */
export function withDeprecatedNames(permissions: Partial<PermissionSet>): Record<string, boolean> {
  const both: Record<string, boolean> = { ...permissions }
  for (const [old, names] of Object.entries(DEPRECATED)) {
    const values = names.map((name) => permissions[name])
    if (values.every((value) => value !== undefined)) both[old] = values.every(Boolean)
  }
  return both
}

/** Union: held by either set. */
export const either = (a: PermissionSet, b: PermissionSet): PermissionSet =>
  setOf((name) => a[name] || b[name])

/** What can be locked during a meeting, and for whom: everybody who may not remove others. */
export type Locks = Record<'audio' | 'video' | 'screen' | 'chat', boolean>

/** What a participant may do while these locks are on. */
export const withLocks = (held: PermissionSet, locks: Locks): PermissionSet =>
  held.participantKick
    ? held
    : {
        ...held,
        mediaPublishAudio: held.mediaPublishAudio && !locks.audio,
        mediaPublishVideo: held.mediaPublishVideo && !locks.video,
        mediaShareScreen: held.mediaShareScreen && !locks.screen,
        chatWrite: held.chatWrite && !locks.chat,
      }

/** True when `held` has everything that `wanted` has. */
export const covers = (held: PermissionSet, wanted: PermissionSet): boolean =>
  PERMISSIONS.every((name) => held[name] || !wanted[name])

/** Where a body uses names of release 3.8, for deployments that no longer take them (PERMISSION_NAMES=current). */
export function deprecatedUses(body: unknown, path: string[] = []): FieldFault[] {
  if (typeof body !== 'object' || body === null) return []
  const isPermissions = path.at(-1) === 'permissions' || path.at(-1) === 'customPermissions'
  return Object.entries(body).flatMap(([name, value]) => {
    const today = isPermissions ? DEPRECATED[name] : undefined
    if (today === undefined) return deprecatedUses(value, [...path, name])
    const message = `'${name}' is no longer accepted, use ${today.map((one) => `'${one}'`).join(', ')}`
    return [{ field: [...path, name].join('.'), message }]
  })
}
