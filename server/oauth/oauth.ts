import OAuth2Server from '@node-oauth/oauth2-server'
import { audit } from '../audit/audit.ts'
import { callerOf as userCallerOf } from '../accounts/sessions.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Database, Db } from '../db/open.ts'
import { Forbidden, Unauthorized } from '../errors.ts'
import type { SessionCaller } from '../http/caller.ts'
import { classifySecret, hashKey } from '../keys/key-format.ts'
import type { Logger } from '../log.ts'
import { faultOf } from './faults.ts'
import { GRANT_TYPES, tokenModel } from './model.ts'
import { clientCredentials, OAuthFault, type Parameters } from './request.ts'
import { scopesOf } from './scopes.ts'
import {
  deleteExpired,
  deleteToken,
  findToken,
  findTokenOwner,
  revokeAuthorization,
  type TokenRow,
} from './store.ts'

const ACCESS_SECONDS = 3600
/** Each refresh begins it anew. */
const REFRESH_SECONDS = 60 * 24 * 3600
/** The word after the prefix by which a bearer is known to be an OAuth token. */
export const ACCESS_KIND = 'oauth'

interface Options {
  database: Database
  config: Config
  clock: Clock
  log: Logger
}

/** An answer of the token or revocation endpoint. */
export interface TokenAnswer {
  status: number
  headers: Record<string, string>
  body: Record<string, unknown> | null
}

/**
 * The tokens of the authorization server (RFC 6749, 7009): clients exchange codes and refresh tokens, and the API learns
 * who a bearer is. How a code comes about: grants.ts. Grant types, PKCE and errors are @node-oauth/oauth2-server's.
 */
export class OAuth {
  readonly #db: Db
  readonly #prefix: string
  readonly #clock: Clock
  readonly #log: Logger

  constructor(options: Options) {
    this.#db = options.database.db
    this.#prefix = options.config.keys.prefix
    this.#clock = options.clock
    this.#log = options.log
  }

  /** The token endpoint (RFC 6749 3.2): a form and the Authorization header to a token or an error of 5.2. */
  async token(parameters: Parameters, authorization: string | undefined, ip: string): Promise<TokenAnswer> {
    try {
      const form = readClient(parameters, authorization)
      const grantType = form['grant_type'] ?? ''
      if (grantType !== '' && !(GRANT_TYPES as readonly string[]).includes(grantType))
        throw new OAuthFault('unsupported_grant_type', `Use one of: ${GRANT_TYPES.join(', ')}`)
      const response = new OAuth2Server.Response()
      // A refusal is kept as well: it may have ended a family of tokens.
      const refusal = await this.#db.transaction().execute(async (tx) => {
        const server = new OAuth2Server({
          model: tokenModel({
            tx,
            clock: this.#clock,
            prefix: this.#prefix,
            form,
            onReplay: ({ orgId, userId, clientId, what }) => {
              this.#log.warn({ clientId, userId }, `a ${what} was used twice: its tokens are revoked`)
              return audit(tx, this.#clock.now(), {
                orgId,
                caller: { kind: 'nobody' },
                action: 'oauth.replayed',
                target: clientId,
                ip,
                details: { what, userId },
              })
            },
          }),
        })
        const request = new OAuth2Server.Request({
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '1' },
          query: {},
          body: form,
        })
        try {
          await server.token(request, response, {
            accessTokenLifetime: ACCESS_SECONDS,
            refreshTokenLifetime: REFRESH_SECONDS,
            // The model knows which clients have a secret, and refuses those that do not send it.
            requireClientAuthentication: { [grantType]: false },
          })
          return null
        } catch (err) {
          if (err instanceof OAuth2Server.OAuthError && !(err instanceof OAuth2Server.ServerError)) return err
          throw err
        }
      })
      if (refusal !== null) throw refusal
      return { status: 200, headers: {}, body: response.body as Record<string, unknown> }
    } catch (err) {
      return this.#refuse(err)
    }
  }

  /** The revocation endpoint (RFC 7009). A refresh token takes its whole family with it. */
  async revoke(parameters: Parameters, authorization: string | undefined): Promise<TokenAnswer> {
    try {
      const form = readClient(parameters, authorization)
      const model = tokenModel({
        tx: this.#db,
        clock: this.#clock,
        prefix: this.#prefix,
        form,
        onReplay: async () => undefined,
      })
      const client = await model.getClient(form['client_id'] ?? '', form['client_secret'])
      if (client === undefined) throw new OAuthFault('invalid_client', 'Unknown client or wrong secret')
      const token = form['token']
      if (token === undefined) throw new OAuthFault('invalid_request', 'Missing parameter: token')
      const owner = await findTokenOwner(this.#db, hashKey(token))
      if (owner !== undefined && owner.clientId !== client.id)
        throw new OAuthFault('invalid_grant', 'This token was given to another client')
      if (owner?.kind === 'refresh')
        await revokeAuthorization(this.#db, owner.authorizationId, this.#clock.now())
      else if (owner !== undefined) await deleteToken(this.#db, hashKey(token))
      return { status: 200, headers: {}, body: null }
    } catch (err) {
      return this.#refuse(err)
    }
  }

  #refuse(err: unknown): TokenAnswer {
    const { error, description } = faultOf(err, this.#log)
    const status = error === 'invalid_client' ? 401 : error === 'server_error' ? 500 : 400
    return {
      status,
      headers: status === 401 ? { 'WWW-Authenticate': 'Basic realm="Parley"' } : {},
      body: { error, error_description: description },
    }
  }

  /** Whether a bearer is one of our OAuth tokens, by its prefix. */
  isAccessToken(bearer: string): boolean {
    return bearer.startsWith(`${this.#prefix}_${ACCESS_KIND}_`)
  }

  /**
   * Who an access token acts for. Throws Unauthorized `auth_invalid`, `auth_revoked` or `auth_expired`, Forbidden
   * `subscription_required`.
   */
  async verify(token: string): Promise<SessionCaller & { app: NonNullable<SessionCaller['app']> }> {
    const row =
      classifySecret(this.#prefix, ACCESS_KIND, token) === 'ours'
        ? await findToken(this.#db, 'access', hashKey(token))
        : undefined
    if (row === undefined) throw refused('auth_invalid', 'Invalid access token')
    if (row.revokedAt !== null) throw refused('auth_revoked', 'This access token has been revoked')
    if (row.expiresAt <= this.#clock.now()) throw refused('auth_expired', 'This access token has expired')
    if (row.apiAccess !== 1)
      throw new Forbidden('subscription_required', 'API access is switched off for this organization')
    return callerOf(row)
  }

  /** Removes codes and tokens that are past their time. */
  clean(): Promise<void> {
    return deleteExpired(this.#db, this.#clock.now())
  }
}

/** The form with the client's credentials in it, wherever they were sent. */
function readClient({ values, repeated }: Parameters, authorization: string | undefined) {
  if (repeated.length > 0)
    throw new OAuthFault('invalid_request', `Parameter sent more than once: ${repeated.join(', ')}`)
  const { id, secret } = clientCredentials(authorization, values)
  if (id === undefined)
    throw new OAuthFault('invalid_client', 'No client_id: send it as Basic or in the body')
  const { client_secret: _, ...form } = values
  return { ...form, client_id: id, ...(secret === undefined ? {} : { client_secret: secret }) } as Record<
    string,
    string
  >
}

function callerOf(row: TokenRow): SessionCaller & { app: NonNullable<SessionCaller['app']> } {
  const allowed = scopesOf(row.clientScopes)
  return {
    ...userCallerOf({ ...row, id: row.userId }, row, 'live'),
    via: 'app',
    sessionId: row.authorizationId,
    app: {
      clientId: row.clientId,
      name: row.clientName,
      scopes: scopesOf(row.scopes).filter((scope) => allowed.includes(scope)),
    },
  }
}

/** RFC 6750 3.1. */
const refused = (code: 'auth_invalid' | 'auth_revoked' | 'auth_expired', message: string) =>
  new Unauthorized(code, message, {
    headers: { 'WWW-Authenticate': `Bearer error="invalid_token", error_description="${message}"` },
  })
