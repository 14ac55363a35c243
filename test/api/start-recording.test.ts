import { dispose } from '@livekit/rtc-node'
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { probe } from '../support/media.ts'
import { eventually } from '../support/parley.ts'
import { API_KEY, type ServerProcess } from '../support/server.ts'
import { joinRoom, makeSite, type RoomAnswer } from '../support/site.ts'

afterAll(() => dispose())

interface Recording {
  recordingId: string
  status: string
  details?: string
  duration?: number
  size?: number
}
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function record(server: ServerProcess) {
  const room = await server.call<RoomAnswer>('POST /api/v1/rooms', {})
  const bot = await joinRoom(server, room.moderatorUrl, 'Ana')
  const { recordingId } = await server.call<{ recordingId: string }>('POST /api/v1/recordings', {
    roomId: room.roomId,
  })
  return { room, bot, recordingId }
}
const untilFinished = (server: ServerProcess, id: string) =>
  eventually(
    `recording ${id} ending`,
    async () => (await server.call(`GET /api/v1/recordings/${id}`)) as unknown as Recording,
    ({ status }) => !['starting', 'active', 'ending'].includes(status),
    45_000,
  )

/** Downloads it and reads every packet of it. */
async function play(server: ServerProcess, dir: string, id: string) {
  const answer = await fetch(`${server.url}/api/v1/recordings/${id}/media`, {
    headers: { 'X-API-KEY': API_KEY },
  })
  expect(answer.status).toBe(200)
  const file = path.join(dir, 'played.mp4')
  await writeFile(file, Buffer.from(await answer.arrayBuffer()))
  execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-i', file, '-f', 'null', '-'])
  return probe(file)
}

/** The browser that a server has started. */
const chromiumOf = (server: ServerProcess): number => {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
  const found = rows
    .map((row) => row.trim().match(/^(\d+) +(\d+) +(.*)$/))
    .find((row) => Number(row?.[2]) === server.process.pid && /chrom/i.test(row?.[3] ?? ''))
  if (found?.[1] === undefined) throw new Error('the server has no Chromium')
  return Number(found[1])
}

describe('what was recorded until then is kept', () => {
  it('when the recorder is killed; the meeting goes on and can be recorded again', async () => {
    await using site = await makeSite()
    const server = await site.start({ INITIAL_API_KEY: API_KEY })
    const { room, bot, recordingId } = await record(server)
    await wait(5000)
    process.kill(chromiumOf(server), 'SIGKILL')
    const finished = await untilFinished(server, recordingId)
    expect(finished).toMatchObject({ status: 'complete' })
    expect(finished.details).toContain('ended unexpectedly')
    const { durationSeconds, video } = await play(server, site.dir, recordingId)
    expect(durationSeconds).toBeGreaterThan(2)
    expect(video.codec).toBe('h264')
    expect(await server.call(`GET /api/v1/rooms/${room.roomId}`)).toMatchObject({ status: 'active_meeting' })
    const again = await server.call<Recording & Record<string, unknown>>('POST /api/v1/recordings', {
      roomId: room.roomId,
    })
    expect(again.status).toBe('active')
    await bot.leave()
  }, 90_000)

  it('when the server is killed: after its restart the recording is settled', async () => {
    await using site = await makeSite()
    const server = await site.start({ INITIAL_API_KEY: API_KEY })
    const { bot, recordingId } = await record(server)
    await wait(5000)
    server.process.kill('SIGKILL')
    await eventually(
      'the server ending',
      async () => server.process.signalCode,
      (signal) => signal === 'SIGKILL',
    )
    await bot.leave().catch(() => undefined)
    const next = await site.start({ INITIAL_API_KEY: API_KEY })
    const finished = await untilFinished(next, recordingId)
    expect(finished).toMatchObject({ status: 'complete' })
    expect(finished.details).toContain('server was stopped')
    const { durationSeconds } = await play(next, site.dir, recordingId)
    expect(durationSeconds).toBeGreaterThan(2)
    expect(Math.abs(durationSeconds - (finished.duration ?? 0))).toBeLessThan(0.2)
  }, 90_000)

  it('when the server is stopped: the recording is complete before it ends', async () => {
    await using site = await makeSite()
    const server = await site.start({ INITIAL_API_KEY: API_KEY })
    const { recordingId } = await record(server)
    await wait(3000)
    expect(await server.stop()).toBe(0)
    const next = await site.start({ INITIAL_API_KEY: API_KEY })
    const found = (await next.call(`GET /api/v1/recordings/${recordingId}`)) as unknown as Recording
    expect(found.status).toBe('complete')
    expect((await play(next, site.dir, recordingId)).durationSeconds).toBeGreaterThan(2)
  }, 90_000)
})

describe('a server that cannot record', () => {
  it('says why: no Chromium, a disk that is nearly full, as many recordings as it bears', async () => {
    await using site = await makeSite()
    const reasons = [
      [{ CHROMIUM_BIN: '/nowhere/chromium' }, 'recorder_unavailable', 'CHROMIUM_BIN'],
      [{ RECORDING_DISK_RESERVE: '999999999' }, 'storage_full', 'nearly full'],
    ] as const
    for (const [env, code, words] of reasons) {
      const server = await site.start({ INITIAL_API_KEY: API_KEY, ...env })
      const failure = await record(server).catch((err: unknown) => String(err))
      expect(failure).toContain('503')
      expect(failure).toContain(code)
      expect(failure).toContain(words)
      await server.stop()
    }
    const server = await site.start({ INITIAL_API_KEY: API_KEY, RECORDING_CONCURRENCY: '1' })
    const { bot } = await record(server)
    expect(await record(server).catch((err: unknown) => String(err))).toContain('recording_capacity')
    await bot.leave()
  }, 90_000)
})
