import { dispose } from '@livekit/rtc-node'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type OwnLiveKit, startLiveKit } from '../support/livekit-own.ts'
import { type ServerProcess, startServer } from '../support/server.ts'
import { joinRoom, type RoomAnswer } from '../support/site.ts'

let dir: string
let server: ServerProcess
let livekit: OwnLiveKit

/** A LiveKit with Redis, as egress needs it, to which no worker has come. */
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'parley-egress-'))
  livekit = await startLiveKit(dir, { hasRedis: true })
  server = await startServer({ RECORDING_DRIVER: 'egress', ...livekit.env })
}, 60_000)
afterAll(async () => {
  await server?.stop()
  livekit?.stop()
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
