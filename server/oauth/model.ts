import { timingSafeEqual } from 'node:crypto'
import OAuth2Server from '@node-oauth/oauth2-server'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/open.ts'
import { hashKey, mintSecret } from '../keys/key-format.ts'
import {
  type ClientRow,
  findAuthorizationByCode,
  findClient,
  findToken,
  insertTokens,
  revokeAuthorization,
  touchGrant,
  useCode,
  useRefreshToken,
} from './store.ts'

/** What a code or refresh token stands for, as the library passes it from one model function to the next. */
interface Holder {
  authorizationId: string
  grantId: string
  /** All that this family of tokens may do; a single access token may be asked for with less. */
  scopes: string[]
}
const holderOf = (user: OAuth2Server.User): Holder => user as Holder

export const GRANT_TYPES = ['authorization_code', 'refresh_token'] as const

interface Options {
  /** Everything happens in one transaction, so that a token is used up only where its successor is kept. */
  tx: Db
  clock: Clock
  prefix: string
  /** The request's form, for what the library checks too late or not at all. */
  form: Record<string, string>
  /** Told when a code or refresh token comes a second time and its family has been ended. */
  onReplay: (holder: { orgId: string; userId: string; clientId: string; what: string }) => Promise<void>
}

/** What of a client the library needs, and the row behind it. */
export const libraryClient = (row: ClientRow): OAuth2Server.Client => ({
  id: row.id,
  redirectUris: JSON.parse(row.redirectUris) as string[],
  grants: row.apiAccess === 1 ? [...GRANT_TYPES] : [],
  row,
})

/** @node-oauth/oauth2-server's model of the token endpoint over our tables; secrets arrive plain and are stored hashed. */
export function tokenModel({ tx, clock, prefix, form, onReplay }: Options) {
  /** The library compares with the system's clock. */
  const onSystemClock = (at: number) => new Date(Date.now() + (at - clock.now()))
  const fromSystemClock = (at: Date | undefined) => clock.now() + ((at?.getTime() ?? 0) - Date.now())

  const endFamily = async (
    row: { authorizationId: string; orgId: string; userId: string; clientId: string },
    what: string,
  ) => {
    await revokeAuthorization(tx, row.authorizationId, clock.now())
    await onReplay({ orgId: row.orgId, userId: row.userId, clientId: row.clientId, what })
  }

  return {
    getClient: async (id: string, secret: string | null | undefined) => {
      const row = await findClient(tx, id)
      if (row === undefined) return undefined
      const isProven =
        row.secretHash === null
          ? !secret
          : typeof secret === 'string' && isSame(hashKey(secret), row.secretHash)
      return isProven ? libraryClient(row) : undefined
    },

    getAuthorizationCode: async (code: string) => {
      const row = await findAuthorizationByCode(tx, hashKey(code))
      if (row === undefined) return undefined
      if (row.codeUsedAt !== null) {
        await endFamily(row, 'code')
        return undefined
      }
      if (row.revokedAt !== null || row.apiAccess !== 1) return undefined
      if (row.redirectUri !== null && row.redirectUri !== form['redirect_uri'])
        throw new OAuth2Server.InvalidGrantError(
          'Invalid grant: `redirect_uri` is not the one of the authorization request',
        )
      return {
        authorizationCode: code,
        expiresAt: onSystemClock(row.codeExpiresAt),
        scope: row.scopes.split(' '),
        client: { id: row.clientId, grants: [...GRANT_TYPES] },
        user: { ...row, scopes: row.scopes.split(' ') },
        ...(row.codeChallenge === null
          ? {}
          : { codeChallenge: row.codeChallenge, codeChallengeMethod: 'S256' }),
      } as unknown as OAuth2Server.AuthorizationCode
    },

    revokeAuthorizationCode: async ({ user }: OAuth2Server.AuthorizationCode) => {
      const { authorizationId } = holderOf(user)
      const isFirst = await useCode(tx, authorizationId, clock.now())
      // Another request came first with the same code: it was copied.
      if (!isFirst) await endFamily(user as Parameters<typeof endFamily>[0], 'code')
      return isFirst
    },

    getRefreshToken: async (token: string) => {
      const row = await findToken(tx, 'refresh', hashKey(token))
      if (row === undefined) return undefined
      if (row.usedAt !== null) {
        await endFamily(row, 'refresh token')
        return undefined
      }
      if (row.revokedAt !== null || row.apiAccess !== 1) return undefined
      const scopes = row.scopes.split(' ')
      // What the client itself has lost meanwhile is missing from the next token, and from what is said of it.
      const left = scopes.filter((scope) => row.clientScopes.split(' ').includes(scope))
      // The library looks at this only after the token is used up.
      const wanted = form['scope']?.trim().split(/\s+/) ?? []
      const isMore = left.length === 0 || !wanted.every((scope) => left.includes(scope))
      if (row.clientId === form['client_id'] && isMore)
        throw new OAuth2Server.InvalidScopeError('Invalid scope: more was asked for than was granted')
      return {
        refreshToken: token,
        refreshTokenExpiresAt: onSystemClock(row.expiresAt),
        scope: left,
        client: { id: row.clientId, grants: [...GRANT_TYPES] },
        user: { ...row, scopes },
      } satisfies OAuth2Server.RefreshToken
    },

    revokeToken: async ({ refreshToken, user }: OAuth2Server.RefreshToken) => {
      const isFirst = await useRefreshToken(tx, hashKey(refreshToken), clock.now())
      if (!isFirst) await endFamily(user as Parameters<typeof endFamily>[0], 'refresh token')
      return isFirst
    },

    generateAccessToken: async () => mintSecret(prefix, 'oauth').key,
    generateRefreshToken: async () => mintSecret(prefix, 'refresh').key,

    saveToken: async (token: OAuth2Server.Token, client: OAuth2Server.Client, user: OAuth2Server.User) => {
      const { authorizationId, grantId, scopes } = holderOf(user)
      await insertTokens(tx, [
        {
          hash: hashKey(token.accessToken),
          kind: 'access',
          authorizationId,
          scopes: (token.scope ?? scopes).join(' '),
          expiresAt: fromSystemClock(token.accessTokenExpiresAt),
          usedAt: null,
        },
        {
          hash: hashKey(token.refreshToken ?? ''),
          kind: 'refresh',
          authorizationId,
          scopes: scopes.join(' '),
          expiresAt: fromSystemClock(token.refreshTokenExpiresAt),
          usedAt: null,
        },
      ])
      await touchGrant(tx, grantId, clock.now())
      return { ...token, client, user }
    },

    getAccessToken: (): never => {
      throw new Error('access tokens are verified by oauth.ts')
    },
  }
}

const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
