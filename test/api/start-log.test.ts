import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import path from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { connect } from '../support/bots.ts'
import { livekitBinary } from '../support/livekit-child.ts'
import { eventually } from '../support/parley.ts'
import { livekitPid } from '../support/processes.ts'
import { API_KEY } from '../support/server.ts'
import { makeSite } from '../support/site.ts'

vi.setConfig({ testTimeout: 120_000 })
// The first run on a new machine may have to build LiveKit.
beforeAll(() => livekitBinary(), 45 * 60_000)

test('nothing secret stands in the log at LOG_LEVEL=debug, whatever is done with it', async () => {
  await using site = await makeSite()
  const env = {
    LOG_LEVEL: 'debug',
    SECRET_KEY: 'a master secret of more than 32 characters',
    METRICS_TOKEN: 'metrics-token-of-the-test',
  }
  const server = await site.start(env)
  /** Everything that must never be logged, by what it is. */
  const secrets = new Map<string, string>([
    ['SECRET_KEY', env.SECRET_KEY],
    ['METRICS_TOKEN', env.METRICS_TOKEN],
    ['INITIAL_API_KEY', API_KEY],
  ])
  const keep = (what: string, value: unknown): string => {
    expect(value, what).toMatch(/^.{6,}$/s)
    secrets.set(what, String(value))
    return String(value)
  }
  const call = async (
    route: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ) => {
    const [method = 'GET', target = '/'] = route.split(' ')
    const response = await fetch(server.url + target, {
      method,
      headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      cookies: response.headers.getSetCookie().map((line) => line.split(';')[0] ?? ''),
      body: text.startsWith('{') ? JSON.parse(text) : text,
    }
  }

  // The first admin, with the link from the terminal: the only place where its token may stand.
  const setupToken = keep('setup token', new URL(server.setupLink ?? '').searchParams.get('token'))
  await call(`GET /setup?token=${setupToken}`, { headers: { accept: 'text/html' } })
  const password = keep('password', 'correct horse battery')
  const setUp = { username: 'maria', password }
  expect(
    (await call('POST /internal-api/v1/setup', { body: { ...setUp, token: `${setupToken}x` } })).status,
  ).toBe(403)
  expect((await call('POST /internal-api/v1/setup', { body: { ...setUp, token: setupToken } })).status).toBe(
    201,
  )

  const session = '/internal-api/v1/session'
  const wrong = keep('wrong password', 'incorrect horse battery')
  expect((await call(`POST ${session}`, { body: { login: 'maria', password: wrong } })).status).toBe(401)
  expect((await call(`POST ${session}`, { body: { login: 'maria', password: [password] } })).status).toBe(400)
  // What is no JSON is told by V8 with a piece of it.
  expect(
    (await call(`POST ${session}`, { body: `{"password": ${keep('broken body', 'hush-hush')}}` })).status,
  ).toBe(400)
  const signedIn = await call(`POST ${session}`, { body: { login: 'maria', password } })
  expect(signedIn.status).toBe(200)
  const cookie = signedIn.cookies.join('; ')
  for (const one of signedIn.cookies) keep('session cookie', decodeURIComponent(one.split('=')[1] ?? ''))
  for (const one of signedIn.cookies) keep('session cookie as sent', one.split('=')[1])
  expect((await call(`GET ${session}`, { headers: { cookie } })).status).toBe(200)

  // Keys: made, used, mistyped, unknown, rotated, revoked.
  const asAdmin = { cookie, origin: server.url }
  const made = await call('POST /api/v1/keys', { headers: asAdmin, body: { name: 'Backend' } })
  expect(made.status).toBe(201)
  const key = keep('key', made.body.key)
  const using = (one: string) => call('GET /api/v1/rooms', { headers: { 'X-API-KEY': one } })
  expect((await using(key)).status).toBe(200)
  expect(
    (await using(keep('mistyped key', `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`))).status,
  ).toBe(401)
  expect((await using(keep('unknown key', 'no-key-of-this-server'))).status).toBe(401)
  expect((await call(`GET /api/v1/rooms?api_key=${key}`)).status).toBe(401)
  await call('GET /auth/check-key', { headers: { Authorization: `Bearer ${key}` } })
  const rotated = await call(`POST /api/v1/keys/${made.body.id}/rotate`, { headers: asAdmin, body: {} })
  expect(rotated.status).toBe(201)
  keep('rotated key', rotated.body.key)
  await call(`DELETE /api/v1/keys/${made.body.id}`, { headers: asAdmin })
  expect((await using(key)).status).toBe(401)
  const selfService = await call('POST /auth/create-key', {
    body: { user_name: 'Tom', user_email: 'tom@example.com', org_name: 'Tom' },
  })
  expect(selfService.status).toBe(200)
  keep('self-service key', selfService.body.data.api_key)

  // Rooms: every link opened, right and wrong, and the short code, which opens the room just as well.
  const withKey = { 'X-API-KEY': API_KEY }
  const room = (await call('POST /api/v1/rooms', { headers: withKey, body: { roomName: 'Daily' } })).body
  const rooms = '/internal-api/v1/rooms'
  const links = Object.entries(room.access.anonymous as Record<string, { url: string }>)
  for (const [role, { url }] of links) {
    const secret = keep(`${role} secret`, new URL(url).searchParams.get('secret'))
    await call(`GET ${url.slice(server.url.length)}`, { headers: { accept: 'text/html' } })
    await call(`GET /livekit/rtc?secret=${secret}`)
    const access = await call(`POST ${rooms}/${room.roomId}/members/token`, { body: { secret } })
    expect(access.status).toBe(200)
    keep(`${role} access token`, access.body.token)
    for (const one of access.cookies) keep('browser cookie', one.split('=')[1])
  }
  await call(`POST ${rooms}/${room.roomId}/members/token`, {
    body: { secret: keep('wrong secret', 'no-such-secret') },
  })
  const code = keep(
    'code',
    (await call(`GET /api/v1/rooms/${room.roomId}/code`, { headers: withKey })).body.code,
  )
  expect((await call(`GET /internal-api/v1/codes/${code}`)).status).toBe(200)
  await call(`GET /meeting/${code}`, { headers: { accept: 'text/html' } })
  const feed = (await call('GET /internal-api/v1/calendar-feed', { headers: asAdmin })).body.url as string
  keep('calendar feed', feed.split('/').at(-1))
  expect((await call(`GET ${feed.slice(server.url.length)}`)).status).toBe(200)
  const fresh = await call('POST /internal-api/v1/calendar-feed/reset', { headers: asAdmin, body: {} })
  keep('calendar feed after a reset', fresh.body.url.split('/').at(-1))
  expect((await call(`GET ${feed.slice(server.url.length)}`)).status).toBe(404)
  const guest = await call(`POST /api/v1/rooms/${room.roomId}/members`, {
    headers: withKey,
    body: { name: 'Guest', baseRole: 'speaker' },
  })
  expect(guest.status).toBe(201)
  const guestSecret = keep('guest secret', new URL(guest.body.accessUrl).searchParams.get('secret'))
  await call(`POST ${rooms}/${room.roomId}/members/token`, { body: { secret: guestSecret } })

  // Tokens: joined with, refused, sent to the wrong place.
  const joining = await call(`POST ${rooms}/${room.roomId}/members/token`, {
    body: { secret: secrets.get('moderator secret'), joinMeeting: true, participantName: 'Ana' },
  })
  const token = keep('joining token', joining.body.token)
  const bot = await connect(server, token)
  const isActive = ({ body }: { body: { status: string } }) => body.status === 'active_meeting'
  await eventually(
    'the meeting',
    () => call(`GET /api/v1/rooms/${room.roomId}`, { headers: withKey }),
    isActive,
  )
  const asMember = { 'X-Room-Member-Token': `Bearer ${token}` }
  expect(
    (await call(`GET /internal-api/v1/meetings/${room.roomId}/participants`, { headers: asMember })).status,
  ).toBe(200)
  await call(`POST ${rooms}/${room.roomId}/members/token/refresh`, { headers: asMember })
  await call(`GET /livekit/rtc/validate?access_token=${keep('forged token', `${token.slice(0, -5)}AAAAA`)}`)
  await call(`GET /twirp/livekit.RoomService/ListRooms`, { headers: { Authorization: `Bearer ${token}` } })
  const socket = connectTcp(Number(new URL(server.url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(
    `GET /livekit/rtc?access_token=${secrets.get('forged token')} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n` +
      'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await once(socket, 'data')
  socket.destroy()

  // LiveKit goes down under a participant: what cannot be reached is logged as well.
  const written = parse(readFileSync(path.join(site.dataDir, 'livekit/livekit.yaml'), 'utf8'))
  const { keys } = written as { keys: Record<string, string> }
  for (const secret of Object.values(keys)) keep('LiveKit secret', secret)
  process.kill(livekitPid(site.dataDir) ?? 0, 'SIGKILL')
  await call(`GET /livekit/rtc?access_token=${token}`)
  await call(`POST ${rooms}/${room.roomId}/members/token`, {
    body: { secret: secrets.get('moderator secret'), joinMeeting: true, participantName: 'Bo' },
  })
  const isUp = ({ status }: { status: number }) => status === 200
  await eventually('health', () => call('GET /health'), isUp)
  await bot.leave()
  expect(await server.stop()).toBe(0)

  const log = server.output()
  expect(log).toContain(`"path":"/internal-api/v1/rooms/${room.roomId}/members/token"`)
  expect(log).toContain('LiveKit runs again')
  expect(log.split(setupToken)).toHaveLength(2)
  const withoutLink = log.replace(setupToken, '')
  for (const [what, value] of secrets)
    for (const line of withoutLink.split('\n')) if (line.includes(value)) expect.soft(line, what).toBe('')
  expect(withoutLink).not.toMatch(/eyJ[\w-]+\.[\w-]+\./)
})
