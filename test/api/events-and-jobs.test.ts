import { dispose } from '@livekit/rtc-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Jobs } from '../../server/jobs.ts'
import { join } from '../support/bots.ts'
import { eventually, startParley, TestClock, type TestParley } from '../support/parley.ts'

const HOUR_MS = 3_600_000
let parley: TestParley
const clock = new TestClock()
beforeAll(async () => {
  parley = await startParley({ clock })
})
afterAll(async () => {
  await parley.stop()
  await dispose()
})

const create = async (body: object = {}) => (await parley.call('POST /api/v1/rooms', { body })).body

/** Follows /events as EventSource does. */
async function follow(cookie: string, headers: Record<string, string> = {}) {
  const stop = new AbortController()
  const response = await fetch(`${parley.url}/internal-api/v1/events`, {
    headers: { cookie, ...headers },
    signal: stop.signal,
  })
  const seen: { id: string; event: string; roomId: string }[] = []
  const reading = (async () => {
    let text = ''
    for await (const bytes of response.body ?? []) {
      text += new TextDecoder().decode(bytes)
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const id = block.match(/^id: (.+)$/m)?.[1]
        const data = block.match(/^data: (.+)$/m)?.[1]
        if (id !== undefined && data !== undefined) seen.push({ id, ...JSON.parse(data) })
      }
    }
  })().catch(() => undefined)
  return {
    response,
    seen,
    close: async () => {
      stop.abort()
      await reading
    },
  }
}

describe('the stream of events', () => {
  it('tells the console of rooms and meetings as they change, and what it missed', async () => {
    const cookie = await parley.signIn()
    const stream = await follow(cookie)
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream')
    const room = await create()
    const bot = await join(parley, room.moderatorUrl, 'Ana')
    const of = (events: typeof stream.seen) =>
      events.filter(({ roomId }) => roomId === room.roomId).map(({ event }) => event)
    await eventually(
      'the join',
      async () => of(stream.seen),
      (events) => events.includes('participantJoined'),
    )
    await stream.close()
    const lastId = stream.seen.at(-1)?.id ?? ''

    await bot.leave()
    await eventually(
      'the end',
      async () => (await parley.call(`GET /api/v1/rooms/${room.roomId}`)).body.status,
      (status) => status === 'open',
    )
    await parley.call(`DELETE /api/v1/rooms/${room.roomId}`)
    const again = await follow(cookie, { 'Last-Event-ID': lastId })
    await eventually(
      'what was missed',
      async () => of(again.seen),
      (events) => events.includes('roomDeleted'),
    )
    expect([...of(stream.seen), ...of(again.seen)]).toEqual([
      'roomCreated',
      'meetingStarted',
      'participantJoined',
      'participantLeft',
      'meetingEnded',
      'roomDeleted',
    ])
    await again.close()
    await eventually(
      'the listener being gone',
      async () => parley.ctx.feed.listening,
      (count) => count === 0,
    )
  })

  it('is closed to who is not signed in', async () => {
    const stream = await follow('')
    expect(stream.response.status).toBe(401)
    await stream.close()
  })
})

describe('past meetings', () => {
  it('are listed with who was there', async () => {
    const room = await create()
    const bot = await join(parley, room.moderatorUrl, 'Ana')
    const history = async () => (await parley.call(`GET /api/v1/rooms/${room.roomId}/meetings`)).body.meetings
    await eventually('Ana being in', history, (meetings) => meetings[0]?.participants.length === 1)
    await bot.leave()
    const [meeting] = await eventually('the end', history, (meetings) => meetings[0]?.endedAt !== null)
    expect(meeting.participants).toEqual([
      { identity: bot.identity, name: 'Ana', joinedAt: expect.any(Number), leftAt: expect.any(Number) },
    ])
    expect((await parley.call('GET /api/v1/rooms/nothing/meetings')).status).toBe(404)
  })
})

describe('auto-deletion', () => {
  it('happens after its date, by the room’s own policy', async () => {
    const autoDeletionDate = clock.now() + 2 * HOUR_MS
    const idle = await create({ autoDeletionDate })
    const busy = await create({
      autoDeletionDate,
      autoDeletionPolicy: { withMeeting: 'when_meeting_ends', withRecordings: 'force' },
    })
    expect(idle).toMatchObject({
      autoDeletionDate,
      autoDeletionPolicy: { withMeeting: 'when_meeting_ends', withRecordings: 'close' },
    })
    const bot = await join(parley, busy.moderatorUrl, 'Ana')
    const statusOf = async (roomId: string) => (await parley.call(`GET /api/v1/rooms/${roomId}`)).status
    await eventually(
      'the meeting',
      async () => (await parley.call(`GET /api/v1/rooms/${busy.roomId}`)).body.status,
      (status) => status === 'active_meeting',
    )
    await parley.ctx.rooms.deleteExpired()
    expect([await statusOf(idle.roomId), await statusOf(busy.roomId)]).toEqual([200, 200])
    clock.advance(3 * HOUR_MS)
    await parley.ctx.rooms.deleteExpired()
    expect([await statusOf(idle.roomId), await statusOf(busy.roomId)]).toEqual([404, 200])
    await bot.leave()
    await eventually(
      'the busy room being gone',
      () => statusOf(busy.roomId),
      (status) => status === 404,
    )
  })
})

describe('jobs', () => {
  it('run once in their interval among instances, and catch up after downtime', async () => {
    const { db } = parley.ctx.database
    let runs = 0
    const instance = () =>
      new Jobs({
        db,
        clock,
        log: parley.ctx.log,
        jobs: [{ name: 'test-job', everyMs: HOUR_MS, run: async () => void (runs += 1) }],
      })
    const [one, two] = [instance(), instance()]
    await Promise.all([one.look(), two.look(), one.look(), two.look()])
    expect(runs).toBe(1)
    clock.advance(HOUR_MS / 2)
    await Promise.all([one.look(), two.look()])
    expect(runs).toBe(1)
    clock.advance(10 * HOUR_MS)
    await instance().look()
    expect(runs).toBe(2)
  })

  it('that fail are told, and run again in their next interval', async () => {
    const { db } = parley.ctx.database
    const jobs = new Jobs({
      db,
      clock,
      log: parley.ctx.log,
      jobs: [{ name: 'failing', everyMs: HOUR_MS, run: () => Promise.reject(new Error('no')) }],
    })
    await jobs.look()
    await jobs.look()
    expect(jobs.reports).toMatchObject([{ name: 'failing', runs: 0, failures: 1 }])
    clock.advance(2 * HOUR_MS)
    await jobs.look()
    expect(jobs.reports[0]?.failures).toBe(2)
  })
})

describe('/metrics', () => {
  it('tells of rooms, LiveKit and jobs, to this machine only', async () => {
    const { status, body } = await parley.call('GET /metrics', { key: null })
    expect(status).toBe(200)
    expect(body).toMatch(/^parley_rooms\{status="open"\} \d+$/m)
    expect(body).toMatch(/^parley_livekit_up 1$/m)
    expect(body).toMatch(/^parley_job_last_run_timestamp_seconds\{job="expired-rooms"\} \d+/m)
    expect(
      (await parley.call('GET /metrics', { key: null, headers: { 'X-Forwarded-For': '203.0.113.1' } }))
        .status,
    ).toBe(401)
  })

  it('want METRICS_TOKEN where it is set', async () => {
    const guarded = await startParley({ env: { METRICS_TOKEN: 'metrics-secret' } })
    expect((await guarded.call('GET /metrics', { key: null })).status).toBe(401)
    expect(
      (await guarded.call('GET /metrics', { key: null, headers: { Authorization: 'Bearer metrics-secret' } }))
        .status,
    ).toBe(200)
    await guarded.stop()
  })
})
