import { dispose } from '@livekit/rtc-node'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client } from 'pg'
import { afterAll, expect, inject, it } from 'vitest'
import { type OwnLiveKit, startLiveKit } from '../support/livekit-own.ts'
import { probe } from '../support/media.ts'
import { hum, paint } from '../support/painters.ts'
import { eventually } from '../support/parley.ts'
import { familyOf, isAlive } from '../support/processes.ts'
import { startS3 } from '../support/s3.ts'
import { API_KEY, type ServerProcess, startServer } from '../support/server.ts'
import { joinRoom, type RoomAnswer } from '../support/site.ts'

const cleanups: (() => unknown)[] = []
afterAll(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup()
  await dispose()
})

interface Recording {
  recordingId: string
  status: string
  details: string
  duration: number
}

/** Two machines as far as Parley can tell: each its own data directory; database, LiveKit and bucket are shared. */
async function twoInstances() {
  const dir = await mkdtemp(path.join(tmpdir(), 'parley-takeover-'))
  cleanups.push(() => rm(dir, { recursive: true, force: true }))
  const base = inject('postgresUrl')
  const name = `takeover_${randomBytes(6).toString('hex')}`
  const client = new Client({ connectionString: `${base}/postgres` })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  const s3 = await startS3(path.join(dir, 'bucket'))
  cleanups.push(() => s3.stop())
  const livekit: OwnLiveKit = await startLiveKit(dir)
  cleanups.push(() => livekit.stop())
  const start = async (which: string) => {
    const server = await startServer({
      DATA_DIR: path.join(dir, which),
      DATABASE_URL: `${base}/${name}`,
      SECRET_KEY: 'the-same-secret-on-both-instances-0123456789',
      ...s3.env,
      ...livekit.env,
    })
    cleanups.push(() => server.stop('SIGKILL'))
    return server
  }
  return { dir, first: await start('first'), second: await start('second') }
}

/** Ends a server and all that it started, as a machine does that loses power. */
async function cutPower(server: ServerProcess): Promise<void> {
  const family = familyOf(server.process.pid ?? 0)
  for (const pid of family) process.kill(pid, 'SIGKILL')
  await eventually(
    'all processes ending',
    async () => family.filter((pid) => isAlive(pid)),
    (alive) => alive.length === 0,
  )
}

it('a recording whose instance is gone is finished by another, with what had been stored of it', async () => {
  const { dir, first, second } = await twoInstances()
  const room = await first.call<RoomAnswer>('POST /api/v1/rooms', {})
  // By the other instance, so that the meeting outlives the first.
  const ana = await joinRoom(second, room.moderatorUrl, 'Ana')
  const sent = [await paint(ana, 'camera', 'noise'), await hum(ana)]
  const { recordingId } = await first.call<{ recordingId: string }>('POST /api/v1/recordings', {
    roomId: room.roomId,
  })
  const at = `GET /api/v1/recordings/${recordingId}`
  expect(await second.call(at)).toMatchObject({ status: 'active' })
  // Another instance may not start a second one meanwhile.
  const again = await second
    .call('POST /api/v1/recordings', { roomId: room.roomId })
    .then(JSON.stringify, String)
  expect(again).toContain('409')
  await eventually(
    'the first of it in the bucket',
    () => readdir(path.join(dir, 'bucket/media/.uploads/recordings')).catch(() => []),
    (names) => names.some((name) => name.includes('.json')),
    40_000,
  )

  await cutPower(first)
  await rm(path.join(dir, 'first'), { recursive: true, force: true })
  const settled = await eventually(
    'the other instance finishing it',
    async () => (await second.call(at)) as unknown as Recording,
    ({ status }) => !['starting', 'active', 'ending'].includes(status),
    90_000,
  )
  expect(settled).toMatchObject({ status: 'complete' })
  expect(settled.details).toContain('what had been recorded until then is kept')
  expect(settled.duration).toBeGreaterThan(3)

  const answer = await fetch(`${second.url}/api/v1/recordings/${recordingId}/media`, {
    headers: { 'X-API-KEY': API_KEY },
  })
  expect(answer.status).toBe(200)
  const file = path.join(dir, 'played.mp4')
  await writeFile(file, Buffer.from(await answer.arrayBuffer()))
  execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-i', file, '-f', 'null', '-'], { stdio: 'pipe' })
  expect(Math.abs((await probe(file)).durationSeconds - settled.duration)).toBeLessThan(0.2)

  // The meeting went on, and is recorded anew.
  expect(ana.room.isConnected).toBe(true)
  const next = await second.call<Recording & Record<string, unknown>>('POST /api/v1/recordings', {
    roomId: room.roomId,
  })
  expect(next.status).toBe('active')
  await second.call(`POST /api/v1/recordings/${next.recordingId}/stop`)
  for (const one of sent) await one.stop()
  await ana.leave()
}, 300_000)
