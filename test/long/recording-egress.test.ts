import { dispose } from '@livekit/rtc-node'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../support/parley.ts'
import { livekitBinary } from '../support/livekit-child.ts'
import { freePort } from '../support/processes.ts'
import { API_KEY, type ServerProcess, startServer } from '../support/server.ts'
import { joinRoom, type RoomAnswer } from '../support/site.ts'

const SECRET = 'a-secret-of-at-least-thirty-two-characters'
let dir: string
let server: ServerProcess
const children: ChildProcess[] = []

/** A LiveKit with Redis, as egress needs it, to which no worker has come. */
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'parley-egress-'))
  const [redis, http, tcp, udp] = [await freePort(), await freePort(), await freePort(), await freePort()]
  children.push(
    spawn('redis-server', ['--port', String(redis), '--bind', '127.0.0.1', '--save', '', '--dir', dir], {
      stdio: 'ignore',
    }),
  )
  const config = path.join(dir, 'livekit.yaml')
  await writeFile(
    config,
    `port: ${http}
bind_addresses: ['127.0.0.1']
redis: { address: '127.0.0.1:${redis}' }
rtc: { tcp_port: ${tcp}, udp_port: ${udp}, use_external_ip: false, node_ip: 127.0.0.1 }
room: { auto_create: false }
keys: { parley: ${SECRET} }
`,
  )
  children.push(spawn(await livekitBinary(), ['--config', config], { stdio: 'ignore' }))
  await eventually(
    'LiveKit answering',
    () =>
      fetch(`http://127.0.0.1:${http}`).then(
        ({ ok }) => ok,
        () => false,
      ),
    (isUp) => isUp,
    20_000,
  )
  server = await startServer({
    INITIAL_API_KEY: API_KEY,
    RECORDING_DRIVER: 'egress',
    LIVEKIT_URL: `ws://127.0.0.1:${http}`,
    LIVEKIT_API_KEY: 'parley',
    LIVEKIT_API_SECRET: SECRET,
  })
}, 60_000)
afterAll(async () => {
  await server?.stop()
  for (const child of children) child.kill('SIGKILL')
  await rm(dir, { recursive: true, force: true })
  await dispose()
})

it('without a worker a start is refused within 20 s, and the next one is tried again', async () => {
  const room = await server.call<RoomAnswer>('POST /api/v1/rooms', {})
  const bot = await joinRoom(server, room.moderatorUrl, 'Ana')
  for (let i = 0; i < 2; i++) {
    const from = Date.now()
    const failure = await server
      .call('POST /api/v1/recordings', { roomId: room.roomId })
      .then(JSON.stringify, (err: unknown) => String(err))
    expect(failure).toContain('503')
    expect(failure).toContain('timed out while starting')
    expect(Date.now() - from).toBeLessThan(22_000)
  }
  const { recordings } = await server.call<{ recordings: { status: string }[] }>(
    `GET /api/v1/recordings?roomId=${room.roomId}`,
  )
  expect(recordings.map(({ status }) => status)).toEqual(['failed', 'failed'])
  await bot.leave()
}, 90_000)
