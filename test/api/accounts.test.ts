import { getMigrations } from 'better-auth/db/migration'
import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuth } from '../../server/accounts/auth.ts'
import { API_KEY, startParley, type TestParley } from '../support/parley.ts'

let parley: TestParley
let fresh: TestParley
beforeAll(async () => {
  parley = await startParley()
  fresh = await startParley({ env: { ADMIN_PASSWORD: '', INITIAL_API_KEY: API_KEY } })
})
afterAll(async () => {
  await parley.stop()
  await fresh.stop()
})

const SETUP = '/internal-api/v1/setup'
const SESSION = '/internal-api/v1/session'

describe('the first start', () => {
  it('lets one person in with the token from the terminal, once', async () => {
    const { call, ctx } = fresh
    expect((await call(`GET ${SETUP}`, { key: null })).body).toEqual({ needed: true })
    const madeBefore = (await call('POST /api/v1/rooms', { body: {} })).body
    const admin = { username: 'maria', password: 'a long enough one', organizationName: 'Acme' }
    const attempt = (body: object) => call(`POST ${SETUP}`, { key: null, body: { ...admin, ...body } })
    expect(await attempt({ token: 'wrong' })).toMatchObject({
      status: 403,
      body: { code: 'setup_token_invalid' },
    })
    expect(await attempt({ token: ctx.setupToken, password: 'short' })).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', details: [{ field: 'password' }] },
    })
    const answers = await Promise.all([1, 2, 3].map(() => attempt({ token: ctx.setupToken })))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409])
    const done = answers.find(({ status }) => status === 201)
    expect(done?.body).toMatchObject({
      user: { username: 'maria', email: null },
      organization: { name: 'Acme' },
      role: 'superadmin',
    })
    const cookie =
      done?.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ') ?? ''
    expect((await call(`GET ${SESSION}`, { cookie })).body.user.username).toBe('maria')
    expect(await attempt({ token: ctx.setupToken, username: 'second' })).toMatchObject({
      status: 409,
      body: { code: 'setup_done' },
    })
    expect((await call(`GET ${SETUP}`, { key: null })).body).toEqual({ needed: false })
    expect((await call(`GET /api/v1/rooms/${madeBefore.roomId}`)).body.owner).toBe('maria')
  })
})

describe('a console session', () => {
  it('begins with username or e-mail and password, in a cookie no script can read, and ends', async () => {
    const { call } = parley
    const signedIn = await call(`POST ${SESSION}`, {
      key: null,
      body: { login: 'Admin', password: 'correct horse battery' },
    })
    expect(signedIn.status).toBe(200)
    const cookies = signedIn.headers.getSetCookie()
    expect(cookies.find((line) => line.startsWith('parley.session_token='))).toMatch(
      /HttpOnly.*SameSite=Lax/i,
    )
    const cookie = cookies.map((line) => line.split(';')[0]).join('; ')
    expect((await call(`GET ${SESSION}`, { cookie })).status).toBe(200)
    expect((await call('GET /api/v1/rooms', { cookie })).status).toBe(200)
    expect((await call(`DELETE ${SESSION}`, { cookie })).status).toBe(200)
    expect((await call(`GET ${SESSION}`, { cookie })).status).toBe(401)
  })

  it('answers an unknown user and a wrong password alike', async () => {
    const attempt = async (login: string) => {
      const { status, body } = await parley.call(`POST ${SESSION}`, {
        key: null,
        body: { login, password: 'not the one' },
      })
      return { status, body }
    }
    const wrong = await attempt('admin')
    expect(wrong).toMatchObject({ status: 401, body: { code: 'sign_in_failed' } })
    expect(await attempt('nobody_here')).toEqual(wrong)
    expect(await attempt('nobody@example.com')).toEqual(wrong)
    expect(await attempt('x y'.repeat(50))).toEqual(wrong)
  })

  it('changes nothing on behalf of another site', async () => {
    const cookie = await parley.signIn()
    const send = (headers: Record<string, string>) =>
      parley.call('POST /api/v1/rooms', { key: null, body: {}, headers: { cookie, ...headers } })
    expect((await send({ origin: parley.url })).status).toBe(201)
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      {},
      { 'sec-fetch-site': 'cross-site' },
    ])
      expect(await send(headers as Record<string, string>)).toMatchObject({
        status: 403,
        body: { code: 'foreign_site' },
      })
  })
})

describe('keys in the console', () => {
  it('are shown once, listed without the secret, and refused from the request after the revocation', async () => {
    const cookie = await parley.signIn()
    const made = await parley.call('POST /api/v1/keys', { cookie, body: { name: 'Backend' } })
    expect(made.status).toBe(201)
    const { key, id } = made.body
    expect(key).toMatch(/^parley_live_[0-9A-Za-z]{32}$/)
    expect((await parley.call('GET /api/v1/rooms', { key })).status).toBe(200)

    const listed = await parley.call('GET /api/v1/keys', { cookie })
    expect(JSON.stringify(listed.body)).not.toContain(key)
    const entry = listed.body.keys.find((one: { id: string }) => one.id === id)
    expect(entry).toMatchObject({
      start: key.slice(0, 'parley_live_'.length + 4),
      last4: key.slice(-4),
      requestCount: 1,
      status: 'active',
    })
    expect(entry.lastUsedAt).not.toBeNull()

    const during = Promise.all(Array.from({ length: 50 }, () => parley.call('GET /api/v1/rooms', { key })))
    expect((await parley.call(`DELETE /api/v1/keys/${id}`, { cookie })).status).toBe(204)
    expect(await parley.call('GET /api/v1/rooms', { key })).toMatchObject({
      status: 401,
      body: { code: 'auth_revoked' },
    })
    expect((await during).every(({ status }) => status === 200 || status === 401)).toBe(true)
  })

  it('tells a mistyped key without asking the database', async () => {
    const { key } = (await parley.call('POST /api/v1/keys', { body: { name: 'typo' } })).body
    const mistyped = key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a')
    expect(await parley.call('GET /api/v1/rooms', { key: mistyped })).toMatchObject({
      status: 401,
      body: { code: 'auth_invalid' },
    })
  })

  it('are five at most in one environment, however many are asked for at once', async () => {
    const { call } = fresh
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        call('POST /api/v1/keys', { body: { name: `key ${i}`, environment: 'test' } }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 201, 409, 409, 409])
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('key_limit_reached')
  })
})

describe('secrets', () => {
  it('lie nowhere in the data directory in plain text', async () => {
    const { key } = (
      await parley.call('POST /api/v1/keys', { body: { name: 'hidden', environment: 'test' } })
    ).body
    await parley.ctx.keys.usage.flush()
    const files = await readdir(parley.dataDir, { recursive: true, withFileTypes: true })
    for (const file of files.filter((entry) => entry.isFile())) {
      const bytes = await readFile(path.join(file.parentPath, file.name))
      for (const secret of [key, API_KEY, 'correct horse battery'])
        expect(bytes.includes(secret), `${file.name} holds a secret`).toBe(false)
    }
  })
})

describe('the database', () => {
  it('has the tables that better-auth expects, no more and no less', async () => {
    const { database, log } = parley.ctx
    const auth = createAuth({ database, secret: 'x'.repeat(40), baseUrl: 'http://localhost', log })
    const { toBeCreated, toBeAdded } = await getMigrations(auth.options)
    expect({ toBeCreated, toBeAdded }).toEqual({ toBeCreated: [], toBeAdded: [] })
  })
})
