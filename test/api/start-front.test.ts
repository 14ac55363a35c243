import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { request as requestTls } from 'node:https'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { claimsOf } from '../support/bots.ts'
import { livekitBinary, within } from '../support/livekit-child.ts'
import { eventually } from '../support/parley.ts'
import { livekitPid, listening } from '../support/processes.ts'
import { ADMIN, API_KEY, type ServerProcess } from '../support/server.ts'
import { joinRoom, makeSite, type RoomAnswer, type Site } from '../support/site.ts'

vi.setConfig({ testTimeout: 60_000 })
// The first run on a new machine may have to build LiveKit.
beforeAll(() => livekitBinary(), 45 * 60_000)

interface Heard {
  status: number | undefined
  headers: IncomingHttpHeaders
  body: Buffer
  text: string
}
interface Question {
  method?: string
  headers?: Record<string, string>
  body?: unknown
  /** Certificate that the server must show. */
  ca?: string
}

/** One request as it is: no decompression, no tidying of the path, no cookies kept. */
async function ask(url: string, { method = 'GET', headers = {}, body, ca }: Question = {}): Promise<Heard> {
  const { hostname, port, protocol, origin } = new URL(url)
  const options = { hostname, port, method, path: url.slice(origin.length), headers, agent: false }
  const req = protocol === 'https:' ? requestTls({ ...options, ca }) : request(options)
  if (body !== undefined) req.setHeader('Content-Type', 'application/json')
  req.end(body === undefined ? undefined : JSON.stringify(body))
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  const bytes = await buffer(res)
  return { status: res.statusCode, headers: res.headers, body: bytes, text: bytes.toString() }
}
const HTML = { accept: 'text/html,application/xhtml+xml' }
const directive = ({ headers }: Heard, name: string): string | undefined =>
  String(headers['content-security-policy'])
    .split(';')
    .map((one) => one.trim())
    .find((one) => one.startsWith(`${name} `))

describe('what everybody is served', () => {
  let site: Site
  let server: ServerProcess
  beforeAll(async () => {
    site = await makeSite()
    server = await site.start()
  })
  afterAll(() => site[Symbol.asyncDispose]())

  test('a connection is kept for longer than proxies and clients pause on it', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const askAfter = async (pauseMs: number) => {
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
      const req = request(`${server.url}/internal-api/v1/session`, { agent, method: 'GET' }).end()
      const [res] = (await once(req, 'response')) as [IncomingMessage]
      await buffer(res)
      return { isReused: req.reusedSocket, keepAlive: res.headers['keep-alive'] }
    }
    expect(await askAfter(0)).toEqual({ isReused: false, keepAlive: 'timeout=65' })
    // Node ends one after five seconds by default, and a POST at that moment is reset.
    expect(await askAfter(6500)).toMatchObject({ isReused: true })
    agent.destroy()
  })

  test('/health is OK and nothing else', async () => {
    const { status, headers, text } = await ask(`${server.url}/health`)
    expect(status).toBe(200)
    expect(text).toBe('OK')
    expect(headers['content-type']).toMatch(/^text\/plain/)
    expect(headers['cache-control']).toBe('no-store')
  })

  test('pages of a meeting may be framed anywhere, those of the console nowhere', async () => {
    for (const page of [
      '/room/x',
      '/room/x?secret=y',
      '/room/x/recordings',
      '/meeting/abc-def-ghi',
      '/meet/room/x',
    ]) {
      const answer = await ask(server.url + page, { headers: HTML })
      expect(answer.status, page).toBe(200)
      expect(directive(answer, 'frame-ancestors'), page).toBe('frame-ancestors *')
      expect(answer.headers['x-frame-options'], page).toBeUndefined()
    }
    for (const page of [
      '/',
      '/login',
      '/setup?token=x',
      '/overview',
      '/rooms',
      '/rooms/x',
      '/embedded',
      '/settings',
    ]) {
      const answer = await ask(server.url + page, { headers: HTML })
      expect(answer.status, page).toBe(200)
      expect(directive(answer, 'frame-ancestors'), page).toBe("frame-ancestors 'none'")
      expect(answer.headers['x-frame-options'], page).toBeDefined()
    }
  })

  test('no page allows a script or style of its own but those it has, by their hash', async () => {
    for (const page of ['/room/x', '/']) {
      const answer = await ask(server.url + page, { headers: HTML })
      const policy = String(answer.headers['content-security-policy'])
      for (const allowed of ["'unsafe-inline'", "'unsafe-eval'", 'http:', 'https:', '*.'])
        expect(policy).not.toContain(allowed)
      expect(directive(answer, 'default-src')).toBe("default-src 'none'")
      expect(answer.text).toMatch(/<script type="module"[^>]* src="\/assets\//)
      for (const element of ['script', 'style'] as const) {
        const inline = [...answer.text.matchAll(new RegExp(`<${element}([^>]*)>(.*?)</${element}>`, 'gs'))]
          .filter(([, attributes = '']) => !attributes.includes(' src="/assets/'))
          .map(([, , text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
        const allowed = directive(answer, `${element}-src`)?.match(/'sha256-[^']+'/g) ?? []
        expect(allowed.toSorted()).toEqual(inline.toSorted())
      }
      expect(answer.text).not.toMatch(/\sstyle=|\son\w+=|https?:\/\//)
      expect(answer.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      })
      expect(answer.headers['x-powered-by']).toBeUndefined()
      const again = await ask(server.url + page, {
        headers: { ...HTML, 'if-none-match': String(answer.headers.etag) },
      })
      expect(again.status).toBe(304)
    }
  })

  test('an unknown path is 404 in JSON, and so is a page for who does not ask for one', async () => {
    const asks: [string, Question][] = [
      ['/nothing', { headers: HTML }],
      ['/rooms', { headers: { accept: 'application/json' } }],
      ['/rooms', { headers: { accept: '*/*' } }],
      ['/rooms', {}],
      ['/', { headers: { accept: 'application/json' } }],
      ['/index%2ehtml', { headers: HTML }],
      ['/call', { headers: HTML }],
      ['/index.html', { headers: HTML }],
      ['/call.html', { headers: HTML }],
      ['/assets/nothing.js', { headers: HTML }],
      ['/assets/', { headers: HTML }],
      ['/package.json', {}],
      ['/../package.json', {}],
      ['/assets/../../server/main.js', {}],
      ['/assets/..%2f..%2fserver/main.js', {}],
      ['/%2e%2e/%2e%2e/package.json', {}],
      ['/api/v1/nothing', { headers: HTML }],
    ]
    for (const [where, how] of asks) {
      const answer = await ask(server.url + where, how)
      expect(answer.status, where).toBe(404)
      expect(answer.headers['content-type'], where).toBe('application/json; charset=utf-8')
      expect(JSON.parse(answer.text), where).toMatchObject({ code: expect.stringMatching(/_not_found$/) })
    }
    const posted = await ask(`${server.url}/rooms`, { method: 'POST', headers: HTML })
    expect(posted.status).toBe(405)
    expect(posted.headers['allow']).toContain('GET')
  })

  test('assets are kept for ever, and come as brotli or gzip to who accepts it', async () => {
    const page = await ask(`${server.url}/room/x`, { headers: HTML })
    const [, script] = /<script type="module"[^>]* src="([^"]+)"/.exec(page.text) ?? []
    const file = `${server.url}${script}`
    const plain = await ask(file)
    expect(plain.status).toBe(200)
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(plain.headers['content-type']).toMatch(/^text\/javascript/)
    const encodings = [
      ['br', 'gzip, deflate, br', brotliDecompressSync],
      ['gzip', 'gzip', gunzipSync],
    ] as const
    for (const [encoding, accepted, unpack] of encodings) {
      const packed = await ask(file, { headers: { 'accept-encoding': accepted } })
      expect(packed.headers['content-encoding']).toBe(encoding)
      expect(packed.headers['content-type']).toMatch(/^text\/javascript/)
      expect(packed.headers.vary).toMatch(/accept-encoding/i)
      expect(packed.body.length).toBeLessThan(plain.body.length / 2)
      expect(unpack(packed.body).equals(plain.body)).toBe(true)
    }
    for (const answer of [plain, await ask(file, { headers: { 'accept-encoding': 'br' } })])
      expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  })

  test('links in answers follow the Host that was asked, and no host that is none', async () => {
    const make = (host: string) =>
      ask(`${server.url}/api/v1/rooms`, { method: 'POST', headers: { host, 'x-api-key': API_KEY }, body: {} })
    const { text } = await make('meet.example.com:8080')
    expect((JSON.parse(text) as RoomAnswer).moderatorUrl).toMatch(/^http:\/\/meet\.example\.com:8080\/room\//)
    expect((await make('evil.example/path')).status).toBe(400)
  })

  test('during a meeting nothing listens on another address than 127.0.0.1', async () => {
    const room = await server.call<RoomAnswer>('POST /api/v1/rooms', {})
    const bot = await joinRoom(server, room.moderatorUrl, 'Ana')
    await eventually(
      'the meeting',
      () => server.call<RoomAnswer>(`GET /api/v1/rooms/${room.roomId}`),
      ({ status }) => status === 'active_meeting',
    )
    const own = await listening(server.process.pid ?? 0)
    const livekit = await listening(livekitPid(site.dataDir) ?? 0)
    await bot.leave()
    expect(own).toContain(`tcp 127.0.0.1:${new URL(server.url).port}`)
    expect(livekit.map((one) => one.split(' ')[0])).toEqual(['tcp', 'udp'])
    for (const address of [...own, ...livekit]) expect(address).toMatch(/^(tcp|udp) 127\.0\.0\.1:\d+$/)
  })
})

describe('with TLS_CERT and TLS_KEY', () => {
  let site: Site
  let server: ServerProcess
  let ca: string
  beforeAll(async () => {
    site = await makeSite()
    const made = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    })
    ca = made.cert
    const files = { TLS_CERT: path.join(site.dir, 'cert.pem'), TLS_KEY: path.join(site.dir, 'key.pem') }
    await writeFile(files.TLS_CERT, made.cert)
    await writeFile(files.TLS_KEY, made.private)
    server = await site.start({ ...files, ADMIN_USERNAME: ADMIN.username, ADMIN_PASSWORD: ADMIN.password })
  })
  afterAll(() => site[Symbol.asyncDispose]())

  const makeRoom = async (): Promise<RoomAnswer> => {
    const { text } = await ask(`${server.url}/api/v1/rooms`, {
      method: 'POST',
      headers: { 'x-api-key': API_KEY },
      body: {},
      ca,
    })
    return JSON.parse(text) as RoomAnswer
  }
  const mint = (roomUrl: string) => {
    const { pathname, searchParams } = new URL(roomUrl)
    return ask(`${server.url}/internal-api/v1/rooms/${pathname.split('/').at(-1)}/members/token`, {
      method: 'POST',
      body: { secret: searchParams.get('secret'), joinMeeting: true, participantName: 'Ana' },
      ca,
    })
  }

  test('https answers on the address it prints, and http does not', async () => {
    expect(server.url).toMatch(/^https:\/\/localhost:\d+$/)
    expect((await ask(`${server.url}/health`, { ca })).text).toBe('OK')
    expect((await ask(`${server.url}/room/x`, { headers: HTML, ca })).status).toBe(200)
    await expect(ask(`${server.url.replace('https', 'http')}/health`)).rejects.toThrow()
    expect(server.output()).not.toContain('Browsers give camera')
  })

  test('every cookie is Secure, and a session works with them', async () => {
    const { status, headers } = await ask(`${server.url}/internal-api/v1/session`, {
      method: 'POST',
      body: { login: ADMIN.username, password: ADMIN.password },
      ca,
    })
    expect(status).toBe(200)
    const minted = await mint((await makeRoom()).moderatorUrl)
    const cookies = [...(headers['set-cookie'] ?? []), ...(minted.headers['set-cookie'] ?? [])]
    expect(cookies.length).toBeGreaterThanOrEqual(2)
    for (const cookie of cookies) expect(cookie).toMatch(/; Secure(;|$)/)
    const cookie = (headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ')
    const session = await ask(`${server.url}/internal-api/v1/session`, { headers: { cookie }, ca })
    expect(JSON.parse(session.text)).toMatchObject({ user: { username: ADMIN.username } })
  })

  test('links and the address of LiveKit are https and wss', async () => {
    const room = await makeRoom()
    expect(room.moderatorUrl).toMatch(new RegExp(`^${server.url}/room/`))
    const { token } = JSON.parse((await mint(room.moderatorUrl)).text) as { token: string }
    expect(claimsOf(token).metadata.livekitUrl).toBe(`${server.url.replace('https', 'wss')}/livekit`)
  })

  /** Asks for a WebSocket below /livekit and returns what came once there is enough. */
  async function upgrade(query: string, enough: (heard: string) => boolean): Promise<string> {
    const socket = connectTls({ port: Number(new URL(server.url).port), servername: 'localhost', ca })
    await once(socket, 'secureConnect')
    let heard = ''
    const done = new Promise<void>((resolve) => {
      socket.on('data', (bytes: Buffer) => {
        heard += bytes.toString('latin1')
        if (enough(heard)) resolve()
      })
      socket.once('close', () => resolve())
    })
    socket.write(
      `GET /livekit/rtc?${query} HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\nConnection: Upgrade\r\n` +
        'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    await within(10_000, 'an answer', done)
    socket.destroy()
    return heard
  }

  test('/livekit carries the WebSocket of the signalling, for who has a token', async () => {
    const { token } = JSON.parse((await mint((await makeRoom()).moderatorUrl)).text) as { token: string }
    const query = (accessToken: string) =>
      `access_token=${accessToken}&auto_subscribe=1&sdk=js&version=2.23.0&protocol=16`
    const opened = await upgrade(query(token), (heard) => heard.split('\r\n\r\n')[1]?.length !== 0)
    expect(opened).toMatch(/^HTTP\/1\.1 101 /)
    // RFC 6455, 1.3: made from the key above.
    expect(opened).toMatch(/^Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r$/im)
    const refused = await upgrade(query(`${token.slice(0, -4)}AAAA`), (heard) => heard.includes('\r\n\r\n'))
    expect(refused).toMatch(/^HTTP\/1\.1 401 /)
  })
})
