import { dispose } from '@livekit/rtc-node'
import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { probe } from '../support/media.ts'
import { hum, paint } from '../support/painters.ts'
import { eventually } from '../support/parley.ts'
import { API_KEY, type ServerProcess } from '../support/server.ts'
import { joinRoom, makeSite, type RoomAnswer } from '../support/site.ts'
import { mountSmallDisk } from '../support/small-disk.ts'

afterAll(() => dispose())

interface Recording {
  recordingId: string
  status: string
  details: string
  duration: number
}
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const RESERVE_MB = 60

/** Downloads a recording, decodes all of it, and gives its length. */
async function play(server: ServerProcess, dir: string, id: string): Promise<number> {
  const answer = await fetch(`${server.url}/api/v1/recordings/${id}/media`, {
    headers: { 'X-API-KEY': API_KEY },
  })
  expect(answer.status).toBe(200)
  const file = path.join(dir, 'played.mp4')
  await writeFile(file, Buffer.from(await answer.arrayBuffer()))
  execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-i', file, '-f', 'null', '-'])
  return (await probe(file)).durationSeconds
}

it('a disk that gets full ends a running recording as limit_reached; it plays, and the meeting goes on', async (test) => {
  await using site = await makeSite()
  await mkdir(site.dataDir)
  await using disk = await mountSmallDisk(site.dataDir, 200)
  if (disk === null) {
    test.skip('this user may not mount a small file system')
    return
  }
  const server = await site.start({ RECORDING_DISK_RESERVE: String(RESERVE_MB) })
  const room = await server.call<RoomAnswer>('POST /api/v1/rooms', {})
  const ana = await joinRoom(server, room.moderatorUrl, 'Ana')
  const bruno = await joinRoom(server, room.speakerUrl, 'Bruno')
  const sent = [await paint(ana, 'camera', 'noise'), await hum(ana)]
  const start = () => server.call<{ recordingId: string }>('POST /api/v1/recordings', { roomId: room.roomId })
  const untilFinished = (id: string) =>
    eventually(
      `recording ${id} ending`,
      async () => (await server.call(`GET /api/v1/recordings/${id}`)) as unknown as Recording,
      ({ status }) => !['starting', 'active', 'ending'].includes(status),
      45_000,
    )
  const expectMeeting = async () => {
    expect(server.process.exitCode).toBe(null)
    expect(await server.call(`GET /api/v1/rooms/${room.roomId}`)).toMatchObject({ status: 'active_meeting' })
    expect([...bruno.room.remoteParticipants.keys()]).toEqual([ana.identity])
    expect([ana, bruno].map((bot) => bot.room.isConnected)).toEqual([true, true])
  }

  // Nearly full: what is kept free for all else is touched.
  const first = await start()
  await wait(4000)
  await disk.fill((RESERVE_MB - 20) * 1e6)
  const limited = await untilFinished(first.recordingId)
  expect(limited).toMatchObject({ status: 'limit_reached' })
  expect(limited.details).toContain('nearly full')
  expect(limited.duration).toBeGreaterThan(3)
  expect(Math.abs((await play(server, site.dir, first.recordingId)) - limited.duration)).toBeLessThan(0.1)
  await expectMeeting()
  expect(bruno.told.filter(({ type }) => type === 'recording.state').at(-1)).toMatchObject({
    recording: null,
  })
  const refused = await start().then(JSON.stringify, String)
  expect(refused).toContain('503')
  expect(refused).toContain('storage_full')
  expect(refused).toMatch(/nearly full: \d+ MB are free, 60 MB are kept free/)

  // Full to the last byte, at once: not even the database can be written for a while.
  await disk.relieve()
  const second = await start()
  await wait(5000)
  await disk.fill(0)
  await wait(6000)
  await disk.relieve()
  const full = await untilFinished(second.recordingId)
  expect(full.status).toBe('limit_reached')
  expect(full.duration).toBeGreaterThan(1)
  expect(Math.abs((await play(server, site.dir, second.recordingId)) - full.duration)).toBeLessThan(0.1)
  await expectMeeting()
  // And all is as before.
  const third = await start()
  await server.call(`POST /api/v1/recordings/${third.recordingId}/stop`)

  for (const one of sent) await one.stop()
  await Promise.all([ana.leave(), bruno.leave()])
}, 120_000)
