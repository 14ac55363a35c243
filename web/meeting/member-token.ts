import type { Permission } from '../../server/rooms/permissions.ts'
import { asNumber, asRecord, asText } from './json.ts'

/** The 16 permissions of a room member, as the server declares them; a name too many or too few does not compile. */
const EVERY: Record<Permission, true> = {
  recordingControl: true,
  recordingList: true,
  recordingPlay: true,
  recordingDownload: true,
  recordingDelete: true,
  meetingJoin: true,
  roomShareAccessLinks: true,
  participantPromote: true,
  participantKick: true,
  meetingEnd: true,
  mediaPublishVideo: true,
  mediaPublishAudio: true,
  mediaShareScreen: true,
  chatRead: true,
  chatWrite: true,
  mediaChangeVirtualBackground: true,
}
export const PERMISSIONS = Object.keys(EVERY) as Permission[]

export type { Permission }
export type Permissions = Readonly<Record<Permission, boolean>>
export type Badge = 'owner' | 'admin' | 'moderator' | 'other'

/** What the page reads from its own token. The server decides by the token itself, never by this. */
export interface MemberToken {
  raw: string
  identity: string | null
  name: string | null
  /** How long it was made to live. A lifetime, not a date: the clock of the browser may be wrong by hours. */
  lifeMs: number
  permissions: Permissions
  badge: Badge
  /** Where LiveKit's signalling is; only in a token that joins. */
  livekitUrl: string | null
}

export const NO_PERMISSIONS = parsePermissions({})

/** Throws a SyntaxError for what is not a room member token. */
export function parseMemberToken(raw: string): MemberToken {
  const claims = asRecord(JSON.parse(decodePart(raw.split('.')[1] ?? '')))
  const metadata = asRecord(JSON.parse(asText(claims['metadata']) || '{}'))
  return {
    raw,
    identity: asText(claims['sub']) || null,
    name: asText(claims['name']) || null,
    lifeMs: Math.max(
      0,
      asNumber(claims['exp']) * 1000 - (asNumber(metadata['iat']) || asNumber(claims['nbf']) * 1000),
    ),
    permissions: parsePermissions(metadata['permissions']),
    badge: parseBadge(metadata['badge']),
    livekitUrl: asText(metadata['livekitUrl']) || null,
  }
}

export function parsePermissions(value: unknown): Permissions {
  const given = asRecord(value)
  return Object.fromEntries(PERMISSIONS.map((name) => [name, given[name] === true])) as Record<
    Permission,
    boolean
  >
}

export const parseBadge = (value: unknown): Badge =>
  value === 'owner' || value === 'admin' || value === 'moderator' ? value : 'other'

/** base64url of UTF-8; `atob` alone would garble a name outside Latin-1. */
const decodePart = (part: string): string => {
  try {
    const bytes = Uint8Array.from(atob(part.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
    return new TextDecoder().decode(bytes)
  } catch {
    throw new SyntaxError('Not a room member token')
  }
}
