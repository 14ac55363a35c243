import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, eventually, startParley, type TestParley } from '../support/parley.ts'
import { createRoom } from '../support/rooms.ts'

const LIMITS = JSON.stringify({ read: 5, create: 2, anonymous: 5, signIn: 3, join: 2 })
const headersOf = ({ headers }: Answer) => [
  headers.get('x-ratelimit-limit'),
  headers.get('x-ratelimit-remaining'),
]
const makeRoom = async (parley: TestParley) => {
  const { roomId, speakerUrl, moderatorUrl } = await createRoom(parley)
  const secretIn = (url: string) => new URL(url).searchParams.get('secret') ?? ''
  return { roomId, secret: secretIn(speakerUrl), moderatorSecret: secretIn(moderatorUrl) }
}
const askToJoin = (parley: TestParley, roomId: string, secret: string) =>
  parley.call(`POST /internal-api/v1/rooms/${roomId}/members/token`, {
    key: null,
    body: { secret, joinMeeting: true, participantName: 'Ana' },
  })

describe('in memory', () => {
  let parley: TestParley
  beforeAll(async () => {
    parley = await startParley({ env: { RATE_LIMITS: LIMITS } })
  })
  afterAll(() => parley.stop())

  it('counts each key and group apart and says so on every answer', async () => {
    const [one, two] = await Promise.all(
      ['one', 'two'].map(
        async (name) => (await parley.call('POST /api/v1/keys', { body: { name } })).body.key as string,
      ),
    )
    const read = (key = '', path = '/api/v1/rooms') => parley.call(`GET ${path}`, { key })
    expect(headersOf(await read(one))).toEqual(['5', '4'])
    const missing = await read(one, '/api/v1/rooms/nothing')
    expect([missing.status, ...headersOf(missing)]).toEqual([404, '5', '3'])
    for (let i = 0; i < 3; i++) await read(one)
    const refused = await read(one)
    expect(refused).toMatchObject({ status: 429, body: { error: 'Too Many Requests', code: 'rate_limited' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60)
    const reset = Number(refused.headers.get('x-ratelimit-reset')) * 1000 - Date.now()
    expect(reset).toBeLessThanOrEqual(61_000)
    expect(refused.headers.get('ratelimit-policy')).toBe('"read";q=5;w=60')
    expect(refused.headers.get('ratelimit')).toMatch(/^"read";r=0;t=\d+$/)
    expect(headersOf(await read(two))).toEqual(['5', '4'])
    expect((await parley.call('POST /api/v1/rooms', { key: one, body: {} })).status).toBe(201)
  })

  it('lets a key have limits of its own', async () => {
    const { key } = (
      await parley.call('POST /api/v1/keys', { body: { name: 'big', rateLimits: { read: 1000 } } })
    ).body
    expect(headersOf(await parley.call('GET /api/v1/rooms', { key }))).toEqual(['1000', '999'])
  })

  it('counts who has no valid credentials by address, unknown paths and bad bodies included', async () => {
    const statuses = []
    statuses.push((await parley.call('GET /api/v1/rooms', { key: null })).status)
    statuses.push((await parley.call('GET /api/v1/rooms', { key: 'parley_live_wrong' })).status)
    statuses.push((await parley.call('GET /api/v1/nothing')).status)
    statuses.push((await parley.call('GET /api/v1/openapi.json', { key: null })).status)
    const last = await parley.call('POST /api/v1/rooms', { body: '{' })
    expect(headersOf(last)).toEqual(['5', '0'])
    expect([...statuses, last.status]).toEqual([401, 401, 404, 200, 400])
    expect((await parley.call('GET /api/v1/rooms', { key: 'parley_live_wrong' })).status).toBe(429)
  })

  it('counts joins by their room, and only of who may join', async () => {
    const fresh = await startParley({ env: { RATE_LIMITS: '{"join":2}' } })
    try {
      const [room, other] = [await makeRoom(fresh), await makeRoom(fresh)]
      const statuses = []
      for (const secret of ['wrong', 'wrong', room.secret, room.secret, room.secret])
        statuses.push((await askToJoin(fresh, room.roomId, secret)).status)
      expect(statuses).toEqual([400, 400, 200, 200, 429])
      expect((await askToJoin(fresh, other.roomId, other.secret)).status).toBe(200)
    } finally {
      await fresh.stop()
    }
  })

  it('counts wrong room secrets by address, whatever the room, and lets every valid link in', async () => {
    const fresh = await startParley({ env: { RATE_LIMITS: '{"anonymous":4}' } })
    try {
      const [room, other] = [await makeRoom(fresh), await makeRoom(fresh)]
      const token = `/internal-api/v1/rooms/${room.roomId}/members/token`
      await fresh.call(`POST /api/v1/rooms/${room.roomId}/access/rotate`, { body: { role: 'speaker' } })
      const look = (secret: string) => fresh.call(`POST ${token}`, { key: null, body: { secret } })
      const tried = [
        await look('wrong'),
        await askToJoin(fresh, other.roomId, other.secret),
        await look(room.secret),
        await look('guest-nobody'),
        await askToJoin(fresh, other.roomId, 'wrong'),
      ]
      expect(tried.map(({ status, body }) => [status, body.code])).toEqual([
        [400, 'room_secret_invalid'],
        [200, undefined],
        [400, 'room_secret_replaced'],
        [404, 'room_member_not_found'],
        [400, 'room_secret_invalid'],
      ])
      for (const refused of [await look('wrong'), await askToJoin(fresh, other.roomId, 'guess')]) {
        expect(refused).toMatchObject({
          status: 429,
          body: { error: 'Too Many Requests', code: 'rate_limited' },
        })
        expect(headersOf(refused)).toEqual(['4', '0'])
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
        expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60)
      }
      // The others of that office go on with their meeting, by this link and by that.
      expect((await askToJoin(fresh, other.roomId, other.secret)).status).toBe(200)
      expect((await askToJoin(fresh, room.roomId, room.moderatorSecret)).status).toBe(200)
    } finally {
      await fresh.stop()
    }
  })

  it('counts wrong short codes by address, and ends the guessing', async () => {
    const fresh = await startParley({ env: { RATE_LIMITS: '{"anonymous":3}' } })
    try {
      const room = (await fresh.call('POST /api/v1/rooms', { body: {} })).body
      const { code } = (await fresh.call(`GET /api/v1/rooms/${room.roomId}/code`)).body
      const statuses = []
      for (const tried of [code, code, code, code, 'abc-abc-abc', 'abc-abc-abd', 'abc-abc-abe', 'abc', code])
        statuses.push((await fresh.call(`GET /internal-api/v1/codes/${tried}`, { key: null })).status)
      expect(statuses).toEqual([200, 200, 200, 200, 404, 404, 404, 429, 429])
    } finally {
      await fresh.stop()
    }
  })

  it('slows down guessing a password', async () => {
    const attempt = async () =>
      (
        await parley.call('POST /internal-api/v1/session', {
          key: null,
          body: { login: 'admin', password: 'guess' },
        })
      ).status
    expect([await attempt(), await attempt(), await attempt(), await attempt()]).toEqual([401, 401, 401, 429])
  })
})

it('off means no limits and no headers', async () => {
  const parley = await startParley({ env: { RATE_LIMITS: 'off' } })
  const answer = await parley.call('GET /api/v1/rooms')
  expect(answer.headers.get('x-ratelimit-limit')).toBeNull()
  await parley.stop()
})

const REDIS = ['/usr/bin/redis-server', '/usr/local/bin/redis-server'].find((file) => existsSync(file))

describe.skipIf(REDIS === undefined)('with Redis', () => {
  let redis: ChildProcess
  let port: number
  let parleys: TestParley[]
  beforeAll(async () => {
    port = await freePort()
    redis = spawn(
      REDIS ?? '',
      ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
      { stdio: 'ignore' },
    )
    parleys = await Promise.all(
      [1, 2].map(() =>
        startParley({ env: { RATE_LIMITS: '{"anonymous":50}', REDIS_URL: `redis://127.0.0.1:${port}` } }),
      ),
    )
  })
  afterAll(async () => {
    redis.kill('SIGKILL')
    await Promise.all(parleys.map((parley) => parley.stop()))
  })

  it('counts are shared by all instances, and go on in memory when Redis is gone', async () => {
    // By address, which both instances see alike; the two have databases of their own here.
    const remaining = async (i: number) => {
      const answer = await (parleys[i] as TestParley).call('GET /api/v1/rooms', { key: null })
      return Number(answer.headers.get('x-ratelimit-remaining'))
    }
    await eventually(
      'both counting together',
      async () => [await remaining(0), await remaining(1)] as const,
      ([one, two]) => two === one - 1,
    )

    redis.kill('SIGKILL')
    await new Promise((resolve) => redis.once('exit', resolve))
    const alone = await (parleys[1] as TestParley).call('GET /api/v1/rooms', { key: null })
    expect(alone.status).toBe(401)
    expect(headersOf(alone)).toEqual(['50', '49'])
  })
})

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
