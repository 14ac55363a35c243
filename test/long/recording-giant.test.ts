import { dispose } from '@livekit/rtc-node'
import { readFileSync } from 'node:fs'
import { truncate } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { eventually } from '../support/parley.ts'
import { API_KEY, type ServerProcess } from '../support/server.ts'
import { joinRoom, makeSite, type RoomAnswer } from '../support/site.ts'

afterAll(() => dispose())

const GIANT = 5_000_000_000

/** The most memory that a process has had so far, in MB. */
const peakOf = (server: ServerProcess): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8'))?.[1]) / 1000

async function bytesOf(server: ServerProcess, target: string): Promise<number> {
  const answer = await fetch(server.url + target, { headers: { 'X-API-KEY': API_KEY } })
  if (answer.status !== 200 || answer.body === null) throw new Error(`${target} answered ${answer.status}`)
  let bytes = 0
  for await (const piece of answer.body) bytes += (piece as Uint8Array).length
  return bytes
}

it('a recording of 5 GB and a zip with it are streamed, never held in memory', async () => {
  await using site = await makeSite()
  const server = await site.start({ INITIAL_API_KEY: API_KEY })
  const room = await server.call<RoomAnswer>('POST /api/v1/rooms', {})
  const bot = await joinRoom(server, room.moderatorUrl, 'Ana')
  const { recordingId } = await server.call<{ recordingId: string }>('POST /api/v1/recordings', {
    roomId: room.roomId,
  })
  await new Promise((resolve) => setTimeout(resolve, 2000))
  await server.call(`POST /api/v1/recordings/${recordingId}/stop`)
  await eventually(
    'the recording ending',
    () => server.call<{ status: string }>(`GET /api/v1/recordings/${recordingId}`),
    ({ status }) => status === 'complete',
    30_000,
  )
  await bot.leave()
  await truncate(path.join(site.dataDir, `media/recordings/${recordingId}.mp4`), GIANT)
  const before = peakOf(server)
  expect(await bytesOf(server, `/api/v1/recordings/${recordingId}/media`)).toBe(GIANT)
  // The zip has 64-bit sizes, and says a little of its own.
  const zipped = await bytesOf(server, `/api/v1/recordings/download?recordingIds=${recordingId}`)
  expect(zipped).toBeGreaterThan(GIANT)
  expect(zipped).toBeLessThan(GIANT + 10_000)
  const grown = peakOf(server) - before
  console.log(`10 GB sent, the process grew by ${Math.round(grown)} MB to ${Math.round(peakOf(server))} MB`)
  expect(grown).toBeLessThan(150)
}, 300_000)
