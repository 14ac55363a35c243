import { dispose } from '@livekit/rtc-node'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OwnLiveKit, startLiveKit } from '../support/livekit-own.ts'
import { coloursOf, probe } from '../support/media.ts'
import { paint } from '../support/painters.ts'
import { eventually } from '../support/parley.ts'
import { freePort } from '../support/processes.ts'
import { Receiver } from '../support/receiver.ts'
import { startS3 } from '../support/s3.ts'
import { API_KEY, type ServerProcess, startServer } from '../support/server.ts'
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

const WORKER = path.join(import.meta.dirname, '../support/egress-worker')

const hasGo = spawnSync('go', ['version']).status === 0

interface Recording {
  recordingId: string
  status: string
  details: string
  duration: number
  size: number
}

describe.skipIf(!hasGo)('with a worker (built with Go)', () => {
  let binary: string
  beforeAll(() => {
    binary = path.join(dir, 'egress-worker')
    execFileSync('go', ['build', '-o', binary, '.'], { cwd: WORKER, stdio: 'inherit' })
  }, 300_000)

  it.each(['data directory', 'bucket'])(
    'a recording goes from start to file in the %s; it ends by REST and with its meeting',
    async (where) => {
      const place = await mkdtemp(path.join(dir, 'place-'))
      const s3 = where === 'bucket' ? await startS3(path.join(place, 'bucket')) : null
      const port = await freePort()
      const heard = await Receiver.start()
      const own = await startLiveKit(place, {
        hasRedis: true,
        webhookUrls: [`http://127.0.0.1:${port}/internal-api/v1/livekit/webhook`, heard.url],
      })
      const recorder = [process.execPath, '--import', 'tsx', path.join(WORKER, 'recorder.ts'), own.url]
      const worker = spawn(binary, [own.redis ?? '', ...recorder], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, ...own.env },
      })
      const parley = await startServer({
        PORT: String(port),
        DATA_DIR: path.join(place, 'data'),
        RECORDING_DRIVER: 'egress',
        MEETING_DEPARTURE_TIMEOUT: '1',
        ...own.env,
        ...s3?.env,
      })
      try {
        await once(worker.stdout, 'data')
        const room = await parley.call<RoomAnswer>('POST /api/v1/rooms', {})
        const ana = await joinRoom(parley, room.moderatorUrl, 'Ana')
        const sent = await paint(ana, 'camera', [220, 20, 20])
        const start = (config: object) =>
          parley.call<Recording & Record<string, unknown>>('POST /api/v1/recordings', {
            roomId: room.roomId,
            config,
          })
        const untilFinished = (id: string) =>
          eventually(
            `recording ${id} ending`,
            async () => (await parley.call(`GET /api/v1/recordings/${id}`)) as unknown as Recording,
            ({ status }) => !['starting', 'active', 'ending'].includes(status),
            60_000,
          )
        const download = async (id: string) => {
          const answer = await fetch(`${parley.url}/api/v1/recordings/${id}/media`, {
            headers: { 'X-API-KEY': API_KEY },
          })
          expect(answer.status).toBe(200)
          const file = path.join(place, 'film.mp4')
          await writeFile(file, Buffer.from(await answer.arrayBuffer()))
          return file
        }

        const first = await start({ layout: 'single-speaker', encoding: 'H264_1080P_30' })
        expect(first).toMatchObject({ status: 'active', layout: 'single-speaker', encoding: 'H264_1080P_30' })
        const again = await start({}).then(JSON.stringify, String)
        expect(again).toContain('409')
        await new Promise((resolve) => setTimeout(resolve, 4000))
        await parley.call(`POST /api/v1/recordings/${first.recordingId}/stop`)
        const stopped = await untilFinished(first.recordingId)
        expect(stopped).toMatchObject({ status: 'complete', details: 'Stopped by INITIAL_API_KEY' })
        const file = await download(first.recordingId)
        const found = await probe(file)
        expect(found.video).toMatchObject({ codec: 'h264', width: 1920, height: 1080 })
        expect(Math.abs(found.durationSeconds - stopped.duration)).toBeLessThan(0.2)
        // It is the meeting that the worker's page has drawn, in the layout that was asked for.
        const [red, green, blue] = (await coloursOf(file, 1, 5, 5))[12] ?? []
        expect(red).toBeGreaterThan(150)
        expect(Math.max(green ?? 255, blue ?? 255)).toBeLessThan(90)

        // The end of the meeting ends it: the worker's page hears of it from LiveKit.
        const second = await start({})
        await new Promise((resolve) => setTimeout(resolve, 2000))
        await sent.stop()
        await ana.leave()
        const ended = await untilFinished(second.recordingId)
        expect(ended).toMatchObject({ status: 'complete' })
        expect((await probe(await download(second.recordingId))).video).toMatchObject({ width: 1280 })

        const told = heard.received
          .map(({ body }) => `${body.event} ${body.egressInfo?.status ?? ''}`.trim())
          .filter((event) => event.startsWith('egress'))
        expect(told.filter((event) => event.startsWith('egress_started'))).toHaveLength(2)
        expect(told.filter((event) => event === 'egress_updated EGRESS_ACTIVE')).toHaveLength(2)
        expect(told.filter((event) => event === 'egress_ended EGRESS_COMPLETE')).toHaveLength(2)
      } finally {
        worker.kill('SIGKILL')
        await parley.stop()
        await s3?.stop()
        await heard.stop()
        own.stop()
      }
    },
    180_000,
  )
})
