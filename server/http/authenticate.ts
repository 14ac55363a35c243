import type { Request } from 'express'
import type { Context } from '../context.ts'
import {
  BadRequest,
  Forbidden,
  forbidden,
  ParleyError,
  passwordChangeRequired,
  Unauthorized,
  unauthorized,
} from '../errors.ts'
import { isKeyShaped } from '../keys/key-format.ts'
import { type Caller, type Environment, fulfils, holdsPermission, type SessionCaller } from './caller.ts'
import type { Endpoint, Needs } from './endpoint.ts'

/**
 * Who calls, looking only at the kinds of credential that the endpoint accepts, in the order key, OAuth token, room
 * member token, session, nobody; a credential that is there and bad fails (contract/openvidu-meet.md 0.5).
 * Throws Unauthorized or Forbidden.
 */
export async function authenticate(
  ctx: Context,
  req: Request,
  { needs, scope }: Pick<Endpoint, 'needs' | 'scope'>,
): Promise<Caller> {
  if (needs.key !== undefined) {
    const key = sentKey(ctx, req, needs)
    if (key !== undefined) {
      const caller = await ctx.keys.verify(key, req.ip ?? '')
      if (!holdsPermission(caller.permissions, needs.key))
        throw new Forbidden(
          'permission_denied',
          `This key may not do that: it needs the permission '${needs.key}'`,
          {
            error: `Insufficient permission. Required: ${needs.key}`,
          },
        )
      return caller
    }
  }
  if (needs.key !== undefined || scope !== undefined) {
    const token = bearer(req.get('authorization'))
    if (token !== undefined && ctx.oauth.isAccessToken(token)) return byAccessToken(ctx, token, needs, scope)
  }
  if (needs.roomMember !== undefined) {
    const token = bearer(req.get('x-room-member-token')) ?? queryText(req, 'roomMemberToken')
    if (token !== undefined) {
      const caller = await ctx.entry.verify(token)
      if (caller === null) throw new Unauthorized('auth_invalid', 'Invalid token')
      if (needs.roomMember !== true && !caller.claims.permissions[needs.roomMember]) throw forbidden()
      return caller
    }
  }
  if (needs.session !== undefined) {
    const found = await sessionOf(ctx, req, needs).catch((err: unknown) => {
      if (needs.isSessionOptional === true && err instanceof ParleyError) return err
      throw err
    })
    if (found instanceof ParleyError) return { kind: 'nobody', refused: found }
    if (found !== null) return found
  }
  if (needs.anonymous === true) return { kind: 'nobody' }
  throw unauthorized()
}

/** An OAuth client: it needs the scope, and its user the role. */
async function byAccessToken(
  ctx: Context,
  token: string,
  needs: Needs,
  scope: Endpoint['scope'],
): Promise<Caller> {
  const caller = await ctx.oauth.verify(token)
  if (scope !== 'any' && (scope === undefined || !caller.app.scopes.includes(scope)))
    throw insufficientScope(scope)
  if (caller.mustChangePassword) throw passwordChangeRequired()
  if (needs.session !== undefined && !fulfils(caller, needs.session))
    throw forbidden('Insufficient permissions')
  return caller
}

/** RFC 6750 3.1; the text is what Lyra's clients show. */
function insufficientScope(scope: string | undefined): Forbidden {
  const needed = scope === undefined ? '' : `, scope="${scope}"`
  return new Forbidden(
    'insufficient_scope',
    scope === undefined
      ? 'No scope allows this: OAuth clients cannot do it'
      : `This app was not given the scope '${scope}'`,
    {
      error: scope === undefined ? 'Insufficient scope' : `Insufficient scope. Required: ${scope}`,
      headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope"${needed}` },
    },
  )
}

/** The console user behind an access token (header or query) or the cookie, who may call this; null: none was sent. */
async function sessionOf(ctx: Context, req: Request, needs: Needs): Promise<SessionCaller | null> {
  const token = sentAccessToken(req)
  const caller =
    token === undefined
      ? await ctx.sessions.authenticate(req.headers, environmentOf(req))
      : await ctx.accessTokens.authenticate(token, environmentOf(req))
  if (caller === null) return null
  if (caller.via === 'cookie') refuseForeignSite(req)
  if (caller.mustChangePassword && needs.duringPasswordChange !== true) throw passwordChangeRequired()
  if (!fulfils(caller, needs.session ?? 'member')) throw forbidden('Insufficient permissions')
  return caller
}

/** A JWT after `Authorization: Bearer`, or in the query. */
function sentAccessToken(req: Request): string | undefined {
  const inHeader = bearer(req.get('authorization'))
  return inHeader?.split('.').length === 3 ? inHeader : queryText(req, 'accessToken')
}

/** The key in X-API-KEY or after `Authorization: Bearer`; two that differ are refused. */
function sentKey(ctx: Context, req: Request, needs: Needs): string | undefined {
  const inHeader = req.get('x-api-key')?.trim()
  const inBearer = bearer(req.get('authorization'))
  // A bearer with two dots is a JWT, never one of our keys; beside a room member token only a plain key counts.
  const isJwt = inBearer !== undefined && inBearer.split('.').length === 3
  const hasMemberToken =
    needs.roomMember !== undefined && bearer(req.get('x-room-member-token')) !== undefined
  const isOAuth = inBearer !== undefined && ctx.oauth.isAccessToken(inBearer)
  const isOther = isJwt || isOAuth || (hasMemberToken && inBearer !== undefined && !isKeyShaped(inBearer))
  const key = isOther ? undefined : inBearer
  if (inHeader === undefined || inHeader === '') return key
  if (key !== undefined && key !== inHeader && isKeyShaped(key))
    throw new BadRequest('auth_ambiguous', 'X-API-KEY and Authorization hold different keys: send one')
  return inHeader
}

const bearer = (header: string | undefined): string | undefined => header?.match(/^Bearer +(\S+)$/i)?.[1]
const queryText = (req: Request, name: string): string | undefined => {
  const value = req.query[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
/** Pictures and media that a page shows by their address cannot send a header. */
const environmentOf = (req: Request): Environment =>
  (req.get('x-environment') ?? queryText(req, 'environment')) === 'test' ? 'test' : 'live'

/**
 * A session cookie travels by itself, so a request that changes something must come from a page of ours: the
 * browser says so in Sec-Fetch-Site or Origin (Fetch Metadata; RFC 6454).
 */
function refuseForeignSite(req: Request): void {
  if (req.method === 'GET' || req.method === 'HEAD') return
  const origin = req.get('origin')
  const isOwn = origin === undefined ? req.get('sec-fetch-site') === 'same-origin' : sameHost(origin, req)
  if (!isOwn) throw new Forbidden('foreign_site', 'This request did not come from a page of this server')
}

function sameHost(origin: string, req: Request): boolean {
  try {
    const url = new URL(origin)
    return url.host === req.get('host') && url.protocol === `${req.protocol}:`
  } catch {
    return false
  }
}
