import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasPython, PYTHON_NEEDED, pythonWith } from '../support/python.ts'
import { startParley, type TestParley } from '../support/parley.ts'

let parley: TestParley
let cookie: string
beforeAll(async () => {
  parley = await startParley()
  cookie = await parley.signIn()
})
afterAll(() => parley.stop())

const CALLBACK = 'http://127.0.0.1:9/callback'

async function register(over: object = {}): Promise<{ id: string; secret: string | null }> {
  const { status, body } = await parley.call('POST /api/v1/oauth/clients', {
    body: { name: 'Third party', redirectUris: [CALLBACK], scopes: ['room.read', 'meeting.create'], ...over },
  })
  expect(status).toBe(201)
  return body
}

/** What the user does in the browser: opens the address, is shown the page, agrees; returns where they are sent. */
async function agree(address: string): Promise<string> {
  const url = new URL(address)
  const page = await parley.call(`GET ${url.pathname}${url.search}`, {
    key: null,
    headers: { Accept: 'text/html' },
  })
  expect(page.status).toBe(200)
  const { status, body } = await parley.call('POST /internal-api/v1/oauth/decision', {
    cookie,
    body: { request: url.search, approve: true },
  })
  expect(status).toBe(200)
  return body.redirectTo
}

describe('openid-client', () => {
  /** Both ways to send the secret, and none. */
  it.each([
    ['client_secret_basic', {}],
    ['client_secret_post', {}],
    ['none', { isPublic: true }],
  ] as const)('goes the whole way with %s', async (method, over) => {
    const client = await register(over)
    const secret = client.secret ?? ''
    const authentication = {
      client_secret_basic: () => oidc.ClientSecretBasic(secret),
      client_secret_post: () => oidc.ClientSecretPost(secret),
      none: () => oidc.None(),
    }[method]()
    const config = await oidc.discovery(new URL(parley.url), client.id, undefined, authentication, {
      algorithm: 'oauth2',
      execute: [oidc.allowInsecureRequests],
    })
    const verifier = oidc.randomPKCECodeVerifier()
    const state = oidc.randomState()
    const address = oidc.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: 'room.read',
      state,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    const back = new URL(await agree(address.href))
    const tokens = await oidc.authorizationCodeGrant(config, back, {
      pkceCodeVerifier: verifier,
      expectedState: state,
    })
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'room.read' })

    const rooms = new URL('/api/v1/rooms', parley.url)
    const list = await oidc.fetchProtectedResource(config, tokens.access_token, rooms, 'GET')
    expect(await list.json()).toHaveProperty('rooms')

    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token)
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    // That was a reuse: the family is gone.
    await expect(
      oidc.fetchProtectedResource(config, renewed.access_token, rooms, 'GET'),
    ).rejects.toMatchObject({ status: 401 })

    const again = await oidc.authorizationCodeGrant(config, new URL(await agree(address.href)), {
      pkceCodeVerifier: verifier,
      expectedState: state,
    })
    await oidc.tokenRevocation(config, again.refresh_token ?? '')
    await expect(oidc.fetchProtectedResource(config, again.access_token, rooms, 'GET')).rejects.toMatchObject(
      { status: 401 },
    )
  })

  it('reads the refusal of the user', async () => {
    const client = await register()
    const config = await oidc.discovery(new URL(parley.url), client.id, client.secret ?? '', undefined, {
      algorithm: 'oauth2',
      execute: [oidc.allowInsecureRequests],
    })
    const state = oidc.randomState()
    const address = oidc.buildAuthorizationUrl(config, { redirect_uri: CALLBACK, scope: 'room.read', state })
    const { body } = await parley.call('POST /internal-api/v1/oauth/decision', {
      cookie,
      body: { request: address.search, approve: false },
    })
    await expect(
      oidc.authorizationCodeGrant(config, new URL(body.redirectTo), { expectedState: state }),
    ).rejects.toMatchObject({ error: 'access_denied' })
  })
})

describe.skipIf(!hasPython())(`Authlib, which needs ${PYTHON_NEEDED}`, () => {
  let python: string
  beforeAll(async () => {
    python = await pythonWith('authlib==1.6.5', 'requests==2.32.5')
  }, 180_000)

  it.each([['client_secret_basic'], ['client_secret_post'], ['none']])(
    'goes the whole way with %s',
    async (method) => {
      const client = await register({ isPublic: method === 'none' })
      const script = path.join(import.meta.dirname, '../support/oauth_client.py')
      const { stdout } = await promisify(execFile)(python, [script], {
        env: {
          ...process.env,
          AUTHLIB_INSECURE_TRANSPORT: '1',
          PARLEY: parley.url,
          COOKIE: cookie,
          CALLBACK,
          METHOD: method,
          CLIENT_ID: client.id,
          CLIENT_SECRET: client.secret ?? '',
        },
      })
      expect(JSON.parse(stdout)).toEqual({
        scope: 'room.read',
        rooms: 200,
        refreshed: true,
        reuse: 'invalid_grant',
        afterReuse: 401,
        revoked: 200,
        afterRevocation: 401,
      })
    },
  )
})
