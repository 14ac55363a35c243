import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage, request, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import express from 'express'
import pino from 'pino'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  createLiveKitProxy,
  type LiveKitProxy,
  type LiveKitProxyOptions,
} from '../../server/livekit/proxy.ts'
import { livekitBinary, makeChild, meet, type TestChild, within } from '../support/livekit-child.ts'

vi.setConfig({ testTimeout: 30_000 })

const silent = pino({ level: 'silent' })
let livekit: TestChild

// The first run on a new machine may have to build LiveKit.
beforeAll(async () => {
  await livekitBinary()
  livekit = await makeChild()
  await livekit.child.start()
}, 45 * 60_000)
afterAll(() => livekit[Symbol.asyncDispose]())

interface Front extends AsyncDisposable {
  origin: string
  port: number
  proxy: LiveKitProxy
}
const listening = async (server: Server | ReturnType<typeof createTcpServer>): Promise<number> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Parley's own server, as far as the proxy is concerned: Express in front, mounted at both paths. */
async function front(
  options: Partial<LiveKitProxyOptions> = {},
  tls?: { key: string; cert: string },
): Promise<Front> {
  const proxy = createLiveKitProxy({ target: () => livekit.child.url, log: silent, ...options })
  const app = express()
  app.use(['/livekit', '/meet/livekit'], proxy.handle)
  const server = tls === undefined ? createServer(app) : createHttpsServer(tls, app)
  server.on('upgrade', proxy.upgrade)
  const port = await listening(server)
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    proxy,
    [Symbol.asyncDispose]: async () => {
      proxy.close()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await within(2000, 'the end of all connections', closed)
    },
  }
}

/** A server in LiveKit's place that shows what reached it. */
async function upstream(answer: (socket: Socket, head: string) => void) {
  const heads: string[] = []
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.once('data', (data) => {
      heads.push(data.toString())
      answer(socket, data.toString())
    })
  })
  const port = await listening(server)
  return {
    heads,
    sockets,
    url: new URL(`http://127.0.0.1:${port}`),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const HANDSHAKE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
]
/** Sends a raw request and gives the socket and the head of the answer. */
async function raw(socket: Socket, path: string, headers: string[] = HANDSHAKE, method = 'GET') {
  socket.on('error', () => undefined)
  socket.write([`${method} ${path} HTTP/1.1`, 'Host: parley', ...headers, '', ''].join('\r\n'))
  let received = Buffer.alloc(0)
  while (!received.includes('\r\n\r\n')) {
    const [data] = (await within(5000, `an answer for ${path}`, once(socket, 'data'))) as [Buffer]
    received = Buffer.concat([received, data])
  }
  const at = received.indexOf('\r\n\r\n')
  return { head: received.subarray(0, at).toString(), rest: received.subarray(at + 4) }
}
const upgradePath = async (identity: string, room: string, prefix = '/livekit') =>
  `${prefix}/rtc?access_token=${await livekit.token(identity, room)}&protocol=16&auto_subscribe=1&sdk=js`

describe('signalling', () => {
  test('two real clients meet through it, and the server can close afterwards', async () => {
    const parley = await front()
    const meeting = await meet(livekit, `ws://127.0.0.1:${parley.port}/livekit`, 'through-proxy')
    expect(parley.proxy.openConnections).toBe(2)
    expect(await meeting.hear()).toBeGreaterThan(1000)
    await meeting.leave()
    await vi.waitUntil(() => parley.proxy.openConnections === 0, { timeout: 5000 })
    await parley[Symbol.asyncDispose]()
  })

  test('works below /meet too, and over TLS', async () => {
    await livekit.rooms().createRoom({ name: 'tls' })
    const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }])
    await using parley = await front({}, { key, cert })
    const socket = connectTls({ host: '127.0.0.1', port: parley.port, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { head, rest } = await raw(socket, await upgradePath('anna', 'tls', '/meet/livekit'))
    expect(head).toMatch(/^HTTP\/1\.1 101 /)
    expect(head.toLowerCase()).toContain('sec-websocket-accept: ')
    const frame =
      rest.length > 0 ? rest : ((await within(5000, 'the first frame', once(socket, 'data')))[0] as Buffer)
    // A final binary frame (RFC 6455, 5.2): LiveKit's JoinResponse.
    expect(frame[0]).toBe(0x82)
    socket.destroy()
  })

  test('a refusal of LiveKit reaches the client as it is', async () => {
    await using parley = await front()
    const socket = connect(parley.port, '127.0.0.1')
    const { head, rest } = await raw(socket, '/livekit/rtc?access_token=nonsense')
    expect(head).toMatch(/^HTTP\/1\.1 401 /)
    expect(rest.toString()).toContain('invalid authorization token')

    const validated = await fetch(
      `${parley.origin}/livekit/rtc/validate?access_token=${await livekit.token('anna', 'not-made')}`,
    )
    expect(validated.status).toBe(404)
    expect(await validated.text()).toContain('requested room does not exist')
  })

  test('an end on either side ends the other', async () => {
    await using there = await upstream((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    )
    await using parley = await front({ target: () => there.url })
    const leaves = connect(parley.port, '127.0.0.1')
    await raw(leaves, '/livekit/rtc')
    leaves.end()
    await vi.waitUntil(() => there.sockets.size === 0 && parley.proxy.openConnections === 0)

    const stays = connect(parley.port, '127.0.0.1')
    await raw(stays, '/livekit/rtc')
    for (const socket of there.sockets) socket.destroy()
    await within(2000, 'the end of the connection', once(stays, 'close'))
    await vi.waitUntil(() => parley.proxy.openConnections === 0)
  })

  test('a side that has gone silent is cut, though the other still sends', async () => {
    await using there = await upstream((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
      const ping = setInterval(() => socket.write('ping'), 50)
      socket.on('close', () => clearInterval(ping))
    })
    await using parley = await front({ target: () => there.url, idleMs: 300 })
    const talks = connect(parley.port, '127.0.0.1')
    const { head } = await raw(talks, '/livekit/rtc')
    expect(head).toContain('101')
    const talking = setInterval(() => talks.write('pong'), 50)
    talks.resume()
    const silentOne = connect(parley.port, '127.0.0.1')
    await raw(silentOne, '/livekit/rtc')
    silentOne.resume()
    await within(2000, 'the cut', once(silentOne, 'close'))
    expect(talks.destroyed).toBe(false)
    await vi.waitUntil(() => parley.proxy.openConnections === 1)
    clearInterval(talking)
    talks.destroy()
  })

  test('a slow reader holds the sender back instead of filling memory', async () => {
    let sent = 0
    await using there = await upstream((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
      const chunk = Buffer.alloc(1 << 20)
      const send = () => {
        while (sent < 300 && socket.write(chunk)) sent++
        if (sent < 300) socket.once('drain', send)
      }
      send()
    })
    await using parley = await front({ target: () => there.url })
    const reader = connect(parley.port, '127.0.0.1')
    await raw(reader, '/livekit/rtc')
    reader.pause()
    await vi.waitUntil(async () => {
      const before = sent
      await delay(300)
      return sent === before
    })
    // What the system's buffers of two connections hold, not the 300 MB that wait.
    expect(sent).toBeLessThan(100)
    reader.destroy()
  })
})

describe('what must not pass', () => {
  test.each([
    '/livekit/twirp/livekit.RoomService/ListRooms',
    '/livekit/rtc/../twirp/livekit.RoomService/ListRooms',
    '/livekit/rtc/%2e%2e/twirp/livekit.RoomService/ListRooms',
    '/livekit/rtc/..%2ftwirp/livekit.RoomService/ListRooms',
    '/livekit/rtc//twirp/livekit.RoomService/ListRooms',
    '/livekit//twirp/livekit.RoomService/ListRooms',
    '/livekit/rtc\\..\\twirp',
    '/livekit/rtcx',
    '/livekit/settingsx',
    '/livekit/internal-api/v1/livekit/webhook',
    '/livekit/agent',
    '/livekit/whip/v1',
    '/livekit/',
    '/livekit',
    '/twirp/livekit.RoomService/ListRooms',
    'http://127.0.0.1/livekit/rtc',
  ])('%s answers 404 without asking LiveKit, for requests and upgrades', async (path) => {
    await using there = await upstream((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
    const proxy = createLiveKitProxy({ target: () => there.url, log: silent })
    // Without Express, so that nothing cleans up the path before.
    const server = createServer(proxy.handle).on('upgrade', proxy.upgrade)
    const port = await listening(server)
    for (const headers of [['Connection: close'], HANDSHAKE]) {
      const socket = connect(port, '127.0.0.1')
      expect((await raw(socket, path, headers)).head).toMatch(/^HTTP\/1\.1 404 /)
      socket.destroy()
    }
    expect(there.heads).toEqual([])
    proxy.close()
    server.close()
  })

  test('the admin API is out of reach with a valid admin token too', async () => {
    await using parley = await front()
    const answer = await fetch(`${parley.origin}/livekit/twirp/livekit.RoomService/ListRooms`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await livekit.token('a', 'b')}`,
      },
      body: '{}',
    })
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ error: 'Path Not Found', code: 'not_found' })
  })

  test('cookies, API keys, room member tokens and claimed addresses stay here', async () => {
    await using there = await upstream((socket, head) =>
      socket.end(
        /upgrade: websocket/i.test(head)
          ? 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'
          : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      ),
    )
    await using parley = await front({ target: () => there.url, clientAddress: () => '203.0.113.9' })
    const secrets = [
      'Cookie: parley.session_token=hidden',
      'X-API-KEY: hidden',
      'X-Room-Member-Token: hidden',
      'X-Forwarded-For: 1.2.3.4',
      'CF-Connecting-IP: 1.2.3.4',
      'X-Real-IP: 1.2.3.4',
      'X-Named: hidden',
    ]
    const kept = ['Authorization: Bearer room-token', 'User-Agent: test']
    for (const headers of [
      [...secrets, ...kept, 'Connection: close, X-Named'],
      [...secrets, ...kept, 'Connection: Upgrade, X-Named', ...HANDSHAKE.slice(1)],
    ])
      await raw(connect(parley.port, '127.0.0.1'), '/livekit/rtc/v1?join_request=abc', headers)
    expect(there.heads).toHaveLength(2)
    for (const head of there.heads) {
      expect(head).toMatch(/^GET \/rtc\/v1\?join_request=abc HTTP\/1\.1\r\n/)
      expect(head).not.toMatch(/hidden|1\.2\.3\.4/)
      expect(head).toMatch(/authorization: Bearer room-token/i)
      expect(head).toMatch(/x-forwarded-for: 203\.0\.113\.9\r\n/i)
      expect(head).toContain(`${there.url.host}\r\n`)
    }
  })

  test('another protocol than WebSocket opens no tunnel', async () => {
    await using parley = await front()
    const socket = connect(parley.port, '127.0.0.1')
    const { head } = await raw(socket, '/livekit/rtc', [
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
    ])
    expect(head).toMatch(/^HTTP\/1\.1 404 /)
    const posted = connect(parley.port, '127.0.0.1')
    expect((await raw(posted, '/livekit/rtc', HANDSHAKE, 'POST')).head).toMatch(/^HTTP\/1\.1 404 /)
  })

  test('a method that signalling does not use answers 405', async () => {
    await using parley = await front()
    const answer = await fetch(`${parley.origin}/livekit/rtc/validate`, { method: 'POST', body: 'x' })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
    expect(await answer.json()).toMatchObject({ code: 'method_not_allowed' })
  })
})

describe('while LiveKit is away', () => {
  const gone = async () => {
    const server = createTcpServer()
    const port = await listening(server)
    server.close()
    await once(server, 'close')
    return new URL(`http://127.0.0.1:${port}`)
  }

  test.each(['nothing listens', 'it was not started yet', 'it does not answer'])(
    'requests and upgrades answer 502 livekit_unavailable when %s',
    async (why) => {
      await using mute = await upstream(() => undefined)
      const url = why === 'nothing listens' ? await gone() : mute.url
      await using parley = await front({
        answerWithinMs: 200,
        target: () => {
          if (why === 'it was not started yet') throw new Error('LiveKit was not started yet')
          return url
        },
      })
      const answer = await fetch(`${parley.origin}/livekit/rtc/validate`)
      expect(answer.status).toBe(502)
      expect(await answer.json()).toEqual({
        error: 'LiveKit Error',
        message: expect.stringContaining('try again'),
        code: 'livekit_unavailable',
      })
      const socket = connect(parley.port, '127.0.0.1')
      const { head, rest } = await raw(socket, '/livekit/rtc')
      expect(head).toMatch(/^HTTP\/1\.1 502 Bad Gateway/)
      expect(JSON.parse(rest.toString())).toMatchObject({ code: 'livekit_unavailable' })
      await within(2000, 'the end of the connection', once(socket, 'close'))
      await vi.waitUntil(() => mute.sockets.size === 0 && parley.proxy.openConnections === 0)
    },
  )

  test('an answer that breaks off does not look complete', async () => {
    await using there = await upstream((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () => socket.destroy())
    })
    await using parley = await front({ target: () => there.url })
    const answer = await fetch(`${parley.origin}/livekit/rtc/validate`)
    await expect(answer.text()).rejects.toThrow('terminated')
  })

  test('a client that goes away leaves nothing open at LiveKit', async () => {
    await using there = await upstream(() => undefined)
    await using parley = await front({ target: () => there.url })
    const impatient = get(`${parley.origin}/livekit/rtc/validate`)
    impatient.on('error', () => undefined)
    await vi.waitUntil(() => there.sockets.size === 1)
    impatient.destroy()
    await vi.waitUntil(() => there.sockets.size === 0)
  })

  test('the next connection finds a LiveKit that has moved', async () => {
    await using old = await upstream((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold'),
    )
    await using fresh = await upstream((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfresh'),
    )
    let url = old.url
    await using parley = await front({ target: () => url })
    expect(await (await fetch(`${parley.origin}/livekit/settings/regions`)).text()).toBe('old')
    url = fresh.url
    expect(await (await fetch(`${parley.origin}/livekit/settings/regions`)).text()).toBe('fresh')
  })
})

test('a GET with a body keeps its connection usable', async () => {
  await using parley = await front()
  const body = 'a body nobody asked for'
  const sent = request(`${parley.origin}/livekit/rtc/validate`, {
    headers: { 'content-length': body.length },
  })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  expect(answer.statusCode).toBe(401)
  expect(await text(answer)).not.toBe('')
})
