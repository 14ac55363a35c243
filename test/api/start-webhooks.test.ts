import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { eventually } from '../support/parley.ts'
import { Receiver, signatureFaults } from '../support/receiver.ts'
import { startServer } from '../support/server.ts'

it('nothing is lost when Parley is killed between a change and its delivery', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'parley-killed-'))
  // Takes what comes and never answers: nothing can have been delivered when Parley is killed.
  const one = await Receiver.start(() => undefined)
  const first = await startServer({ DATA_DIR: dataDir })
  const { secret } = await first.call<{ secret: string }>('POST /api/v1/webhooks', { url: one.url })
  const rooms: string[] = []
  for (let i = 0; i < 20; i++)
    rooms.push((await first.call<{ roomId: string }>('POST /api/v1/rooms', {})).roomId)
  await first.call(`PUT /api/v1/rooms/${rooms[0]}/status`, { status: 'closed' })
  await first.stop('SIGKILL')

  const before = one.received.length
  one.answer = (_received, res) => void res.end()
  const second = await startServer({ DATA_DIR: dataDir })
  const since = () => one.received.slice(before)
  await eventually(
    'all that happened',
    async () => since().length,
    (count) => count >= 21,
    30_000,
  )
  expect(since().map(({ body }) => body.data.roomId)).toHaveLength(21)
  for (const roomId of rooms)
    expect(
      since()
        .filter(({ body }) => body.data.roomId === roomId)
        .map(({ body }) => body.event),
    ).toEqual(roomId === rooms[0] ? ['roomCreated', 'roomUpdated'] : ['roomCreated'])
  for (const received of since()) expect(signatureFaults(received, secret)).toEqual([])
  expect(await second.stop()).toBe(0)
  await one.stop()
  await rm(dataDir, { recursive: true, force: true })
}, 90_000)
