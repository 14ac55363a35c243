import { dispose } from '@livekit/rtc-node'
import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../server/config.ts'
import { createContext } from '../../server/context.ts'
import { EVENTS } from '../../server/webhooks/event-schema.ts'
import { EVENT_NAMES, type EventName } from '../../server/webhooks/outbox.ts'
import { join } from '../support/bots.ts'
import { eventually, startParley, TestClock, type TestParley } from '../support/parley.ts'
import { freePort } from '../support/processes.ts'
import { Receiver, signatureFaults } from '../support/receiver.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
let parley: TestParley
const clock = new TestClock()
beforeAll(async () => {
  const port = String(await freePort())
  parley = await startParley({ clock, env: { PORT: port, PUBLIC_URL: `http://localhost:${port}` } })
})
afterAll(async () => {
  await parley.stop()
  await dispose()
})

const receivers: Receiver[] = []
const receiver = async (...args: Parameters<typeof Receiver.start>) => {
  const started = await Receiver.start(...args)
  receivers.push(started)
  return started
}
afterEach(async () => {
  const { body } = await parley.call('GET /api/v1/webhooks')
  for (const { id } of body.webhooks) await parley.call(`DELETE /api/v1/webhooks/${id}`)
  for (const one of receivers.splice(0)) await one.stop()
})

const subscribe = async (body: object) => (await parley.call('POST /api/v1/webhooks', { body })).body
const webhook = async (id: string) => (await parley.call(`GET /api/v1/webhooks/${id}`)).body
const log = async (id: string) =>
  (await parley.call(`GET /api/v1/webhooks/${id}/deliveries?maxItems=100`)).body.deliveries
const create = async (): Promise<string> =>
  (await parley.call('POST /api/v1/rooms', { body: {} })).body.roomId
const setStatus = (roomId: string, status: string) =>
  parley.call(`PUT /api/v1/rooms/${roomId}/status`, { body: { status } })
/** Reads while time flies: half a second with each look. */
const flying =
  <T>(read: () => Promise<T>) =>
  () => {
    clock.advance(500)
    return read()
  }

describe('a meeting', () => {
  it('is told event by event, with the whole room, and the chat to who chose it', async () => {
    const one = await receiver()
    const { secret } = await subscribe({ url: `${one.url}/all` })
    await subscribe({ url: `${one.url}/chat`, events: ['chatMessageSent'] })
    const { body: room } = await parley.call('POST /api/v1/rooms', { body: { roomName: 'Daily' } })
    const bot = await join(parley, room.moderatorUrl, 'Ana')
    await eventually(
      'the join',
      async () => one.events({ path: '/all' }),
      (events) => events.includes('participantJoined'),
    )
    const now = (await parley.call(`GET /api/v1/rooms/${room.roomId}?extraFields=config,roles`)).body
    const started = one.received.find(({ body }) => body.event === 'meetingStarted')
    const { _extraFields, ...whole } = now
    expect(started?.body.data).toEqual(whole)
    expect(started?.body.data).toMatchObject({ status: 'active_meeting', moderatorUrl: room.moderatorUrl })
    await parley.call(`POST /internal-api/v1/meetings/${room.roomId}/messages`, {
      token: bot.token,
      body: { text: 'Hello “all”' },
    })
    await bot.leave()
    await eventually(
      'the end',
      async () => one.events({ path: '/all' }),
      (events) => events.includes('meetingEnded'),
    )
    expect(one.events({ path: '/all' })).toEqual([
      'roomCreated',
      'meetingStarted',
      'participantJoined',
      'participantLeft',
      'meetingEnded',
    ])
    expect(one.events({ path: '/chat' })).toEqual(['chatMessageSent'])
    expect(one.received.find(({ path }) => path === '/chat')?.body.data).toMatchObject({
      roomName: 'Daily',
      message: { name: 'Ana', text: 'Hello “all”' },
    })
    for (const received of one.received) {
      const { data } = EVENTS[received.body.event as EventName]
      expect(data.safeParse(received.body.data).error, received.body.event).toBe(undefined)
      if (received.path === '/all') expect(signatureFaults(received, secret)).toEqual([])
      expect(received.headers['x-timestamp']).toBe(String(received.body.creationDate))
    }
    const { body: reference } = await parley.call('GET /api/v1/openapi.json')
    expect(Object.keys(reference.webhooks)).toEqual([...EVENT_NAMES])
  })
})

describe('order and tries', () => {
  it('a room’s later events wait for an earlier one’s first three tries, other rooms’ do not', async () => {
    const first = { roomId: '', refusals: 2 }
    const one = await receiver(({ body }, res) => {
      const isRefused = body.data.roomId === first.roomId && first.refusals-- > 0
      res.writeHead(isRefused ? 503 : 200).end()
    })
    await subscribe({ url: one.url })
    first.roomId = await create()
    await setStatus(first.roomId, 'closed')
    await setStatus(first.roomId, 'open')
    const other = await create()
    await setStatus(other, 'closed')
    await eventually(
      'the other room’s events',
      async () => one.events({ roomId: other }),
      (events) => events.length === 2,
    )
    expect(one.events({ roomId: first.roomId })).not.toContain('roomUpdated')
    await eventually(
      'the first room’s events',
      flying(async () => one.events({ roomId: first.roomId })),
      (events) => events.length === 5,
      20_000,
    )
    expect(one.events({ roomId: first.roomId })).toEqual([
      'roomCreated',
      'roomCreated',
      'roomCreated',
      'roomUpdated',
      'roomUpdated',
    ])
    const updates = one.received.filter(
      ({ body }) => body.event === 'roomUpdated' && body.data.roomId === first.roomId,
    )
    expect(updates.map(({ body }) => body.data.status)).toEqual(['closed', 'open'])
  })

  it('after three tries the later ones pass, and the first is tried on, eight times in all', async () => {
    const one = await receiver(({ body }, res) =>
      res.writeHead(body.event === 'roomCreated' ? 500 : 200).end(),
    )
    const { id, secret } = await subscribe({ url: one.url })
    const roomId = await create()
    await setStatus(roomId, 'closed')
    await eventually(
      'the later event',
      flying(async () => one.events()),
      (events) => events.includes('roomUpdated'),
      20_000,
    )
    expect(one.events()).toEqual(['roomCreated', 'roomCreated', 'roomCreated', 'roomUpdated'])
    await eventually(
      'the third try on record',
      () => log(id),
      (all) => all[1].attempt === 3,
    )
    const tries = () => one.events().filter((event) => event === 'roomCreated').length
    for (const [count, delayMs] of [
      [4, MINUTE_MS],
      [5, 10 * MINUTE_MS],
      [6, HOUR_MS],
      [7, 6 * HOUR_MS],
      [8, 21 * HOUR_MS],
    ] as const) {
      // Jitter only ever adds, a fifth at most.
      clock.advance(delayMs - MINUTE_MS / 2)
      await new Promise((resolve) => setTimeout(resolve, 400))
      expect(tries()).toBe(count - 1)
      clock.advance(MINUTE_MS / 2 + delayMs / 5)
      // On record, not only received: the next delay counts from then.
      const [, delivery] = await eventually(
        'the next try',
        () => log(id),
        (all) => all[1].attempt === count,
      )
      expect(tries()).toBe(delivery.attempt)
    }
    const [, delivery] = await eventually(
      'the end',
      () => log(id),
      (all) => all[1].status === 'failed',
    )
    expect(delivery).toMatchObject({ event: 'roomCreated', attempt: 8, nextAttemptAt: null })
    expect(delivery.tries).toHaveLength(7)
    const stamps = one.received
      .filter(({ body }) => body.event === 'roomCreated')
      .map(({ headers }) => Number(headers['x-timestamp']))
    expect(stamps.toSorted((a, b) => a - b)).toEqual(stamps)
    // Each try was fresh when it was sent: a receiver that refuses what is 120 s old took none for a replay.
    expect((stamps[7] ?? 0) - (stamps[6] ?? 0)).toBeGreaterThan(20 * HOUR_MS)
    const last = one.received.at(-1)
    if (last === undefined) throw new Error('nothing arrived')
    // standardwebhooks goes by the real clock, which this server's is ahead of: only the other signature here.
    expect(signatureFaults(last, secret)).not.toContain('x-signature')
  })

  it('nothing is lost while the receiver is down for 10 minutes', async () => {
    const port = await freePort()
    const { id } = await subscribe({ url: `http://127.0.0.1:${port}/` })
    const rooms: string[] = []
    for (let minute = 0; minute < 10; minute++) {
      rooms.push(await create())
      clock.advance(MINUTE_MS)
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
    const down = await webhook(id)
    expect(down).toMatchObject({ enabled: true, failingSince: expect.any(String), pendingCount: 10 })
    expect(down.lastError).toContain('refuses the connection')
    const one = await receiver(undefined, port)
    clock.advance(12 * MINUTE_MS)
    await eventually(
      'all events',
      async () => one.received.length,
      (count) => count === 10,
    )
    expect(one.received.map(({ body }) => body.data.roomId).toSorted()).toEqual(rooms.toSorted())
    await eventually(
      'the good standing',
      () => webhook(id),
      ({ failingSince }) => failingSince === null,
    )
  })

  it('a new URL, or being enabled again, is tried at once', async () => {
    const { id } = await subscribe({ url: `http://127.0.0.1:${await freePort()}/` })
    await create()
    await eventually(
      'three failures',
      flying(() => log(id)),
      ([delivery]) => delivery?.attempt === 3,
      15_000,
    )
    const one = await receiver()
    await parley.call(`PATCH /api/v1/webhooks/${id}`, { body: { enabled: false } })
    expect(await webhook(id)).toMatchObject({ enabled: false, disabledReason: null, pendingCount: 1 })
    await create()
    await parley.call(`PATCH /api/v1/webhooks/${id}`, { body: { enabled: true, url: one.url } })
    await eventually(
      'the delivery',
      () => log(id),
      ([delivery]) => delivery?.status === 'delivered',
    )
    // What happened while it was disabled is not sent.
    expect(one.events()).toEqual(['roomCreated'])
  })
})

describe('a receiver that wants nothing more', () => {
  it('is disabled by its 410, and the admin is told', async () => {
    const held: ServerResponse[] = []
    const one = await receiver((_received, res) => void held.push(res))
    const { id } = await subscribe({ url: one.url })
    const roomId = await create()
    await setStatus(roomId, 'closed')
    // Answered only when the second one waits behind the first.
    await eventually(
      'both deliveries',
      async () => held.length === 1 && (await log(id)).length === 2,
      Boolean,
    )
    held[0]?.writeHead(410).end()
    const gone = await eventually(
      'being disabled',
      () => webhook(id),
      ({ enabled }) => !enabled,
    )
    expect(gone).toMatchObject({
      disabledReason: 'gone',
      lastError: 'The receiver answered 410',
      pendingCount: 0,
    })
    expect(one.received).toHaveLength(1)
    expect((await log(id)).map(({ status }: { status: string }) => status)).toEqual(['failed', 'failed'])
    const told = await parley.ctx.database.db
      .selectFrom('audit')
      .selectAll()
      .where('target', '=', id)
      .where('action', '=', 'webhook.disabled')
      .execute()
    expect(told.map(({ details }) => JSON.parse(details).reason)).toEqual(['gone'])
  })

  it('is disabled after five days of failures, and not before', async () => {
    const one = await receiver((_received, res) => res.writeHead(500).end())
    const { id } = await subscribe({ url: one.url })
    await create()
    await eventually(
      'a failure',
      () => webhook(id),
      ({ failingSince }) => failingSince !== null,
    )
    clock.advance(119 * HOUR_MS)
    let before = one.received.length
    await create()
    await eventually(
      'another',
      async () => one.received.length,
      (count) => count > before,
    )
    expect((await webhook(id)).enabled).toBe(true)
    clock.advance(2 * HOUR_MS)
    before = one.received.length
    await create()
    const failed = await eventually(
      'being disabled',
      () => webhook(id),
      ({ enabled }) => !enabled,
    )
    expect(failed).toMatchObject({ disabledReason: 'failing', failingSince: expect.any(String) })
    await parley.call(`PATCH /api/v1/webhooks/${id}`, { body: { enabled: true } })
    expect(await webhook(id)).toMatchObject({ enabled: true, disabledReason: null, failingSince: null })
  })
})

// The database has no part in it.
describe.skipIf(process.env.PARLEY_TEST_DATABASE === 'postgres')('bad receivers', () => {
  it('that hang, redirect, answer 5 MB or close early cost a good one nothing', async () => {
    const hanging = await receiver(() => undefined)
    const target = await receiver()
    const redirecting = await receiver((_received, res) => res.writeHead(307, { Location: target.url }).end())
    let written = 0
    const huge = await receiver((_received, res) => {
      const piece = Buffer.alloc(64 * 1024, 'x')
      res.writeHead(200)
      const write = () => {
        while (written < 5_000_000 && !res.destroyed) {
          written += piece.length
          if (!res.write(piece)) {
            res.once('drain', write)
            return
          }
        }
        res.end()
      }
      write()
    })
    const dripping = await receiver((_received, res) => {
      res.writeHead(200).write('one moment')
    })
    const closing = await receiver((_received, res) => res.socket?.destroy())
    const good = await receiver()
    const events = ['roomCreated']
    const ids: Record<string, string> = {}
    for (const [name, one] of Object.entries({ hanging, redirecting, huge, dripping, closing }))
      ids[name] = (await subscribe({ url: one.url, events })).id
    await subscribe({ url: good.url, events })
    const startedAt = performance.now()
    for (let i = 0; i < 20; i++) await create()
    await eventually(
      'the good one’s',
      async () => good.received.length,
      (count) => count === 20,
      5000,
    )
    expect(performance.now() - startedAt).toBeLessThan(5000)

    const latest = async (name: string) => (await log(ids[name] ?? '')).at(-1)
    expect(
      await eventually(
        'the 5 MB',
        () => latest('huge'),
        ({ status }) => status !== 'pending',
      ),
    ).toMatchObject({
      status: 'delivered',
      responseStatus: 200,
      response: 'x'.repeat(4096),
    })
    expect(
      await eventually(
        'the drip',
        () => latest('dripping'),
        ({ status }) => status !== 'pending',
      ),
    ).toMatchObject({ status: 'delivered', response: 'one moment' })
    expect(
      await eventually(
        'the redirect',
        () => latest('redirecting'),
        ({ attempt }) => attempt > 0,
      ),
    ).toMatchObject({ status: 'pending', responseStatus: 307 })
    expect(target.received).toEqual([])
    expect(
      await eventually(
        'the close',
        () => latest('closing'),
        ({ attempt }) => attempt > 0,
      ),
    ).toMatchObject({
      responseStatus: null,
      error: expect.stringContaining('closed the connection'),
    })
    const hung = await eventually(
      'the time-out',
      () => latest('hanging'),
      ({ attempt }) => attempt > 0,
      15_000,
    )
    expect(hung.error).toBe('No answer within 10 s')
    expect(hung.durationMs).toBeGreaterThan(9900)
    expect(hung.durationMs).toBeLessThan(12_000)
    // Of each answer of 5 MB only what the sockets' buffers took was ever sent.
    expect(written).toBeLessThan(20 * 5_000_000)
  })
})

describe('two instances on one database', () => {
  it('deliver each event by one of them, in order, also when one of them ends', async () => {
    const one = await receiver((_received, res) => void setTimeout(() => res.end(), 5))
    await subscribe({ url: one.url })
    const second = await createContext(loadConfig(parley.env), parley.ctx.log, { clock })
    second.dispatcher.start()
    const both = [parley.ctx.dispatcher, second.dispatcher]
    const leading = () => both.filter(({ isLeading }) => isLeading)
    await eventually(
      'a leader',
      async () => leading().length,
      (count) => count === 1,
    )
    const rooms = await Promise.all(Array.from({ length: 5 }, create))
    const toggle = async (times: number) => {
      for (let i = 0; i < times; i++)
        for (const roomId of rooms) await setStatus(roomId, i % 2 === 0 ? 'closed' : 'open')
    }
    await toggle(6)
    expect(leading()).toEqual([parley.ctx.dispatcher])
    // The first instance's part of delivering ends, as at its shutdown; the other one goes on.
    const ending = parley.ctx.dispatcher.close()
    await toggle(6)
    await ending
    await eventually(
      'all events',
      async () => one.received.length,
      (count) => count >= 65,
      20_000,
    )
    await eventually('the second to lead', async () => second.dispatcher.isLeading, Boolean)
    expect(one.received).toHaveLength(65)
    for (const roomId of rooms) {
      const seen = one.received.filter(({ body }) => body.data.roomId === roomId)
      expect(seen.map(({ body }) => body.data.status)).toEqual([
        'open',
        ...Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 'closed' : 'open')),
      ])
      const dates = seen.map(({ body }) => body.creationDate as number)
      expect(dates.toSorted((a, b) => a - b)).toEqual(dates)
    }
    expect(new Set(one.received.map(({ headers }) => headers['webhook-id'])).size).toBe(65)
    await second.close()
  })
})
