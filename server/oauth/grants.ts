import OAuth2Server from '@node-oauth/oauth2-server'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Database, Db } from '../db/open.ts'
import { BadRequest, NotFound } from '../errors.ts'
import type { SessionCaller } from '../http/caller.ts'
import type { Scope } from '../http/endpoint.ts'
import { newId } from '../ids.ts'
import { hashKey, mintSecret } from '../keys/key-format.ts'
import type { Logger } from '../log.ts'
import { faultOf } from './faults.ts'
import { libraryClient } from './model.ts'
import { authorizeParameters, isChallenge, OAuthFault, type Parameters, withParameters } from './request.ts'
import { isScope, scopesOf } from './scopes.ts'
import {
  type ClientRow,
  deleteGrant,
  findClient,
  findGrant,
  insertAuthorization,
  listGrants,
  putGrant,
} from './store.ts'

/** RFC 6749 4.1.2 asks for 10 minutes at most; a browser needs seconds. */
const CODE_SECONDS = 60

interface Options {
  database: Database
  config: Config
  clock: Clock
  log: Logger
}

/** A request for consent that may be answered: its client and address are right. */
export interface AuthorizationRequest {
  client: ClientRow
  /** Where the answer goes. */
  redirectUri: string
  state: string | undefined
  scopes: Scope[]
  parameters: Parameters
}

/**
 * Users let clients act for them (RFC 6749 4.1.1, 7636, 9207): requests for consent, the codes that come of it, and its
 * end.
 */
export class OAuthGrants {
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

  /**
   * Client and redirect URI of a request for consent. Throws BadRequest `oauth_client_unknown` or
   * `oauth_redirect_mismatch`, which are told to the user and never to the address (RFC 6749 4.1.2.1).
   */
  async #readClient(parameters: Parameters): Promise<{ client: ClientRow; redirectUri: string }> {
    const { values, repeated } = parameters
    const id = values['client_id']
    const client =
      id === undefined || repeated.includes('client_id') ? undefined : await findClient(this.#db, id)
    if (client === undefined)
      throw new BadRequest(
        'oauth_client_unknown',
        'The app that sent you here is not registered on this server: tell its maker',
      )
    const registered = JSON.parse(client.redirectUris) as string[]
    const sent = values['redirect_uri']
    const redirectUri = sent ?? (registered.length === 1 ? registered[0] : undefined)
    if (redirectUri === undefined || !registered.includes(redirectUri) || repeated.includes('redirect_uri'))
      throw new BadRequest(
        'oauth_redirect_mismatch',
        `The address that ${client.name} wants you sent back to is not registered for it: tell its maker`,
      )
    return { client, redirectUri }
  }

  /**
   * Checks a request for consent without effect. Returns it, or where to send the user instead when it has a fault
   * of RFC 6749 4.1.2.1. Throws BadRequest where nobody may be redirected. `search` is the query as it came.
   */
  async checkRequest(
    search: string,
    issuer: string,
  ): Promise<{ request: AuthorizationRequest } | { redirectTo: string }> {
    const parameters = authorizeParameters(search)
    const { client, redirectUri } = await this.#readClient(parameters)
    const state = parameters.values['state']
    try {
      const { scope } = await this.#authorize(client, parameters, async (code) => code)
      return { request: { client, redirectUri, state, scopes: scope as Scope[], parameters } }
    } catch (err) {
      return { redirectTo: this.#faultRedirect(err, { redirectUri, state }, issuer) }
    }
  }

  /** Where the user is sent when too many requests come from their address. Throws BadRequest as checkRequest does. */
  async tooManyRequests(search: string, issuer: string): Promise<string> {
    const parameters = authorizeParameters(search)
    const { redirectUri } = await this.#readClient(parameters)
    const fault = new OAuthFault('temporarily_unavailable', 'Too many requests: try again in a minute')
    return this.#faultRedirect(fault, { redirectUri, state: parameters.values['state'] }, issuer)
  }

  /** What the user decided. Returns where to send them. Throws BadRequest as checkRequest does. */
  async decide(
    caller: SessionCaller,
    search: string,
    isApproved: boolean,
    { issuer, ip }: { issuer: string; ip: string },
  ): Promise<string> {
    const parameters = authorizeParameters(search)
    const { client, redirectUri } = await this.#readClient(parameters)
    const state = parameters.values['state']
    try {
      if (!isApproved) throw new OAuthFault('access_denied', 'The user refused')
      await this.#checkApiAccess(caller.orgId)
      const code = await this.#authorize(client, parameters, (wanted) =>
        this.#grant(
          caller,
          client,
          { ...wanted, redirectUri: parameters.values['redirect_uri'] ?? null },
          ip,
        ),
      )
      return withParameters(redirectUri, { code: code.authorizationCode, state, iss: issuer })
    } catch (err) {
      return this.#faultRedirect(err, { redirectUri, state }, issuer)
    }
  }

  async #checkApiAccess(orgId: string): Promise<void> {
    const { apiAccess } = await this.#db
      .selectFrom('organization')
      .select('apiAccess')
      .where('id', '=', orgId)
      .executeTakeFirstOrThrow()
    if (apiAccess !== 1)
      throw new OAuthFault('unauthorized_client', 'API access is switched off for the organization')
  }

  /** The library's rules for an authorization request; `save` keeps the code, or only looks at it. */
  async #authorize<T extends CodeWanted>(
    client: ClientRow,
    { values, repeated }: Parameters,
    save: (code: CodeWanted) => Promise<T>,
  ): Promise<T> {
    if (repeated.length > 0)
      throw new OAuthFault('invalid_request', `Parameter sent more than once: ${repeated.join(', ')}`)
    if (client.apiAccess !== 1)
      throw new OAuthFault(
        'unauthorized_client',
        'API access is switched off for the organization of this client',
      )
    const challenge = values['code_challenge']
    if (challenge === undefined && client.secretHash === null)
      throw new OAuthFault('invalid_request', 'A public client has to send a code_challenge (PKCE)')
    if (challenge === undefined && values['code_challenge_method'] !== undefined)
      throw new OAuthFault('invalid_request', 'code_challenge_method needs a code_challenge')
    // RFC 7636 4.3 takes a challenge without a method for `plain`, which is not offered.
    if (challenge !== undefined && (values['code_challenge_method'] !== 'S256' || !isChallenge(challenge)))
      throw new OAuthFault(
        'invalid_request',
        'code_challenge has to be a SHA-256 with code_challenge_method=S256',
      )
    let saved: T | undefined
    const server = new OAuth2Server({
      model: {
        getClient: async () => libraryClient(client),
        getAccessToken: async () => undefined,
        getAuthorizationCode: async () => undefined,
        revokeAuthorizationCode: async () => false,
        saveToken: async () => undefined,
        generateAuthorizationCode: async () => mintSecret(this.#prefix, 'code').key,
        validateScope: async (_user, _client, scope) => validScopes(client, scope),
        saveAuthorizationCode: async (code, _client, user) => {
          saved = await save(code)
          return { ...code, client: libraryClient(client), user }
        },
      },
    })
    await server.authorize(
      new OAuth2Server.Request({ method: 'GET', headers: {}, query: values }),
      new OAuth2Server.Response(),
      {
        authenticateHandler: { handle: () => ({ isSignedIn: true }) },
        allowEmptyState: true,
        authorizationCodeLifetime: CODE_SECONDS,
      },
    )
    if (saved === undefined) throw new Error('the library made no code')
    return saved
  }

  async #grant(
    caller: SessionCaller,
    client: ClientRow,
    code: CodeWanted & { redirectUri: string | null },
    ip: string,
  ): Promise<CodeWanted> {
    const now = this.#clock.now()
    const scopes = (code.scope ?? []).join(' ')
    await this.#db.transaction().execute(async (tx) => {
      const grantId = await putGrant(tx, {
        id: newId('grant'),
        clientId: client.id,
        userId: caller.userId,
        orgId: caller.orgId,
        scopes,
        createdAt: now,
        lastUsedAt: null,
      })
      await insertAuthorization(tx, {
        id: newId('authorization'),
        grantId,
        codeHash: hashKey(code.authorizationCode),
        redirectUri: code.redirectUri,
        scopes,
        codeChallenge: code.codeChallenge ?? null,
        codeExpiresAt: now + CODE_SECONDS * 1000,
        usedAt: null,
        revokedAt: null,
      })
      await audit(tx, now, {
        orgId: caller.orgId,
        caller,
        action: 'oauth.granted',
        target: client.id,
        ip,
        details: { client: client.name, scopes },
      })
    })
    return code
  }

  #faultRedirect(
    err: unknown,
    { redirectUri, state }: { redirectUri: string; state: string | undefined },
    issuer: string,
  ): string {
    const { error, description } = faultOf(err, this.#log)
    return withParameters(redirectUri, { error, error_description: description, state, iss: issuer })
  }

  /** What a user lets apps do. */
  async grants(userId: string) {
    const rows = await listGrants(this.#db, userId)
    return rows.map((row) => ({
      id: row.id,
      clientName: row.clientName,
      organization: row.organizationName,
      scopes: scopesOf(row.scopes),
      createdAt: new Date(row.createdAt).toISOString(),
      lastUsedAt: row.lastUsedAt === null ? null : new Date(row.lastUsedAt).toISOString(),
    }))
  }

  /** Withdraws a consent: every token of it is refused from the next request on. Throws NotFound. */
  async withdraw(caller: SessionCaller, id: string, ip: string): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      const grant = await findGrant(tx, caller.userId, id)
      if (grant === undefined)
        throw new NotFound('oauth_grant_not_found', `There is no app ${id} with access to your account`)
      await deleteGrant(tx, caller.userId, id)
      await audit(tx, this.#clock.now(), {
        orgId: grant.orgId,
        caller,
        action: 'oauth.withdrawn',
        target: grant.clientId,
        ip,
      })
    })
  }
}

type CodeWanted = Pick<OAuth2Server.AuthorizationCode, 'authorizationCode' | 'scope' | 'codeChallenge'>

/** None asked for: all that the client is registered for (RFC 6749 3.3). */
function validScopes(client: ClientRow, wanted: string[] | undefined): string[] | undefined {
  const allowed = scopesOf(client.scopes)
  if (wanted === undefined) return allowed
  const scopes = [...new Set(wanted)]
  return scopes.every((scope) => isScope(scope) && allowed.includes(scope)) ? scopes : undefined
}
