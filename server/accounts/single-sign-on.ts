import * as client from 'openid-client'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Database, Db } from '../db/open.ts'
import { Forbidden, ParleyError, Unavailable } from '../errors.ts'
import { newId, randomLower } from '../ids.ts'
import type { Logger } from '../log.ts'
import { slugOf } from '../slug.ts'
import type { Vault } from '../vault.ts'
import type { Origin } from './access-tokens.ts'
import { acceptAllFor, findVerified } from './invitations.ts'
import type { Sessions, SignedIn } from './sessions.ts'
import { findFirstOrganization, insertMembership, libraryTime } from './store.ts'
import { findUserByLogin, insertUser, releaseUnverifiedEmail } from './user-store.ts'

const PROVIDER = 'oidc'
const FLOW_MS = 10 * 60_000
const SEALED_FOR = 'single sign-on'

interface Options {
  database: Database
  clock: Clock
  vault: Vault
  sessions: Sessions
  log: Logger
  oidc: NonNullable<Config['oidc']>
}

/** What a browser keeps, sealed, while it is at the provider. */
interface Flow {
  state: string
  nonce: string
  verifier: string
  redirectUri: string
  redirectTo: string
  startedAt: number
}

/** Who the provider says it is. */
interface Person {
  subject: string
  email: string | null
  isEmailVerified: boolean
  name: string
  username: string
}

/**
 * Sign-in by an OpenID Connect provider: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, RFC
 * 7636).
 */
export class SingleSignOn {
  readonly #db: Db
  readonly #clock: Clock
  readonly #vault: Vault
  readonly #sessions: Sessions
  readonly #log: Logger
  readonly #oidc: Options['oidc']
  #provider: Promise<client.Configuration> | undefined

  constructor(options: Options) {
    this.#db = options.database.db
    this.#clock = options.clock
    this.#vault = options.vault
    this.#sessions = options.sessions
    this.#log = options.log
    this.#oidc = options.oidc
  }

  /** What the button calls it. */
  get name(): string {
    return this.#oidc.name
  }

  /** Where to send the browser, and what it has to bring back in a cookie. Throws Unavailable `sso_unreachable`. */
  async begin(baseUrl: string, redirectTo: string): Promise<{ url: string; flow: string; maxAgeMs: number }> {
    const provider = await this.#discover()
    const verifier = client.randomPKCECodeVerifier()
    const flow: Flow = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier,
      redirectUri: `${baseUrl}/internal-api/v1/sso/callback`,
      redirectTo,
      startedAt: this.#clock.now(),
    }
    const url = client.buildAuthorizationUrl(provider, {
      redirect_uri: flow.redirectUri,
      scope: 'openid email profile',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: flow.state,
      nonce: flow.nonce,
    })
    return { url: url.href, flow: this.#vault.seal(JSON.stringify(flow), SEALED_FOR), maxAgeMs: FLOW_MS }
  }

  /**
   * Signs in who comes back from the provider. `query` is what they came with, `sealed` their cookie. Throws Forbidden
   * `sso_failed`, `sso_unknown_user`, `sso_email_unverified`.
   */
  async finish(
    query: URLSearchParams,
    sealed: string | undefined,
    origin: Origin,
  ): Promise<SignedIn & { redirectTo: string }> {
    const opened = sealed === undefined ? null : this.#vault.open(sealed, SEALED_FOR)
    const flow = opened === null ? null : (JSON.parse(opened) as Flow)
    if (flow === null || this.#clock.now() - flow.startedAt > FLOW_MS)
      throw new Forbidden('sso_failed', 'That took too long, or began in another browser: try again')
    const person = await this.#ask(flow, query)
    const userId = await this.#db.transaction().execute((tx) => this.#userOf(tx, person, origin.ip))
    return { ...(await this.#sessions.open(userId, origin)), redirectTo: flow.redirectTo }
  }

  async #ask(flow: Flow, query: URLSearchParams): Promise<Person> {
    try {
      const provider = await this.#discover()
      const back = new URL(flow.redirectUri)
      back.search = query.toString()
      const tokens = await client.authorizationCodeGrant(provider, back, {
        pkceCodeVerifier: flow.verifier,
        expectedState: flow.state,
        expectedNonce: flow.nonce,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (claims === undefined) throw new Error('the provider sent no ID token')
      // Many providers put no more than the subject into the ID token.
      const info =
        claims.email === undefined
          ? await client.fetchUserInfo(provider, tokens.access_token, claims.sub)
          : claims
      const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null)
      const email = text(info.email)?.toLowerCase() ?? null
      return {
        subject: `${provider.serverMetadata().issuer} ${claims.sub}`,
        email,
        isEmailVerified: email !== null && info.email_verified === true,
        name: (text(info.name) ?? text(info.preferred_username) ?? email ?? 'User').slice(0, 50),
        username: text(info.preferred_username) ?? email?.split('@')[0] ?? 'user',
      }
    } catch (cause) {
      if (cause instanceof ParleyError) throw cause
      this.#log.warn({ err: cause }, 'a single sign-on failed')
      throw new Forbidden('sso_failed', `${this.name} did not confirm who you are: try again`, { cause })
    }
  }

  /**
   * The user behind the provider's subject. One that is new is linked to the account whose proven address it is; else
   * they become a user where they are invited, or everybody may. An account that only claims the address is left alone,
   * and its claim ends.
   */
  async #userOf(tx: Db, person: Person, ip: string): Promise<string> {
    const known = await tx
      .selectFrom('account')
      .select('userId')
      .where('providerId', '=', PROVIDER)
      .where('accountId', '=', person.subject)
      .executeTakeFirst()
    if (known !== undefined) return known.userId
    const { email } = person
    if (email === null || !person.isEmailVerified)
      throw new Forbidden(
        'sso_email_unverified',
        `${this.name} does not say that your e-mail address is yours: ask its administrator`,
      )
    const now = this.#clock.now()
    const existing = await findVerified(tx, email)
    const userId = existing?.id ?? (await this.#newUser(tx, { ...person, email }, now, ip))
    await tx
      .insertInto('account')
      .values({
        id: newId('account'),
        accountId: person.subject,
        providerId: PROVIDER,
        userId,
        password: null,
        createdAt: libraryTime(now),
        updatedAt: libraryTime(now),
      })
      .execute()
    await audit(tx, now, {
      orgId: (await findFirstOrganization(tx))?.id ?? null,
      caller: { kind: 'nobody' },
      action: 'single_sign_on.linked',
      target: existing?.username ?? email,
      ip,
    })
    return userId
  }

  async #newUser(tx: Db, person: Person & { email: string }, now: number, ip: string): Promise<string> {
    const { email } = person
    await releaseUnverifiedEmail(tx, email)
    const username = await freeUsername(tx, person.username)
    const userId = await insertUser(tx, now, {
      username,
      name: person.name,
      email,
      emailVerified: true,
      passwordHash: null,
      mustChangePassword: false,
    })
    if (userId === null) throw new Forbidden('sso_failed', 'Somebody took this user name just now: try again')
    const invited = await acceptAllFor(tx, { userId, username, email }, now, ip)
    if (invited > 0) return userId
    const first = await findFirstOrganization(tx)
    // The transaction goes back with all it wrote: nothing is left of who may not come in.
    if (this.#oidc.newUsers !== 'members' || first === undefined)
      throw new Forbidden('sso_unknown_user', 'You have no account here: ask an administrator to invite you')
    await insertMembership(tx, { orgId: first.id, userId, role: 'member', canCreateRooms: 1, at: now })
    await audit(tx, now, {
      orgId: first.id,
      caller: { kind: 'nobody' },
      action: 'user.created',
      target: username,
      ip,
      details: { role: 'room_manager', by: 'single sign-on' },
    })
    return userId
  }

  #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#oidc
    const url = new URL(issuer)
    const execute = url.protocol === 'http:' ? [client.allowInsecureRequests] : []
    this.#provider ??= client
      .discovery(url, clientId, clientSecret, undefined, { execute, timeout: 10 })
      .catch((cause: unknown) => {
        this.#provider = undefined
        this.#log.error({ err: cause, issuer }, 'the provider for single sign-on cannot be reached')
        throw new Unavailable('sso_unreachable', `${this.name} cannot be reached: try again later`, { cause })
      })
    return this.#provider
  }
}

/** The name itself, or with a few characters behind it where it is taken. */
async function freeUsername(tx: Db, wanted: string): Promise<string> {
  const base = slugOf(wanted, 'user').slice(0, 20).padEnd(3, '_')
  if ((await findUserByLogin(tx, base)) === undefined) return base
  return `${base.slice(0, 13)}_${randomLower(6)}`
}
