import type { ParleyError } from '../errors.ts'
import type { RoomMemberClaims } from '../livekit/grants.ts'
import type { Scope } from './endpoint.ts'

export type Environment = 'live' | 'test'
export type KeyPermission = 'read' | 'write' | 'admin'
export type UserRole = 'member' | 'admin' | 'superadmin'
/** What an endpoint asks of a console user; a `manager` is a member who may create rooms. */
export type UserNeed = 'member' | 'manager' | 'admin' | 'superadmin'

/** An API key: acts as its organization's root admin in one environment. */
export interface KeyCaller {
  kind: 'key'
  orgId: string
  environment: Environment
  keyId: string
  name: string
  permissions: readonly KeyPermission[]
  /** Username of the organization's root admin, who owns what the key makes. */
  username: string
  /** Limits of this key by group, over the defaults. */
  rateLimits: Partial<Record<'crud' | 'create' | 'read' | 'config' | 'webhooks', number>> | null
}

/** The OAuth client through which a person acts. */
export interface AppOfCaller {
  clientId: string
  name: string
  scopes: readonly Scope[]
}

/**
 * A person signed in to the console, by the session's cookie or an access token, or an OAuth client acting for them.
 */
export interface SessionCaller {
  kind: 'session'
  via: 'cookie' | 'token' | 'app'
  sessionId: string
  orgId: string
  environment: Environment
  userId: string
  /** What OpenVidu's API calls userId. */
  username: string
  name: string
  /** In this organization: `superadmin` only where they are an admin of it, too. */
  role: UserRole
  canCreateRooms: boolean
  /** Set for an OAuth token, which reaches only endpoints that state a scope. */
  app?: AppOfCaller
  /** Looks after the whole deployment. */
  isSuperadmin: boolean
  /** Nothing but a change of the password is open to them. */
  mustChangePassword: boolean
}

/** One participant in one room, by their room member token. */
export interface RoomMemberCaller {
  kind: 'roomMember'
  orgId: string
  environment: Environment
  roomId: string
  /** Absent for a token made without joining. */
  identity: string | null
  name: string | null
  /** Known to be connected; LiveKit's event of it may still be on its way (`presentOf`). */
  isPresent: boolean
  claims: RoomMemberClaims
}

export interface NobodyCaller {
  kind: 'nobody'
  /** Why the session or access token that was sent does not count, on the endpoints that go on without. */
  refused?: ParleyError
}

export type Caller = KeyCaller | SessionCaller | RoomMemberCaller | NobodyCaller

/** Anybody but nobody, of whom only endpoints with `needs.anonymous` hear. */
export type Somebody = Exclude<Caller, { kind: 'nobody' }>

/** Narrows to somebody. Endpoints that do not take `anonymous` use it. */
export function somebody(caller: Caller): Somebody {
  if (caller.kind === 'nobody') throw new Error('unreachable: this endpoint needs a caller')
  return caller
}

const RANK: Record<UserRole, number> = { member: 0, admin: 1, superadmin: 2 }
export const hasRole = (role: UserRole, needed: UserRole): boolean => RANK[role] >= RANK[needed]

/** Whether a console user may call what needs `needed`. */
export const fulfils = (caller: SessionCaller, needed: UserNeed): boolean =>
  needed === 'superadmin'
    ? caller.isSuperadmin
    : needed === 'manager'
      ? caller.canCreateRooms || hasRole(caller.role, 'admin')
      : hasRole(caller.role, needed)

/** `admin` implies all, `write` implies `read`. */
export const holdsPermission = (held: readonly KeyPermission[], needed: KeyPermission): boolean =>
  held.includes('admin') || held.includes(needed) || (needed === 'read' && held.includes('write'))

/** Narrows to a person. Endpoints that accept only sessions use it. */
export function sessionCaller(caller: Caller): SessionCaller {
  if (caller.kind === 'session') return caller
  throw new Error(`an endpoint for sessions was reached by ${caller.kind}`)
}

/** Narrows to who acts for a whole organization. Endpoints that accept only keys and sessions use it. */
export function consoleCaller(caller: Caller): KeyCaller | SessionCaller {
  if (caller.kind === 'key' || caller.kind === 'session') return caller
  throw new Error(`an endpoint for keys and sessions was reached by ${caller.kind}`)
}
