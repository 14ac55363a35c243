import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endpoints } from '../../server/endpoints.ts'
import { eventually, startParley, TestClock, type TestParley } from '../support/parley.ts'

let parley: TestParley
let cookie: string
const clock = new TestClock()
beforeAll(async () => {
  parley = await startParley({ clock })
  cookie = await parley.signIn()
})
afterAll(() => parley.stop())

const CALLBACK = 'https://app.example.com/callback?from=parley'
const ALL_SCOPES = [
  'meeting.read',
  'meeting.create',
  'room.read',
  'room.write',
  'recording.read',
  'recording.write',
  'webhook.read',
  'webhook.create',
  'webhook.delete',
]

interface Client {
  id: string
  secret: string
}

async function register(over: object = {}): Promise<Client> {
  const { status, body } = await parley.call('POST /api/v1/oauth/clients', {
    body: { name: 'Calendar', redirectUris: [CALLBACK], scopes: ALL_SCOPES, ...over },
  })
  expect(status, JSON.stringify(body)).toBe(201)
  return body
}

const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')
const queryOf = (client: Client, over: Record<string, string | undefined> = {}) => {
  const query = new URLSearchParams()
  const all = {
    client_id: client.id,
    redirect_uri: CALLBACK,
    response_type: 'code',
    state: 'st 1',
    ...over,
  }
  for (const [name, value] of Object.entries(all)) if (value !== undefined) query.set(name, value)
  return query.toString()
}
const authorize = (query: string, accept = 'text/html') =>
  parley.call(`GET /oauth/authorize?${query}`, { key: null, headers: { Accept: accept } })
const decide = (query: string, approve = true, who = cookie) =>
  parley.call('POST /internal-api/v1/oauth/decision', { cookie: who, body: { request: query, approve } })
/** What the redirect tells the client. */
const told = (to: string) => {
  expect(to.startsWith(`${CALLBACK}&`)).toBe(true)
  return Object.fromEntries(new URL(to).searchParams)
}

async function codeFor(
  client: Client,
  over: Record<string, string | undefined> = {},
  who = cookie,
): Promise<string> {
  const { status, body } = await decide(queryOf(client, over), true, who)
  expect(status, JSON.stringify(body)).toBe(200)
  return told(body.redirectTo)['code'] ?? ''
}

interface Sent {
  basic?: Client | undefined
  path?: string
  headers?: Record<string, string>
}
async function token(
  form: Record<string, string>,
  { basic, path = '/oauth/token', headers = {} }: Sent = {},
) {
  const response = await fetch(parley.url + path, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      ...(basic === undefined
        ? {}
        : { Authorization: `Basic ${Buffer.from(`${basic.id}:${basic.secret}`).toString('base64')}` }),
      ...headers,
    },
    body: new URLSearchParams(form).toString(),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? null : JSON.parse(text),
  }
}
const exchange = (client: Client, code: string, over: Record<string, string> = {}) =>
  token({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...over }, { basic: client })
const refresh = (client: Client, refreshToken: string, over: Record<string, string> = {}) =>
  token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...over }, { basic: client })

/** A whole sign-in to an access token. */
async function connect(over: object = {}, query: Record<string, string> = {}) {
  const client = await register(over)
  const { status, body } = await exchange(client, await codeFor(client, query))
  expect(status, JSON.stringify(body)).toBe(200)
  return { client, access: body.access_token as string, refresh: body.refresh_token as string }
}
const withBearer = (access: string, route: string, body?: unknown) =>
  parley.call(route, {
    key: null,
    headers: { Authorization: `Bearer ${access}` },
    ...(body === undefined ? {} : { body }),
  })
const outcome = async (access: string, route = 'GET /api/v1/rooms') => {
  const { status, body } = await withBearer(access, route)
  return status === 200 ? 200 : `${status} ${body.code}`
}

describe('the whole way', () => {
  it('from consent to a token of the documented form, which works until it expires', async () => {
    const client = await register()
    expect(client.secret).toMatch(/^parley_secret_[0-9A-Za-z]{32}$/)
    expect((await authorize(queryOf(client))).status).toBe(200)
    const request = await parley.call(
      `GET /internal-api/v1/oauth/request?request=${encodeURIComponent(queryOf(client, { scope: 'room.read meeting.create' }))}`,
      { cookie },
    )
    expect(request).toMatchObject({
      status: 200,
      body: {
        client: { name: 'Calendar', organization: 'My organization', isOwn: true },
        user: { username: 'admin' },
        organization: 'My organization',
        scopes: ['room.read', 'meeting.create'],
        redirectHost: 'app.example.com',
      },
    })
    const decided = await decide(queryOf(client, { scope: 'room.read meeting.create' }))
    const answer = told(decided.body.redirectTo)
    expect(answer).toMatchObject({ from: 'parley', state: 'st 1', iss: parley.url })

    const { status, headers, body } = await exchange(client, answer['code'] ?? '')
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toEqual({
      access_token: expect.stringMatching(/^parley_oauth_[0-9A-Za-z]{32}$/),
      token_type: 'Bearer',
      expires_in: expect.any(Number),
      refresh_token: expect.stringMatching(/^parley_refresh_[0-9A-Za-z]{32}$/),
      scope: 'room.read meeting.create',
    })
    expect(body.expires_in).toBeGreaterThan(3590)
    expect((await withBearer(body.access_token, 'POST /api/v1/auth', {})).body).toMatchObject({
      valid: true,
      userId: 'admin',
      orgId: 'org_first',
      environment: 'live',
      scopes: ['room.read', 'meeting.create'],
    })
    expect(await outcome(body.access_token)).toBe(200)
    clock.advance(3_601_000)
    expect(await outcome(body.access_token)).toBe('401 auth_expired')
  })

  it('keeps no secret, code or token in plain', async () => {
    const { client, access, refresh: refreshToken } = await connect()
    const tables = ['oauthClient', 'oauthGrant', 'oauthAuthorization', 'oauthToken', 'audit'] as const
    for (const table of tables) {
      const rows = JSON.stringify(await parley.ctx.database.db.selectFrom(table).selectAll().execute())
      for (const secret of [client.secret, access, refreshToken]) expect(rows).not.toContain(secret)
    }
    const listed = JSON.stringify((await parley.call('GET /api/v1/oauth/clients')).body)
    expect(listed).not.toContain(client.secret)
  })

  it('of a public client needs PKCE and no secret', async () => {
    const client = await register({ isPublic: true })
    expect(client.secret).toBeNull()
    expect(told((await decide(queryOf(client))).body.redirectTo)).toMatchObject({ error: 'invalid_request' })
    const verifier = randomBytes(32).toString('base64url')
    const pkce = { code_challenge: challengeOf(verifier), code_challenge_method: 'S256' }
    const form = { grant_type: 'authorization_code', redirect_uri: CALLBACK, client_id: client.id }
    const wrong = await token({ ...form, code: await codeFor(client, pkce), code_verifier: 'x'.repeat(43) })
    expect(wrong).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    const missing = await token({ ...form, code: await codeFor(client, pkce) })
    expect(missing).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    const right = await token({ ...form, code: await codeFor(client, pkce), code_verifier: verifier })
    expect(right.status).toBe(200)
    const renewed = await token({
      grant_type: 'refresh_token',
      client_id: client.id,
      refresh_token: right.body.refresh_token,
    })
    expect(renewed.status).toBe(200)
  })

  it('takes the one registered address where none is sent', async () => {
    const client = await register()
    const code = await codeFor(client, { redirect_uri: undefined })
    const { status } = await token({ grant_type: 'authorization_code', code }, { basic: client })
    expect(status).toBe(200)
  })
})

describe('a request for consent', () => {
  it.each([
    ['an unknown client', { client_id: 'client_unknown' }],
    ['no client', { client_id: undefined }],
    ['another address', { redirect_uri: 'https://evil.example.com/callback' }],
    ['a longer address', { redirect_uri: `${CALLBACK}x` }],
    ['the address without its query', { redirect_uri: 'https://app.example.com/callback' }],
    ['the address in other letters', { redirect_uri: CALLBACK.replace('app', 'APP') }],
  ])('with %s is an error page, never a redirect', async (_, over) => {
    const client = await register()
    const query = queryOf(client, over)
    const page = await authorize(query)
    expect(page.status).toBe(400)
    expect(page.headers.get('location')).toBeNull()
    expect(page.headers.get('content-type')).toMatch('text/html')
    const json = await authorize(query, 'application/json')
    expect(json).toMatchObject({ status: 400, body: { code: expect.stringMatching(/^oauth_/) } })
    const decided = await decide(query)
    expect(decided.status).toBe(400)
    expect(decided.body.redirectTo).toBeUndefined()
  })

  it('without an address is an error page where several are registered', async () => {
    const client = await register({ redirectUris: [CALLBACK, 'https://app.example.com/other'] })
    expect((await authorize(queryOf(client, { redirect_uri: undefined }))).status).toBe(400)
  })

  it('with its client or address twice is an error page', async () => {
    const client = await register()
    expect((await authorize(`${queryOf(client)}&client_id=${client.id}`)).status).toBe(400)
    expect((await authorize(`${queryOf(client)}&redirect_uri=${encodeURIComponent(CALLBACK)}`)).status).toBe(
      400,
    )
  })

  it.each([
    ['invalid_request', { response_type: undefined }],
    ['unsupported_response_type', { response_type: 'token' }],
    ['invalid_scope', { scope: 'everything' }],
    ['invalid_scope', { scope: 'room.read recording.read' }],
    ['invalid_request', { code_challenge: 'short', code_challenge_method: 'S256' }],
    ['invalid_request', { code_challenge: challengeOf('x'), code_challenge_method: 'plain' }],
    ['invalid_request', { code_challenge: challengeOf('x') }],
    ['invalid_request', { code_challenge_method: 'S256' }],
  ])('tells the client of %s for %j', async (error, over) => {
    const client = await register({ scopes: ['room.read'] })
    const { status, headers } = await authorize(queryOf(client, over))
    expect(status).toBe(303)
    expect(told(headers.get('location') ?? '')).toEqual({
      from: 'parley',
      error,
      error_description: expect.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/),
      state: 'st 1',
      iss: parley.url,
    })
    // The page's decision is held to the same.
    expect(told((await decide(queryOf(client, over))).body.redirectTo)).toMatchObject({ error })
  })

  it('tells the client of a parameter sent twice', async () => {
    const client = await register()
    const { headers } = await authorize(`${queryOf(client)}&state=other`)
    expect(told(headers.get('location') ?? '')).toMatchObject({ error: 'invalid_request' })
  })

  it('tells the client that the user refused', async () => {
    const client = await register()
    expect(told((await decide(queryOf(client), false)).body.redirectTo)).toMatchObject({
      error: 'access_denied',
      state: 'st 1',
    })
    // Nobody but the user can say so.
    expect(told((await decide(`${queryOf(client)}&allowed=false`)).body.redirectTo)['code']).toBeDefined()
  })

  it('tells the client of a fault of ours', async () => {
    const client = await register()
    await sql`alter table "oauthAuthorization" rename to "away"`.execute(parley.ctx.database.db)
    try {
      expect(told((await decide(queryOf(client))).body.redirectTo)).toMatchObject({ error: 'server_error' })
    } finally {
      await sql`alter table "away" rename to "oauthAuthorization"`.execute(parley.ctx.database.db)
    }
  })

  it('is decided by a signed-in user on our own page only', async () => {
    const client = await register()
    const body = { request: queryOf(client), approve: true }
    expect((await parley.call('POST /internal-api/v1/oauth/decision', { key: null, body })).status).toBe(401)
    expect((await parley.call('POST /internal-api/v1/oauth/decision', { body })).status).toBe(401)
    const foreign = await parley.call('POST /internal-api/v1/oauth/decision', {
      key: null,
      body,
      headers: { cookie, origin: 'https://evil.example.com' },
    })
    expect(foreign).toMatchObject({ status: 403, body: { code: 'foreign_site' } })
    const page = await authorize(queryOf(client))
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
  })
})

describe('the token endpoint', () => {
  it.each([
    ['invalid_request', 400, { grant_type: '' }],
    ['unsupported_grant_type', 400, { grant_type: 'password' }],
    ['unsupported_grant_type', 400, { grant_type: 'client_credentials' }],
    ['invalid_request', 400, { code: '' }],
    ['invalid_grant', 400, { code: 'parley_code_unknown' }],
    ['invalid_grant', 400, { redirect_uri: 'https://app.example.com/callback' }],
    ['invalid_grant', 400, { redirect_uri: '' }],
    ['invalid_grant', 400, { code_verifier: 'x'.repeat(43) }],
  ])('answers %s (%i) to %j', async (error, status, over) => {
    const client = await register()
    const answer = await exchange(client, await codeFor(client), over)
    expect(answer).toMatchObject({ status, body: { error, error_description: expect.any(String) } })
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('answers invalid_client (401) to whoever is not the client', async () => {
    const client = await register()
    const form = { grant_type: 'authorization_code', code: await codeFor(client), redirect_uri: CALLBACK }
    const wrong = [
      await token(form),
      await token({ ...form, client_id: client.id }),
      await token({ ...form, client_id: client.id, client_secret: 'wrong' }),
      await token(form, { basic: { id: client.id, secret: 'wrong' } }),
      await token(form, { basic: { id: 'client_unknown', secret: client.secret } }),
      await token(form, { headers: { Authorization: 'Bearer x' } }),
      // PKCE in place of the secret is for public clients only.
      await token({ ...form, client_id: client.id, code_verifier: 'x'.repeat(43) }),
    ]
    for (const { status, headers, body } of wrong) {
      expect({ status, error: body.error }).toEqual({ status: 401, error: 'invalid_client' })
      expect(headers.get('www-authenticate')).toMatch(/^Basic /)
    }
    // None of that used up the code.
    expect((await token({ ...form, client_id: client.id, client_secret: client.secret })).status).toBe(200)
  })

  it('answers invalid_request to two ways of authentication, a repeated parameter, and JSON', async () => {
    const client = await register()
    const both = await token(
      { grant_type: 'authorization_code', client_secret: client.secret, client_id: client.id },
      { basic: client },
    )
    expect(both).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    const request = (body: string, type: string) =>
      fetch(`${parley.url}/oauth/token`, { method: 'POST', headers: { 'Content-Type': type }, body })
    const repeated = await request('grant_type=a&grant_type=b', 'application/x-www-form-urlencoded')
    expect([repeated.status, ((await repeated.json()) as { error: string }).error]).toEqual([
      400,
      'invalid_request',
    ])
    const json = await request('{"grant_type":"authorization_code"}', 'application/json')
    expect([json.status, ((await json.json()) as { error: string }).error]).toEqual([400, 'invalid_request'])
    for (const [body, type, status] of [
      [`code=${'x'.repeat(110_000)}`, 'application/x-www-form-urlencoded', 413],
      ['code=x', 'application/x-www-form-urlencoded; charset=none', 415],
    ] as const) {
      const unreadable = await request(body, type)
      expect(unreadable.status).toBe(status)
      expect(await unreadable.json()).toMatchObject({ error: 'invalid_request' })
      expect(unreadable.headers.get('cache-control')).toBe('no-store')
      expect(unreadable.headers.get('pragma')).toBe('no-cache')
    }
  })

  it('names the method in Allow where another was used', async () => {
    for (const [route, allow] of [
      ['GET /oauth/token', 'POST, OPTIONS'],
      ['GET /oauth/revoke', 'POST, OPTIONS'],
      ['POST /.well-known/oauth-authorization-server', 'HEAD, GET, OPTIONS'],
      ['POST /oauth/authorize', 'HEAD, GET, OPTIONS'],
    ] as const) {
      const answer = await parley.call(route, { key: null })
      expect(answer, route).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } })
      expect(answer.headers.get('allow')).toBe(allow)
    }
  })

  it('answers invalid_grant for another client’s code, and a code past its minute', async () => {
    const client = await register()
    const other = await register()
    const code = await codeFor(client)
    expect((await exchange(other, code)).body.error).toBe('invalid_grant')
    clock.advance(61_000)
    expect((await exchange(client, code)).body.error).toBe('invalid_grant')
  })

  it('revokes what came of a code that is used twice', async () => {
    const client = await register()
    const code = await codeFor(client)
    const first = await exchange(client, code)
    expect(await outcome(first.body.access_token)).toBe(200)
    expect((await exchange(client, code)).body.error).toBe('invalid_grant')
    expect(await outcome(first.body.access_token)).toBe('401 auth_revoked')
    expect((await refresh(client, first.body.refresh_token)).body.error).toBe('invalid_grant')
  })

  it('lets one of many at once have the code, and leaves none of its tokens alive', async () => {
    const client = await register()
    const code = await codeFor(client)
    const answers = await Promise.all(Array.from({ length: 6 }, () => exchange(client, code)))
    const tokens = answers.filter(({ status }) => status === 200)
    expect(tokens).toHaveLength(1)
    await eventually(
      'revocation',
      () => outcome(tokens[0]?.body.access_token),
      (seen) => seen === '401 auth_revoked',
    )
  })
})

describe('a refresh token', () => {
  it('gives the next one; used twice it ends all of its family', async () => {
    const { client, access, refresh: first } = await connect()
    const second = await refresh(client, first)
    expect(second.status).toBe(200)
    expect(second.body.refresh_token).not.toBe(first)
    // The access token of before lives on until its time is over.
    expect(await outcome(access)).toBe(200)
    const stolen = await refresh(client, first)
    expect(stolen).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await outcome(access)).toBe('401 auth_revoked')
    expect(await outcome(second.body.access_token)).toBe('401 auth_revoked')
    expect((await refresh(client, second.body.refresh_token)).body.error).toBe('invalid_grant')
    // Another consent of the same user is another family.
    const again = await exchange(client, await codeFor(client))
    expect(await outcome(again.body.access_token)).toBe(200)
  })

  it('used by two at once ends its family', async () => {
    const { client, refresh: first } = await connect()
    const answers = await Promise.all([refresh(client, first), refresh(client, first)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    const won = answers.find(({ status }) => status === 200)
    expect(await outcome(won?.body.access_token)).toBe('401 auth_revoked')
  })

  it('can be asked for less, never for more, and is not used up by asking', async () => {
    const { client, refresh: first } = await connect({}, { scope: 'room.read room.write' })
    const more = await refresh(client, first, { scope: 'room.read recording.read' })
    expect(more).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
    const less = await refresh(client, first, { scope: 'room.read' })
    expect(less.body.scope).toBe('room.read')
    const whole = await refresh(client, less.body.refresh_token)
    expect(whole.body.scope).toBe('room.read room.write')
    // What the client may not ask for any more is not said to be in the token.
    const change = (scopes: string[]) =>
      parley.call(`PATCH /api/v1/oauth/clients/${client.id}`, { body: { scopes } })
    await change(['room.read'])
    const left = await refresh(client, whole.body.refresh_token)
    expect(left.body.scope).toBe('room.read')
    await change(['meeting.read'])
    expect((await refresh(client, left.body.refresh_token)).body.error).toBe('invalid_scope')
    await change(['room.write'])
    expect((await refresh(client, left.body.refresh_token)).body.scope).toBe('room.write')
  })

  it('is worth nothing to another client, or after 60 days', async () => {
    const { client, refresh: first } = await connect()
    const other = await register()
    expect((await refresh(other, first)).body.error).toBe('invalid_grant')
    clock.advance(61 * 24 * 3_600_000)
    cookie = await parley.signIn()
    expect((await refresh(client, first)).body.error).toBe('invalid_grant')
  })

  it('survives that a client restarts between refreshes; expired rows go, used ones stay to be noticed', async () => {
    const { client, refresh: first } = await connect()
    const second = await refresh(client, first)
    await parley.ctx.oauth.clean()
    expect((await refresh(client, first)).body.error).toBe('invalid_grant')
    expect((await refresh(client, second.body.refresh_token)).body.error).toBe('invalid_grant')
  })
})

describe('revocation (RFC 7009)', () => {
  const revoke = (client: Client | undefined, form: Record<string, string>) =>
    token(form, { basic: client, path: '/oauth/revoke' })

  it('of an access token ends just that; of a refresh token the family', async () => {
    const { client, access, refresh: first } = await connect()
    expect((await revoke(client, { token: access, token_type_hint: 'refresh_token' })).status).toBe(200)
    expect(await outcome(access)).toBe('401 auth_invalid')
    const next = await refresh(client, first)
    expect(next.status).toBe(200)
    expect((await revoke(client, { token: next.body.refresh_token })).status).toBe(200)
    expect(await outcome(next.body.access_token)).toBe('401 auth_revoked')
    expect((await refresh(client, next.body.refresh_token)).body.error).toBe('invalid_grant')
  })

  it('answers 200 to an unknown token, 401 to no client, 400 to no token and to another’s', async () => {
    const { client, access } = await connect()
    const other = await register()
    expect((await revoke(client, { token: 'unknown' })).status).toBe(200)
    expect(await revoke(undefined, { token: access })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    })
    expect(await revoke(client, {})).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    expect(await revoke(other, { token: access })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    })
    expect(await outcome(access)).toBe(200)
  })
})

describe('an access token', () => {
  it('opens exactly the endpoints whose scope it has', async () => {
    const open = endpoints.filter(({ path, needs }) => path.startsWith('/api/v1/') && 'key' in needs)
    for (const scope of ALL_SCOPES) {
      const { access } = await connect({ scopes: [scope] })
      await Promise.all(
        open.map(async (one) => {
          const wanted = 'scope' in one ? one.scope : undefined
          const route = `${one.method.toUpperCase()} ${one.path.replace(':recordingId', 'room-a--EG_x--abcdefghij').replace(/:\w+/g, 'unknown')}`
          const answer = await withBearer(access, route)
          const name = `${scope}: ${route}`
          if (wanted === 'any' || wanted === scope) {
            expect([401, 403], name).not.toContain(answer.status)
            return
          }
          expect(answer, name).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } })
          expect(answer.body.error).toBe(
            wanted === undefined ? 'Insufficient scope' : `Insufficient scope. Required: ${wanted}`,
          )
          expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer error="insufficient_scope"/)
        }),
      )
    }
  }, 60_000)

  it('does what its user may, and the log names the app', async () => {
    const { client, access } = await connect()
    const made = await withBearer(access, 'POST /api/v1/rooms', { roomName: 'By an app' })
    expect(made).toMatchObject({ status: 201, body: { owner: 'admin' } })
    const entry = await parley.ctx.database.db
      .selectFrom('audit')
      .selectAll()
      .where('action', '=', 'room.created')
      .where('target', '=', made.body.roomId)
      .executeTakeFirstOrThrow()
    expect(entry).toMatchObject({ actorType: 'oauth', actorName: 'admin' })
    expect(JSON.parse(entry.details)).toEqual({ app: { id: client.id, name: 'Calendar' } })
  })

  it('sees live rooms only, whatever X-Environment says', async () => {
    const { access } = await connect()
    const answer = await parley.call('POST /api/v1/auth', {
      key: null,
      headers: { Authorization: `Bearer ${access}`, 'X-Environment': 'test' },
      body: {},
    })
    expect(answer.body.environment).toBe('live')
  })

  it.each([
    ['mistyped', (text: string) => `${text.slice(0, -1)}${text.endsWith('a') ? 'b' : 'a'}`],
    ['unknown', () => 'parley_oauth_0000000000000000000000000000000'],
  ])('%s is refused as RFC 6750 says', async (_, change) => {
    const { access } = await connect()
    const { status, headers, body } = await withBearer(change(access), 'GET /api/v1/rooms')
    expect([status, body.code]).toEqual([401, 'auth_invalid'])
    expect(headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/)
  })

  it('beside an API key is not looked at', async () => {
    const { status } = await parley.call('GET /api/v1/keys', {
      headers: { Authorization: 'Bearer parley_oauth_x' },
    })
    expect(status).toBe(200)
  })

  it('gets 403 while API access is off, and its client no code and no token', async () => {
    const { client, access, refresh: first } = await connect()
    const code = await codeFor(client)
    const setAccess = (apiAccess: number) =>
      parley.ctx.database.db
        .updateTable('organization')
        .set({ apiAccess })
        .where('id', '=', 'org_first')
        .execute()
    await setAccess(0)
    try {
      expect(await outcome(access)).toBe('403 subscription_required')
      const { headers } = await authorize(queryOf(client))
      expect(told(headers.get('location') ?? '')).toMatchObject({ error: 'unauthorized_client' })
      expect(told((await decide(queryOf(client))).body.redirectTo)).toMatchObject({
        error: 'unauthorized_client',
      })
      expect((await exchange(client, code)).body.error).toBe('unauthorized_client')
      expect((await refresh(client, first)).body.error).toBe('unauthorized_client')
    } finally {
      await setAccess(1)
    }
    expect(await outcome(access)).toBe(200)
    expect((await refresh(client, first)).status).toBe(200)
  })

  it('ends with the grant, the client, the scope and the membership', async () => {
    const { client, access, refresh: first } = await connect()
    const grants = await parley.call('GET /internal-api/v1/oauth/grants', { cookie })
    const grant = grants.body.grants[0]
    expect(grant).toMatchObject({
      clientName: 'Calendar',
      scopes: ALL_SCOPES,
      lastUsedAt: expect.any(String),
    })
    expect((await parley.call(`DELETE /internal-api/v1/oauth/grants/${grant.id}`, { cookie })).status).toBe(
      204,
    )
    expect(await outcome(access)).toBe('401 auth_invalid')
    expect((await refresh(client, first)).body.error).toBe('invalid_grant')
    expect((await parley.call(`DELETE /internal-api/v1/oauth/grants/${grant.id}`, { cookie })).status).toBe(
      404,
    )

    const second = await connect()
    await parley.call(`PATCH /api/v1/oauth/clients/${second.client.id}`, { body: { scopes: ['room.write'] } })
    expect(await outcome(second.access)).toBe('403 insufficient_scope')
    expect((await parley.call(`DELETE /api/v1/oauth/clients/${second.client.id}`)).status).toBe(204)
    expect(await outcome(second.access)).toBe('401 auth_invalid')
  })
})

describe('OAuth clients', () => {
  it.each([
    ['javascript:alert(1)'],
    ['data:text/html,x'],
    ['/callback'],
    ['https://app.example.com/#x'],
    ['https://user:pw@app.example.com/'],
    ['app:/callback'],
    ['https://'],
    ['https://app.example.com/\\evil'],
  ])('refuse the address %s', async (uri) => {
    const { status, body } = await parley.call('POST /api/v1/oauth/clients', {
      body: { name: 'x', redirectUris: [uri], scopes: ['room.read'] },
    })
    expect([status, body.details[0].field]).toEqual([400, 'redirectUris.0'])
  })

  it('take http in an intranet, loopback and an app’s own scheme', async () => {
    const redirectUris = ['http://intranet/cb', 'http://127.0.0.1:8765/cb', 'com.example.app:/cb']
    expect(await register({ redirectUris })).toMatchObject({ redirectUris })
  })

  it('get a new secret; the old one is refused at once', async () => {
    const client = await register()
    const { status, body } = await parley.call(`POST /api/v1/oauth/clients/${client.id}/secret`)
    expect(status).toBe(201)
    expect((await exchange(client, await codeFor(client))).body.error).toBe('invalid_client')
    expect((await exchange(body, await codeFor(client))).status).toBe(200)
    const open = await register({ isPublic: true })
    expect(await parley.call(`POST /api/v1/oauth/clients/${open.id}/secret`)).toMatchObject({
      status: 400,
      body: { code: 'oauth_client_public' },
    })
  })

  it('are shown without their secret when the request is repeated', async () => {
    const body = { name: 'Twice', redirectUris: [CALLBACK], scopes: ['room.read'] }
    const headers = { 'Idempotency-Key': 'client-1' }
    const first = await parley.call('POST /api/v1/oauth/clients', { body, headers })
    const again = await parley.call('POST /api/v1/oauth/clients', { body, headers })
    expect(again.body).toMatchObject({ id: first.body.id })
    expect(again.body.secret).toBeUndefined()
  })

  it('belong to their organization’s admins', async () => {
    const client = await register()
    const other = await parley.call('POST /auth/create-key', {
      key: null,
      body: { user_name: 'Else', user_email: `else${Date.now()}@example.com` },
    })
    const stranger = other.body.data.api_key as string
    const routes = ['GET', 'PATCH', 'DELETE'].map((method) => `${method} /api/v1/oauth/clients/${client.id}`)
    for (const route of [...routes, `POST /api/v1/oauth/clients/${client.id}/secret`]) {
      const body = route.startsWith('PATCH') ? { body: { name: 'Mine' } } : {}
      expect((await parley.call(route, { key: stranger, ...body })).status, route).toBe(404)
      expect((await parley.call(route, { key: null, ...body })).status, route).toBe(401)
    }
    expect((await parley.call('GET /api/v1/oauth/clients', { key: stranger })).body.clients).toEqual([])
    const reader = await parley.call('POST /api/v1/keys', {
      body: { name: 'reader', permissions: ['write'] },
    })
    expect((await parley.call('GET /api/v1/oauth/clients', { key: reader.body.key })).status).toBe(403)
  })
})

it('discovery names every endpoint (RFC 8414)', async () => {
  const { status, headers, body } = await parley.call('GET /.well-known/oauth-authorization-server', {
    key: null,
  })
  expect(status).toBe(200)
  expect(headers.get('access-control-allow-origin')).toBe('*')
  expect(body).toMatchObject({
    issuer: parley.url,
    authorization_endpoint: `${parley.url}/oauth/authorize`,
    token_endpoint: `${parley.url}/oauth/token`,
    revocation_endpoint: `${parley.url}/oauth/revoke`,
    scopes_supported: expect.arrayContaining(ALL_SCOPES),
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
  })
})

describe('a server with other settings', () => {
  it('limits requests: the client hears temporarily_unavailable, token requests get 429', async () => {
    const busy = await startParley({ env: { RATE_LIMITS: '{"anonymous":2,"read":2}' } })
    try {
      const { body } = await busy.call('POST /api/v1/oauth/clients', {
        body: { name: 'x', redirectUris: [CALLBACK], scopes: ['room.read'] },
      })
      const ask = () =>
        busy.call(`GET /oauth/authorize?${queryOf(body)}`, { key: null, headers: { Accept: 'text/html' } })
      const answers = [await ask(), await ask(), await ask()]
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 303])
      expect(told(answers[2]?.headers.get('location') ?? '')).toMatchObject({
        error: 'temporarily_unavailable',
      })
      const send = () =>
        fetch(`${busy.url}/oauth/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'x' }) })
      const sent = [await send(), await send(), await send()]
      expect(sent.map(({ status }) => status)).toEqual([401, 401, 429])
      expect(Number(sent[2]?.headers.get('retry-after'))).toBeGreaterThan(0)
    } finally {
      await busy.stop()
    }
  })

  it('outside local mode needs PUBLIC_URL, which is then the issuer', async () => {
    const outside = await startParley({ env: { TRUST_PROXY: '1' } })
    try {
      expect(await outside.call('GET /.well-known/oauth-authorization-server', { key: null })).toMatchObject({
        status: 503,
        body: { code: 'public_url_required' },
      })
    } finally {
      await outside.stop()
    }
    const named = await startParley({
      env: { TRUST_PROXY: '1', PUBLIC_URL: 'https://meet.example.com', KEY_PREFIX: 'lyre' },
    })
    try {
      const { body } = await named.call('GET /.well-known/oauth-authorization-server', { key: null })
      expect(body.issuer).toBe('https://meet.example.com')
    } finally {
      await named.stop()
    }
  })
})
