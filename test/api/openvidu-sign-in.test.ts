import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askToken, secretOf } from '../support/bots.ts'
import { ADMIN, startParley, TestClock, type TestParley } from '../support/parley.ts'
import { logIn, makeUser } from '../support/users.ts'

const clock = new TestClock()
let parley: TestParley
let call: TestParley['call']
beforeAll(async () => {
  parley = await startParley({ clock })
  ;({ call } = parley)
})
afterAll(() => parley.stop())

const asToken = (accessToken: string) => ({ key: null, headers: { authorization: `Bearer ${accessToken}` } })

describe('sign-in by userId', () => {
  it('gives tokens that open what a session does, and a refresh token that counts once', async () => {
    const login = await logIn(parley, ADMIN.username, ADMIN.password)
    expect(login.status).toBe(200)
    expect(login.body.message).toContain('logged in successfully')
    const { accessToken, refreshToken } = login.body
    expect((await call('GET /api/v1/keys', asToken(accessToken))).status).toBe(200)
    expect((await call(`GET /api/v1/rooms?accessToken=${accessToken}`, { key: null })).status).toBe(200)
    // No page of ours is behind it, so nothing is asked of the site.
    expect((await call('POST /api/v1/rooms', { ...asToken(accessToken), body: {} })).status).toBe(201)
    const refresh = (token?: string) =>
      call('POST /internal-api/v1/auth/refresh', {
        key: null,
        headers: token === undefined ? {} : { 'x-refresh-token': `Bearer ${token}` },
      })
    expect((await refresh()).body.message).toBe('No refresh token provided')
    expect(await refresh(accessToken)).toMatchObject({
      status: 400,
      body: { error: 'Refresh Token Error', message: 'Invalid refresh token' },
    })
    expect((await call('GET /api/v1/rooms', asToken(refreshToken))).body.message).toBe('Invalid token')
    const fresh = await refresh(refreshToken)
    expect(fresh.body.message).toContain('successfully refreshed')
    expect((await call('GET /api/v1/rooms', asToken(fresh.body.accessToken))).status).toBe(200)
    clock.advance(11_000)
    // Somebody has a copy of it: neither of them goes on.
    expect((await refresh(refreshToken)).status).toBe(400)
    expect((await refresh(fresh.body.refreshToken)).status).toBe(400)
    expect((await call('GET /api/v1/rooms', asToken(accessToken))).status).toBe(401)
  })

  it('does not open what only a key does', async () => {
    expect(await call('GET /info')).toMatchObject({
      status: 200,
      body: {
        service: 'openviduMeet',
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        gitCommit: expect.any(String),
        buildDate: expect.any(String),
        edition: 'ce',
        apiVersion: 'v1',
      },
    })
    const { accessToken } = (await logIn(parley, ADMIN.username, ADMIN.password)).body
    expect((await call('GET /info', asToken(accessToken))).status).toBe(401)
  })

  it('answers alike whatever was wrong', async () => {
    for (const [userId, password] of [
      [ADMIN.username, 'not the one'],
      ['nobody_here', 'not the one'],
    ] as const)
      expect(await logIn(parley, userId, password)).toMatchObject({
        status: 404,
        body: { error: 'Login Error', message: 'Invalid user ID or password' },
      })
    expect((await logIn(parley, 'abcd', 'four')).body.details).toHaveLength(2)
  })

  it('ends by logging out, and after two hours', async () => {
    const first = (await logIn(parley, ADMIN.username, ADMIN.password)).body
    expect((await call('POST /internal-api/v1/auth/logout', { key: null })).body.message).toBe(
      'Logout successful',
    )
    await call('POST /internal-api/v1/auth/logout', asToken(first.accessToken))
    expect((await call('GET /api/v1/rooms', asToken(first.accessToken))).status).toBe(401)
    const second = (await logIn(parley, ADMIN.username, ADMIN.password)).body
    clock.advance(2 * 3_600_000 + 1000)
    expect((await call('GET /api/v1/rooms', asToken(second.accessToken))).body.message).toBe('Invalid token')
  })

  it('is told apart from other credentials, in the contract’s order', async () => {
    const { accessToken } = (await logIn(parley, ADMIN.username, ADMIN.password)).body
    const room = (await call('POST /api/v1/rooms', { body: {} })).body
    const secret = secretOf(room.speakerUrl)
    const { body: member } = await askToken(parley, room.roomId, { secret })
    const get = (headers: Record<string, string>, query = '') =>
      call(`GET /api/v1/rooms/${room.roomId}${query}`, { key: null, headers })
    const good = { authorization: `Bearer ${accessToken}` }
    const bad = { authorization: 'Bearer a.b.c' }
    const seen = async (answer: ReturnType<typeof get>) => {
      const { status, body } = await answer
      return [status, body.message ?? 'moderatorUrl' in body]
    }
    expect(await seen(get(good))).toEqual([200, true])
    expect(await seen(get({ 'x-room-member-token': `Bearer ${member.token}`, ...bad }))).toEqual([200, false])
    expect(await seen(get({ 'x-room-member-token': 'Bearer x.y.z', ...good }))).toEqual([
      401,
      'Invalid token',
    ])
    expect(await seen(get(bad))).toEqual([401, 'Invalid token'])
    expect(await seen(get({ 'x-api-key': 'wrong-key-wrong', ...good }))).toEqual([401, 'Invalid API key'])
    expect(await seen(get({ authorization: accessToken }))).toEqual([401, 'Unauthorized'])
    // Sent to the token route with a secret, a bad access token takes nothing away.
    for (const headers of [good, bad]) {
      const asked = await call(`POST /internal-api/v1/rooms/${room.roomId}/members/token`, {
        key: null,
        headers,
        body: { secret },
      })
      const { permissions } = JSON.parse(
        JSON.parse(Buffer.from(asked.body.token.split('.')[1], 'base64url').toString()).metadata,
      )
      expect(permissions.meetingEnd).toBe(headers === good)
    }
    expect(
      (
        await call(`POST /internal-api/v1/rooms/${room.roomId}/members/token`, {
          key: null,
          headers: bad,
          body: {},
        })
      ).status,
    ).toBe(401)
  })
})

describe('the console of OpenVidu Meet', () => {
  it('finds the settings that it asks for at each start', async () => {
    const { accessToken } = (await logIn(parley, ADMIN.username, ADMIN.password)).body
    const at = '/internal-api/v1/config'
    expect((await call(`GET ${at}/security`, { key: null })).body).toEqual({
      authentication: { oauthProviders: [] },
    })
    expect((await call(`GET ${at}/captions`, { key: null })).body).toEqual({ enabled: false })
    expect((await call(`GET ${at}/rooms/appearance`, { key: null })).body).toEqual({
      appearance: { themes: [] },
    })
    const theme = { name: 'default', enabled: true, baseTheme: 'dark', primaryColor: '#ff0000' }
    const put = (themes: object[], credentials: object = asToken(accessToken)) =>
      call(`PUT ${at}/rooms/appearance`, { ...credentials, body: { appearance: { themes } } })
    expect((await put([theme])).status).toBe(200)
    expect((await call(`GET ${at}/rooms/appearance`, { key: null })).body).toEqual({
      appearance: { themes: [theme] },
    })
    for (const themes of [[], [theme, theme]])
      expect((await put(themes)).body.details[0].message).toBe('There must be exactly one theme defined')
    expect((await put([{ ...theme, baseTheme: 'blue' }])).body.details[0].message).toContain(
      "Expected 'light' | 'dark'",
    )
    expect((await put([theme], { key: null })).status).toBe(401)
    expect((await put([theme], {})).status).toBe(401)
    const member = await makeUser(parley, 'room_manager')
    expect((await put([theme], { key: null, headers: member.bearer })).status).toBe(403)
    expect(
      (
        await call(`PUT ${at}/security`, {
          ...asToken(accessToken),
          body: { authentication: { oauthProviders: [] } },
        })
      ).status,
    ).toBe(200)
    expect((await call('GET /internal-api/v1/analytics', asToken(accessToken))).body).toEqual({
      totalRooms: expect.any(Number),
      activeRooms: expect.any(Number),
      totalRecordings: 0,
      completeRecordings: 0,
    })
  })
})
