import {
  AccessToken,
  type ParticipantPermission,
  TokenVerifier,
  TrackSource,
  type VideoGrant,
} from 'livekit-server-sdk'
import { PERMISSIONS, type PermissionSet } from '../rooms/permissions.ts'

export type Badge = 'owner' | 'admin' | 'moderator' | 'other'

/** The metadata of a room member token (contract/openvidu-meet.md 5.3). Everybody in the meeting can read it. */
export interface RoomMemberClaims {
  /** Milliseconds since the epoch; a token older than the room's or member's last change is refused. */
  iat: number
  roomId: string
  memberId?: string
  userId?: string
  permissions: PermissionSet
  badge: Badge
  isPromotedModerator?: boolean
  /** Where the browser's LiveKit client connects; only in joining tokens. */
  livekitUrl?: string
}

/** LiveKit credentials: the API key's name and its secret. */
export interface LiveKitCredentials {
  apiKey: string
  apiSecret: string
}

/** The grants that a set of permissions gives in one room, and nothing more. */
export function grantsFor(roomId: string, permissions: PermissionSet): VideoGrant {
  const sources = sourcesFor(permissions)
  return {
    room: roomId,
    roomJoin: true,
    canPublish: sources.length > 0,
    canPublishSources: sources,
    canSubscribe: true,
    canPublishData: permissions.chatWrite,
    canUpdateOwnMetadata: true,
  }
}

/** Track sources that a set of permissions may publish. */
export function sourcesFor(permissions: PermissionSet): TrackSource[] {
  const sources: TrackSource[] = []
  if (permissions.mediaPublishAudio) sources.push(TrackSource.MICROPHONE)
  if (permissions.mediaPublishVideo) sources.push(TrackSource.CAMERA)
  if (permissions.mediaShareScreen) sources.push(TrackSource.SCREEN_SHARE, TrackSource.SCREEN_SHARE_AUDIO)
  return sources
}

/** Whether what LiveKit lets a participant do is what these permissions give; unknown counts as not. */
export function hasGrant(held: ParticipantPermission | undefined, permissions: PermissionSet): boolean {
  if (held === undefined) return false
  const sources = sourcesFor(permissions)
  return (
    held.canPublish === sources.length > 0 &&
    held.canPublishSources.length === sources.length &&
    sources.every((source) => held.canPublishSources.includes(source)) &&
    held.canPublishData === permissions.chatWrite
  )
}

/**
 * Signs a room member token. With an identity it lets that one into the room with the grants of `may`, without it only
 * tells permissions.
 */
export async function signRoomMemberToken(
  credentials: LiveKitCredentials,
  claims: RoomMemberClaims,
  ttlSeconds: number,
  who: { name?: string | undefined } & ({ identity?: never } | { identity: string; may: PermissionSet }) = {},
): Promise<string> {
  const token = new AccessToken(credentials.apiKey, credentials.apiSecret, {
    ttl: ttlSeconds,
    metadata: JSON.stringify(claims),
    ...(who.identity === undefined ? {} : { identity: who.identity }),
    ...(who.name === undefined ? {} : { name: who.name }),
  })
  if (who.identity !== undefined) token.addGrant(grantsFor(claims.roomId, who.may))
  return token.toJwt()
}

/**
 * Signs the token of a recorder: it hears and sees, nobody sees it, it is not counted and keeps no meeting going.
 * To be used at once.
 */
export async function signRecorderToken(
  credentials: LiveKitCredentials,
  roomId: string,
  identity: string,
): Promise<string> {
  const token = new AccessToken(credentials.apiKey, credentials.apiSecret, { ttl: 60, identity })
  token.addGrant({
    room: roomId,
    roomJoin: true,
    canPublish: false,
    canPublishData: false,
    canSubscribe: true,
    canUpdateOwnMetadata: false,
    hidden: true,
    recorder: true,
  })
  return token.toJwt()
}

/** A verified room member token: `identity` is null for one that cannot join. */
export interface VerifiedRoomMemberToken {
  claims: RoomMemberClaims
  identity: string | null
  name: string | null
}

/**
 * Checks signature, life and shape. Returns null for anything that is not a room member token of ours.
 * `toleranceSeconds` of clock difference are accepted.
 */
export async function verifyRoomMemberToken(
  credentials: LiveKitCredentials,
  token: string,
  toleranceSeconds = 0,
): Promise<VerifiedRoomMemberToken | null> {
  try {
    const grants = await new TokenVerifier(credentials.apiKey, credentials.apiSecret).verify(
      token,
      toleranceSeconds,
    )
    const claims = parseClaims(grants.metadata)
    return claims === null ? null : { claims, identity: grants.sub ?? null, name: grants.name ?? null }
  } catch {
    return null
  }
}

function parseClaims(metadata: string | undefined): RoomMemberClaims | null {
  const value: unknown = JSON.parse(metadata ?? 'null')
  if (typeof value !== 'object' || value === null) return null
  const { iat, roomId, permissions } = value as Partial<RoomMemberClaims>
  const isComplete =
    typeof iat === 'number' &&
    typeof roomId === 'string' &&
    typeof permissions === 'object' &&
    PERMISSIONS.every((name) => typeof permissions[name] === 'boolean')
  return isComplete ? (value as RoomMemberClaims) : null
}
