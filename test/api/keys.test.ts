import { request } from 'node:http'
import { dispose } from '@livekit/rtc-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimsOf, connect, join } from '../support/bots.ts'
import { eventually, startParley, TestClock, type TestParley } from '../support/parley.ts'
import { signInSelfMade } from '../support/users.ts'

let parley: TestParley
const clock = new TestClock()
beforeAll(async () => {
  parley = await startParley({ clock, env: { TRUST_PROXY: '1' } })
})
afterAll(async () => {
  await parley.stop()
  await dispose()
})

/** The two environments hold five keys each: every test gives its keys back. */
async function withKey<T>(body: object, use: (key: string, id: string) => Promise<T>): Promise<T> {
  const made = await parley.call('POST /api/v1/keys', { body: { name: 'test', ...body } })
  expect(made.status).toBe(201)
  try {
    return await use(made.body.key, made.body.id)
  } finally {
    await parley.call(`DELETE /api/v1/keys/${made.body.id}`)
  }
}
const rooms = (key: string, headers: Record<string, string> = {}) =>
  parley.call('GET /api/v1/rooms', { key, headers })
const outcome = async (key: string, headers: Record<string, string> = {}) => {
  const { status, body } = await rooms(key, headers)
  return status === 200 ? 200 : `${status} ${body.code}`
}

describe('an allowlist', () => {
  it.each([
    [['203.0.113.0/24'], '203.0.113.7', 200],
    [['203.0.113.0/24'], '203.0.114.7', '403 ip_not_allowed'],
    [['203.0.113.9'], '203.0.113.9', 200],
    [['2001:db8::/32'], '2001:db8:1::5', 200],
    [['2001:db8::/32'], '2001:db9::5', '403 ip_not_allowed'],
    [['203.0.113.0/24'], '::ffff:203.0.113.7', 200],
    [['203.0.113.0/24', '2001:db8::/32'], '2001:db8::1', 200],
  ])('%j and a caller at %s: %s', async (allowedIps, address, wanted) => {
    await withKey({ allowedIps }, async (key) =>
      expect(await outcome(key, { 'X-Forwarded-For': address })).toBe(wanted),
    )
  })

  it.each([['10.0.0.0/33'], ['10.0.0'], ['2001:db8::/129'], ['x'], ['10.0.0.1/8/8'], ['10.0.0.1/-1']])(
    'refuses %s',
    async (range) => {
      const { status, body } = await parley.call('POST /api/v1/keys', {
        body: { name: 'x', allowedIps: [range] },
      })
      expect(status).toBe(400)
      expect(body.details[0].field).toBe('allowedIps.0')
    },
  )

  it('is not got around by X-Forwarded-For where no proxy is trusted', async () => {
    const plain = await startParley()
    try {
      const { key } = (
        await plain.call('POST /api/v1/keys', { body: { name: 'x', allowedIps: ['203.0.113.7'] } })
      ).body
      const answer = await plain.call('GET /api/v1/rooms', {
        key,
        headers: { 'X-Forwarded-For': '203.0.113.7' },
      })
      expect(answer).toMatchObject({ status: 403, body: { code: 'ip_not_allowed' } })
    } finally {
      await plain.stop()
    }
  })
})

describe('a key’s life', () => {
  it('ends at its expiry', async () => {
    const expiresAt = new Date(clock.now() + 60_000).toISOString()
    await withKey({ expiresAt }, async (key) => {
      expect(await outcome(key)).toBe(200)
      clock.advance(61_000)
      expect(await outcome(key)).toBe('401 auth_expired')
    })
  })

  it('goes on in its successor; the old key works until its grace ends', async () => {
    await withKey({ permissions: ['read'] }, async (key, id) => {
      const rotated = await parley.call(`POST /api/v1/keys/${id}/rotate`, { body: { graceSeconds: 60 } })
      expect(rotated).toMatchObject({ status: 201, body: { permissions: ['read'], status: 'active' } })
      expect((await parley.call(`GET /api/v1/keys/${id}`)).body).toMatchObject({
        status: 'expiring',
        rotatedTo: rotated.body.id,
      })
      expect([await outcome(key), await outcome(rotated.body.key)]).toEqual([200, 200])
      expect(await parley.call(`POST /api/v1/keys/${id}/rotate`, { body: {} })).toMatchObject({
        status: 409,
        body: { code: 'key_rotated' },
      })
      clock.advance(61_000)
      expect([await outcome(key), await outcome(rotated.body.key)]).toEqual(['401 auth_expired', 200])
      await parley.call(`DELETE /api/v1/keys/${rotated.body.id}`)
    })
  })

  it('without grace ends at once', async () => {
    await withKey({}, async (key, id) => {
      const { body } = await parley.call(`POST /api/v1/keys/${id}/rotate`, { body: { graceSeconds: 0 } })
      expect([await outcome(key), await outcome(body.key)]).toEqual(['401 auth_expired', 200])
      await parley.call(`DELETE /api/v1/keys/${body.id}`)
    })
  })

  it('takes changes from the next request on, and asks for a rotation after 90 days', async () => {
    await withKey({}, async (key, id) => {
      expect(await outcome(key)).toBe(200)
      const changed = await parley.call(`PATCH /api/v1/keys/${id}`, {
        body: { allowedIps: ['203.0.113.1'], name: 'Renamed' },
      })
      expect(changed).toMatchObject({
        status: 200,
        body: { name: 'Renamed', allowedIps: ['203.0.113.1'], rotationDue: false },
      })
      expect(await outcome(key)).toBe('403 ip_not_allowed')
      clock.advance(91 * 24 * 3_600_000)
      expect((await parley.call(`GET /api/v1/keys/${id}`)).body.rotationDue).toBe(true)
    })
  })
})

describe('what a key did', () => {
  it('is counted by hour, group and status, with the last requests', async () => {
    // All within one hour.
    const toNextHour = 3_600_000 - (clock.now() % 3_600_000)
    if (toNextHour < 120_000) clock.advance(toNextHour)
    await withKey({}, async (key, id) => {
      for (let i = 0; i < 55; i++) await rooms(key)
      await parley.call('GET /api/v1/rooms/nothing', { key })
      await parley.call('POST /api/v1/rooms', { key, body: { roomName: null } })
      const { body } = await parley.call(`GET /api/v1/keys/${id}/usage`)
      expect(body.series).toEqual([
        {
          at: expect.stringMatching(/:00:00\.000Z$/),
          group: 'create',
          status2xx: 0,
          status4xx: 1,
          status5xx: 0,
        },
        { at: expect.any(String), group: 'read', status2xx: 55, status4xx: 1, status5xx: 0 },
      ])
      expect(body.recent).toHaveLength(50)
      expect(body.recent[0]).toMatchObject({ method: 'POST', route: '/api/v1/rooms', status: 422 })
      expect((await parley.call(`GET /api/v1/keys/${id}`)).body.requestCount).toBe(57)
      const days = await parley.call(`GET /api/v1/keys/${id}/usage?interval=day`)
      expect(days.body.series[0].at).toMatch(/T00:00:00\.000Z$/)
    })
  })
})

describe('both headers', () => {
  it('at once, with different keys, are refused; the same key twice is fine', async () => {
    await withKey({}, async (key) => {
      await withKey({}, async (other) => {
        expect(await outcome(key, { Authorization: `Bearer ${key}` })).toBe(200)
        expect(await outcome(key, { Authorization: `Bearer ${other}` })).toBe('400 auth_ambiguous')
        expect(await outcome(key, { Authorization: 'Basic abc' })).toBe(200)
      })
    })
  })

  it('bear what attackers put into them', async () => {
    for (const key of [
      'a'.repeat(5000),
      "' or 1=1 --",
      'parley_live_',
      'parley_live_' + '0'.repeat(32),
      '__proto__',
    ])
      expect(await outcome(key)).toBe('401 auth_invalid')
  })
})

describe('Lyra’s check', () => {
  it('tells what a key may do', async () => {
    await withKey({ permissions: ['read'], environment: 'test' }, async (key) => {
      const { status, body } = await parley.call('POST /api/v1/auth', { key })
      expect(status).toBe(200)
      expect(body).toEqual({
        valid: true,
        userId: 'admin',
        orgId: 'org_first',
        environment: 'test',
        permissions: ['read'],
      })
    })
    expect((await parley.call('POST /api/v1/auth', { key: null })).status).toBe(401)
  })
})

describe('Vyom’s routes', () => {
  let local: TestParley
  beforeAll(async () => {
    local = await startParley()
  })
  afterAll(() => local.stop())
  const person = { user_name: 'Vera Yom', user_email: 'vera@example.com', org_name: 'Yom' }
  const create = (body: object = person, headers: Record<string, string> = {}) =>
    local.call('POST /auth/create-key', { key: null, body, headers })

  it('give a new user a key in an organization of their own', async () => {
    const made = await create()
    expect(made.status).toBe(200)
    expect(made.body).toEqual({
      success: true,
      message: 'API key created successfully, Store it securely',
      data: {
        api_key: expect.stringMatching(/^parley_live_/),
        user_name: 'Vera Yom',
        org_name: 'Yom',
        user_email: 'vera@example.com',
      },
    })
    const key = made.body.data.api_key
    const checked = await local.call('GET /auth/check-key', {
      key: null,
      headers: { Authorization: `Bearer ${key}` },
    })
    expect(checked.body).toEqual({
      success: true,
      message: 'API key is valid',
      data: {
        user_name: 'Vera Yom',
        org_name: 'Yom',
        user_email: 'vera@example.com',
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/),
      },
    })
    expect(await create({ ...person, user_email: 'VERA@example.com' })).toMatchObject({
      status: 400,
      body: { success: false, code: 'email_taken' },
    })
    expect(await create({ user_name: 'x', user_email: 'nope' })).toMatchObject({
      status: 400,
      body: { success: false },
    })
    expect(await local.call('GET /auth/check-key', { key: 'parley_live_wrong' })).toMatchObject({
      status: 401,
      body: { success: false },
    })
    // Nothing of the first organization is there for them, and the other way round.
    const ours = (await local.call('POST /api/v1/rooms', { body: {} })).body
    expect((await local.call(`GET /api/v1/rooms/${ours.roomId}`, { key })).status).toBe(404)
    expect((await local.call('GET /api/v1/rooms', { key })).body.rooms).toEqual([])
    expect((await local.call('GET /api/v1/keys', { key })).body.keys).toHaveLength(1)
  })

  it('are closed to whoever is not at this very machine', async () => {
    const attempts: [string, Record<string, string>][] = [
      ['a proxy', { 'X-Forwarded-For': '203.0.113.1' }],
      ['a proxy of the other kind', { Forwarded: 'for=203.0.113.1' }],
      ['a proxy that says via', { Via: '1.1 proxy' }],
      ['a page elsewhere', { Origin: 'https://evil.example' }],
      ['a page elsewhere, seen by the browser', { 'Sec-Fetch-Site': 'cross-site' }],
      ['a sandboxed page', { Origin: 'null' }],
    ]
    for (const [who, headers] of attempts)
      expect(await create({ ...person, user_email: 'other@example.com' }, headers), who).toMatchObject({
        status: 403,
        body: { success: false, code: 'registration_closed' },
      })
    // fetch does not let Host be forged, so this one goes by hand.
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(
        `${local.url}/auth/create-key`,
        { method: 'POST', headers: { Host: 'evil.example', 'Content-Type': 'application/json' } },
        (res) => {
          res.resume()
          resolve(res.statusCode)
        },
      )
      sent.on('error', reject)
      sent.end(JSON.stringify({ ...person, user_email: 'other@example.com' }))
    })
    expect(status).toBe(403)
    // Behind a trusted proxy nobody is local.
    expect((await parley.call('POST /auth/create-key', { key: null, body: person })).status).toBe(403)
  })

  it('mint joining tokens for rooms by name', async () => {
    const first = await local.call('POST /web_call/get_token', {
      body: { room_name: 'Support', participant_name: 'Bot' },
    })
    expect(first.body).toMatchObject({
      success: true,
      data: { room_name: 'Support', url: `${local.url.replace('http', 'ws')}/livekit` },
    })
    const second = await local.call('POST /web_call/get_token', { body: { room_name: 'Support' } })
    const atOnce = await Promise.all(
      [1, 2, 3, 4].map(() => local.call('POST /web_call/get_token', { body: { room_name: 'At once' } })),
    )
    expect(new Set(atOnce.map(({ body }) => claimsOf(body.data.token).video.room)).size).toBe(1)
    const [one, two] = [claimsOf(first.body.data.token), claimsOf(second.body.data.token)]
    expect(one.video.room).toBe(two.video.room)
    expect(one.metadata.badge).toBe('moderator')
    const bot = await connect(local, first.body.data.token)
    await bot.leave()
  })
})

/** For endpoints that refuse an empty body before they look for the room. */
const VALID_BODIES: Record<string, object> = {
  'put /api/v1/rooms/:roomId/config': { config: {} },
  'put /api/v1/rooms/:roomId/status': { status: 'open' },
  'put /api/v1/rooms/:roomId/roles': { roles: {} },
  'put /api/v1/rooms/:roomId/access': { access: {} },
  'post /api/v1/rooms/:roomId/access/rotate': { role: 'speaker' },
  'post /api/v1/rooms/:roomId/members': { name: 'x', baseRole: 'speaker' },
  'put /api/v1/users/:userId/password': { newPassword: 'secret' },
  'put /api/v1/users/:userId/role': { role: 'admin' },
  'patch /api/v1/organization/users/:userId': { role: 'admin' },
}

describe('another organization', () => {
  it('sees nothing of a room or key: each endpoint answers as for one that does not exist', async () => {
    const local = await startParley()
    try {
      const made = await local.call('POST /auth/create-key', {
        key: null,
        body: { user_name: 'Eve', user_email: 'eve@example.com' },
      })
      const eve = made.body.data.api_key
      const { key: testKey } = (
        await local.call('POST /api/v1/keys', { body: { name: 'test', environment: 'test' } })
      ).body
      const cookie = await signInSelfMade(local, 'eve@example.com')
      const room = (await local.call('POST /api/v1/rooms', { body: {} })).body
      const key = (await local.call('POST /api/v1/keys', { body: { name: 'ours' } })).body
      const { endpoints } = await import('../../server/endpoints.ts')
      const withId = endpoints.filter(
        (one) =>
          one.path.includes('/:') &&
          one.path.startsWith('/api/v1/') &&
          !('session' in one.needs && (one.needs.session as string) === 'superadmin'),
      )
      expect(withId.length).toBeGreaterThan(15)
      const callers = [
        { who: 'a key of another organization', kind: 'key', credentials: { key: eve }, isBlindTo: /./ },
        { who: 'a user of another organization', kind: 'session', credentials: { cookie }, isBlindTo: /./ },
        // Keys belong to the whole organization, rooms to one environment of it.
        {
          who: 'a key of the other environment',
          kind: 'key',
          credentials: { key: testKey },
          isBlindTo: /rooms/,
        },
      ]
      for (const { who, kind, credentials, isBlindTo } of callers)
        for (const one of withId.filter(({ needs, path }) => kind in needs && isBlindTo.test(path))) {
          const ask = async (id: string) => {
            const path = one.path
              .replace(/:(roomId|id)\b/, id)
              .replace(':recordingId', 'room-a--EG_x--abcdefghij')
              .replace(/:\w+/, 'somebody')
            const query = one.path.endsWith('/members') && one.method === 'delete' ? '?memberIds=x' : ''
            const { status, body } = await local.call(`${one.method.toUpperCase()} ${path}${query}`, {
              ...credentials,
              ...(one.body === undefined ? {} : { body: VALID_BODIES[`${one.method} ${one.path}`] ?? {} }),
            })
            return { status, body: JSON.stringify(body).replaceAll(id, 'ID') }
          }
          const [ours, missing] = one.path.includes('rooms')
            ? [room.roomId, 'room-aaaaaaaaaaaaaaa']
            : [key.id, 'key_aaaaaaaaaaaaaaaaaaaa']
          const answer = await ask(ours)
          expect(answer, `${who}: ${one.method} ${one.path}`).toEqual(await ask(missing))
          expect(answer.status, `${who}: ${one.method} ${one.path}`).toBe(404)
        }
      expect((await local.call(`GET /api/v1/rooms/${room.roomId}`)).status).toBe(200)
      expect((await local.call(`GET /api/v1/keys/${key.id}`)).body.status).toBe('active')
    } finally {
      await local.stop()
    }
  })
})

describe('Idempotency-Key', () => {
  const post = (key: string, body: object, route = 'POST /api/v1/rooms') =>
    parley.call(route, { body, headers: { 'Idempotency-Key': key } })

  it('makes fifty parallel creates one room', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => post('fifty', { roomName: 'Once' })))
    expect(new Set(answers.map(({ body }) => body.roomId)).size).toBe(1)
    expect(answers.every(({ status }) => status === 201)).toBe(true)
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(49)
    const { body } = await parley.call('GET /api/v1/rooms?roomName=Once')
    expect(body.rooms).toHaveLength(1)
    expect(answers[7]?.headers.get('location')).toBe(answers[0]?.headers.get('location'))
  })

  it('refuses another body, and forgets after a day', async () => {
    const first = await post('day', { roomName: 'A' })
    expect(await post('day', { roomName: 'B' })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_mismatch' },
    })
    clock.advance(25 * 3_600_000)
    const later = await post('day', { roomName: 'B' })
    expect(later.status).toBe(201)
    expect(later.body.roomId).not.toBe(first.body.roomId)
  })

  it('keeps a refusal of the body, and never a secret', async () => {
    expect((await post('bad', { roomName: null })).status).toBe(422)
    const again = await post('bad', { roomName: null })
    expect(again.status).toBe(422)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    const made = await post('key', { name: 'secret' }, 'POST /api/v1/keys')
    const replayed = await post('key', { name: 'secret' }, 'POST /api/v1/keys')
    expect(made.body.key).toMatch(/^parley_live_/)
    expect(replayed.body).toEqual({ ...made.body, key: undefined })
    await parley.call(`DELETE /api/v1/keys/${made.body.id}`)
  })
})

describe('a meeting in a test room', () => {
  it('ends a minute after the first join, whoever stays', async () => {
    await withKey({ environment: 'test' }, async (key) => {
      const room = (await parley.call('POST /api/v1/rooms', { key, body: {} })).body
      const bot = await join(parley, room.moderatorUrl, 'Sandy')
      const claims = claimsOf(bot.token)
      expect(claims.exp - claims.nbf).toBeLessThanOrEqual(60)
      const told = await eventually(
        'the countdown',
        async () => bot.told.find(({ type }) => type === 'meeting.sandbox'),
        (found) => found !== undefined,
      )
      expect(told?.remainingMs).toBeGreaterThan(55_000)
      expect(told?.remainingMs).toBeLessThanOrEqual(60_000)
      await parley.ctx.meetings.endSandboxes()
      clock.advance(61_000)
      await bot.disconnected
      await eventually(
        'the room being open',
        async () => (await parley.call(`GET /api/v1/rooms/${room.roomId}`, { key })).body.status,
        (status) => status === 'open',
      )
    })
  })
})
