import { jwtVerify, SignJWT } from 'jose'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import { BadRequest, Forbidden, Unauthorized } from '../errors.ts'
import type { Environment, SessionCaller } from '../http/caller.ts'
import { newId, randomLower } from '../ids.ts'
import { callerOf } from './sessions.ts'
import { findMembership, isSet, listMemberships } from './store.ts'
import { findUserById, type UserRow } from './user-store.ts'

/** A sign-in by the API: as long as its refresh tokens are used, and no access token without it. */
export interface AccessSessionTable {
  id: string
  userId: string
  orgId: string
  createdAt: number
  expiresAt: number
  /** Id of the refresh token that counts; null where there is none. */
  refreshId: string | null
  /** The one before it, which an answer that got lost may bring back for a moment. */
  previousRefreshId: string | null
  rotatedAt: number | null
  ip: string
  userAgent: string
}

const ACCESS_MS = 2 * 3_600_000
const REFRESH_MS = 24 * 3_600_000
const FORCED_CHANGE_MS = 15 * 60_000
const REPLAY_MS = 10_000

interface Options {
  database: Database
  clock: Clock
  /** Key for HS256, from secrets.ts. */
  secret: string
}

/** Where a sign-in comes from. */
export interface Origin {
  ip: string
  userAgent: string
}

/** `refreshToken` is missing for who has to change the password first. */
export interface Tokens {
  accessToken: string
  refreshToken?: string
}

interface Claims {
  kind: 'access' | 'refresh'
  userId: string
  sessionId: string
  tokenId: string
}

/** Bearer tokens of console users, as OpenVidu's clients use them (contract/openvidu-meet.md 5.4). */
export class AccessTokens {
  readonly #db: Db
  readonly #clock: Clock
  readonly #key: Uint8Array

  constructor({ database, clock, secret }: Options) {
    this.#db = database.db
    this.#clock = clock
    this.#key = Buffer.from(secret, 'base64url')
  }

  /** Begins a session for a user who has been made sure of, in their first organization. */
  async begin(user: UserRow, origin: Origin): Promise<Tokens> {
    const [membership] = await listMemberships(this.#db, user.id)
    if (membership === undefined) throw unknownSubject()
    const now = this.#clock.now()
    const isForced = isSet(user.mustChangePassword)
    const id = newId('access')
    const refreshId = isForced ? null : randomLower(20)
    const caller = { ...callerOf(user, membership, 'live'), via: 'token', sessionId: id } as const
    await this.#db.transaction().execute(async (tx) => {
      await tx.deleteFrom('accessSession').where('expiresAt', '<', now).execute()
      await tx
        .insertInto('accessSession')
        .values({
          id,
          userId: user.id,
          orgId: membership.orgId,
          createdAt: now,
          expiresAt: now + (isForced ? FORCED_CHANGE_MS : REFRESH_MS),
          refreshId,
          previousRefreshId: null,
          rotatedAt: null,
          ...origin,
        })
        .execute()
      await audit(tx, now, { orgId: membership.orgId, caller, action: 'session.created', ip: origin.ip })
    })
    return this.#tokens(user.id, id, refreshId)
  }

  /** The same, for a user by id. */
  async beginFor(userId: string, origin: Origin): Promise<Tokens> {
    const user = await findUserById(this.#db, userId)
    if (user === undefined) throw unknownSubject()
    return this.begin(user, origin)
  }

  async #tokens(userId: string, sessionId: string, refreshId: string | null): Promise<Tokens> {
    const life = refreshId === null ? FORCED_CHANGE_MS : ACCESS_MS
    const accessToken = await this.#sign('access', userId, sessionId, randomLower(20), life)
    if (refreshId === null) return { accessToken }
    return {
      accessToken,
      refreshToken: await this.#sign('refresh', userId, sessionId, refreshId, REFRESH_MS),
    }
  }

  #sign(kind: Claims['kind'], userId: string, sessionId: string, tokenId: string, lifeMs: number) {
    const now = this.#clock.now()
    return new SignJWT({ kind, sid: sessionId })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(userId)
      .setJti(tokenId)
      .setIssuedAt(new Date(now))
      .setExpirationTime(new Date(now + lifeMs))
      .sign(this.#key)
  }

  /**
   * Who an access token belongs to. Throws Unauthorized for a token that is bad, expired, of another kind, or whose
   * session has ended; Forbidden when its user is gone.
   */
  async authenticate(token: string, environment: Environment): Promise<SessionCaller> {
    const claims = await this.#verify(token)
    if (claims?.kind !== 'access') throw invalidToken()
    const { user, session } = await this.#find(claims)
    if (session === undefined) throw invalidToken()
    const membership = await findMembership(this.#db, session.orgId, user.id)
    if (membership === undefined) throw unknownSubject()
    return { ...callerOf(user, membership, environment), via: 'token', sessionId: session.id }
  }

  /**
   * Fresh tokens for a refresh token, which counts once: its return later than an answer may take to get lost ends the
   * session. Throws BadRequest for one that does not count, Forbidden when its user is gone.
   */
  async refresh(token: string | undefined): Promise<Tokens> {
    if (token === undefined)
      throw new BadRequest('refresh_token_missing', 'No refresh token provided', REFRESH_ERROR)
    const claims = await this.#verify(token)
    if (claims?.kind !== 'refresh') throw invalidRefresh()
    const { user, session } = await this.#find(claims)
    if (session === undefined) throw invalidRefresh()
    if ((await findMembership(this.#db, session.orgId, user.id)) === undefined) throw unknownSubject()
    const now = this.#clock.now()
    const isReplay = session.previousRefreshId === claims.tokenId
    if (isReplay && now - (session.rotatedAt ?? 0) > REPLAY_MS) await this.end(session.id)
    const refreshId = randomLower(20)
    const { numUpdatedRows } = await this.#db
      .updateTable('accessSession')
      .set({ refreshId, previousRefreshId: claims.tokenId, rotatedAt: now, expiresAt: now + REFRESH_MS })
      .where('id', '=', session.id)
      // Two at once: the second finds the first one's token in its place, and its own as the previous one.
      .where((eb) =>
        eb.or([eb('refreshId', '=', claims.tokenId), eb('previousRefreshId', '=', claims.tokenId)]),
      )
      .executeTakeFirstOrThrow()
    if (numUpdatedRows !== 1n) throw invalidRefresh()
    return this.#tokens(user.id, session.id, refreshId)
  }

  /** Ends one session; its tokens count no more from the next request on. */
  async end(sessionId: string): Promise<void> {
    await this.#db.deleteFrom('accessSession').where('id', '=', sessionId).execute()
  }

  async #verify(token: string): Promise<Claims | null> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: ['HS256'],
        currentDate: new Date(this.#clock.now()),
      })
      const { kind, sub, sid, jti } = payload
      if ((kind !== 'access' && kind !== 'refresh') || typeof sid !== 'string') return null
      return sub === undefined || jti === undefined
        ? null
        : { kind, userId: sub, sessionId: sid, tokenId: jti }
    } catch {
      return null
    }
  }

  async #find(claims: Claims) {
    const user = await findUserById(this.#db, claims.userId)
    if (user === undefined) throw unknownSubject()
    const session = await this.#db
      .selectFrom('accessSession')
      .selectAll()
      .where('id', '=', claims.sessionId)
      .where('userId', '=', user.id)
      .where('expiresAt', '>', this.#clock.now())
      .executeTakeFirst()
    return { user, session }
  }
}

const REFRESH_ERROR = { error: 'Refresh Token Error' }
const invalidToken = () => new Unauthorized('auth_invalid', 'Invalid token')
const unknownSubject = () => new Forbidden('token_subject_unknown', 'Invalid token subject')
const invalidRefresh = () => new BadRequest('refresh_token_invalid', 'Invalid refresh token', REFRESH_ERROR)
