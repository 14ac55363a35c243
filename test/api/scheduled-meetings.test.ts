import { dispose } from '@livekit/rtc-node'
import ICAL from 'ical.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bot, join } from '../support/bots.ts'
import { API_KEY, eventually, startParley, TestClock, type TestParley } from '../support/parley.ts'

let parley: TestParley
let cookie: string
const clock = new TestClock()
beforeAll(async () => {
  parley = await startParley({ clock })
  cookie = await parley.signIn()
})
afterAll(async () => {
  await parley.stop()
  await dispose()
})

const HOUR = 3_600_000
const inHours = (hours: number) =>
  new Date(Math.ceil(clock.now() / 60_000) * 60_000 + hours * HOUR).toISOString()
const schedule = (body: object, as: object = {}) => parley.call('POST /api/v1/meeting', { body, ...as })
const get = async (id: string) => (await parley.call(`GET /api/v1/meetings/${id}`)).body.data
const make = async (body: object = {}) => {
  const answer = await schedule({ title: 'Weekly', start: inHours(2), ...body })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body as { id: string; url: string }
}
const listed = async (query: string, as: object = {}) => {
  const { status, body } = await parley.call(`GET /api/v1/meetings?limit=100&${query}`, as)
  expect(status, JSON.stringify(body)).toBe(200)
  return (body.data as { id: string }[]).map(({ id }) => id)
}

describe('POST /api/v1/meeting', () => {
  it('answers what Lyra’s clients read, and makes a room with a code that leads into its lobby', async () => {
    const { status, body } = await schedule({ title: 'x'.repeat(200) })
    expect(status).toBe(200)
    expect(body).toEqual({
      type: 'parley_video',
      id: expect.stringMatching(/^meeting_[a-z0-9]{20}$/),
      password: '',
      url: expect.stringMatching(`^${parley.url}/meeting/[a-z]{3}-[a-z]{3}-[a-z]{3}$`),
    })
    const meeting = await get(body.id)
    expect(meeting).toMatchObject({
      title: 'x'.repeat(200),
      start: null,
      durationMinutes: 60,
      timeZone: 'UTC',
      recurrence: null,
      attendees: [],
      url: body.url,
      code: body.url.split('/').at(-1),
      status: 'scheduled',
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    })
    const room = await parley.call(`GET /api/v1/rooms/${meeting.roomId}`)
    expect(room.body).toMatchObject({ roomName: 'x'.repeat(50), owner: 'admin' })
    const code = await parley.call(`GET /internal-api/v1/codes/${meeting.code}`, { key: null })
    expect(code.body.roomId).toBe(meeting.roomId)
  })

  it('is the same by key, by session and by OAuth token', async () => {
    const client = await parley.call('POST /api/v1/oauth/clients', {
      body: {
        name: 'Lyra',
        redirectUris: ['https://lyra.example.com/cb'],
        scopes: ['meeting.create', 'meeting.read'],
      },
    })
    const decided = await parley.call('POST /internal-api/v1/oauth/decision', {
      cookie,
      body: { request: `client_id=${client.body.id}&response_type=code`, approve: true },
    })
    const form = {
      grant_type: 'authorization_code',
      code: new URL(decided.body.redirectTo).searchParams.get('code') ?? '',
      client_id: client.body.id,
      client_secret: client.body.secret,
    }
    const tokens = await fetch(`${parley.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    const { access_token: token } = (await tokens.json()) as { access_token: string }
    const body = { title: 'Same', start: '2030-01-01T09:00:00Z', attendees: 'a@example.com' }
    const callers = [{}, { cookie }, { key: null, headers: { Authorization: `Bearer ${token}` } }]
    const seen = []
    for (const caller of callers) {
      const { id } = (await schedule(body, caller)).body
      const { data } = (await parley.call(`GET /api/v1/meetings/${id}`, caller)).body
      const { id: _, url, code, roomId, createdAt, organizer, ...rest } = data
      expect([url, code, roomId, createdAt, organizer].every((text) => text !== '')).toBe(true)
      seen.push(rest)
    }
    expect(seen[1]).toEqual(seen[0])
    expect(seen[2]).toEqual(seen[0])
  })

  it.each([
    ['title', {}],
    ['title', { title: ' ' }],
    ['title', { title: 'x'.repeat(201) }],
    ['start', { title: 'x', start: 'tomorrow' }],
    ['start', { title: 'x', start: '2026-02-30T09:00:00Z' }],
    ['start', { title: 'x', start: 1_772_355_600_000 }],
    ['attendees', { title: 'x', attendees: ['a@example.com', 'nobody'] }],
    ['attendees', { title: 'x', attendees: 'a@example.com\r\nBcc: b' }],
    ['durationMinutes', { title: 'x', durationMinutes: 0 }],
    ['timeZone', { title: 'x', timeZone: 'Mars/Base' }],
    ['timeZone', { title: 'x', timeZone: '+02:00' }],
    ['recurrence', { title: 'x', start: '2030-01-01T09:00:00Z', recurrence: 'FREQ=SECONDLY' }],
    ['recurrence', { title: 'x', recurrence: 'FREQ=DAILY' }],
    ['recurrence', { title: 'x', start: '2030-01-01T09:00:00Z', recurrence: 'FREQ=WEEKLY;BYDAY=MO' }],
  ])('names the field %s in %j', async (field, body) => {
    const answer = await schedule(body)
    expect(answer.status).toBe(400)
    expect(answer.body.details.map((one: { field: string }) => one.field)).toContain(field)
  })

  it('takes attendees as one text or a list, each once', async () => {
    const { id } = await make({ attendees: 'Ana@Example.com, ben@example.com;ana@example.com' })
    expect((await get(id)).attendees).toEqual([
      { email: 'ana@example.com', status: 'pending' },
      { email: 'ben@example.com', status: 'pending' },
    ])
  })

  it('reads a time without offset in its time zone', async () => {
    const { id } = await make({ start: '2030-07-01T09:00:00', timeZone: 'europe/berlin' })
    expect(await get(id)).toMatchObject({ start: '2030-07-01T07:00:00.000Z', timeZone: 'Europe/Berlin' })
  })

  it('names the kind that the operator chose', async () => {
    const other = await startParley({ env: { MEETING_TYPE: 'lyra_video' } })
    try {
      expect((await other.call('POST /api/v1/meeting', { body: { title: 'x' } })).body.type).toBe(
        'lyra_video',
      )
    } finally {
      await other.stop()
    }
  })
})

describe('GET /api/v1/meetings', () => {
  it('pages, newest first, in Mira’s envelope', async () => {
    const ids = []
    for (const title of ['a', 'b', 'c']) ids.unshift((await make({ title })).id)
    const { body } = await parley.call('GET /api/v1/meetings?limit=2')
    expect(body).toMatchObject({ error: null, meta: { page: 1, limit: 2 } })
    expect(body.meta.total).toBeGreaterThanOrEqual(3)
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 2))
    const second = await parley.call('GET /api/v1/meetings?limit=2&page=2')
    expect(second.body.data[0].id).toBe(ids[2])
    for (const query of ['page=0', 'limit=101', 'status=maybe', 'from=yesterday'])
      expect((await parley.call(`GET /api/v1/meetings?${query}`)).status, query).toBe(400)
  })

  it('finds what takes place in a span, also of a series that began before it', async () => {
    const once = await make({ start: '2031-03-10T09:00:00Z' })
    const series = await make({ start: '2031-01-06T09:00:00Z', recurrence: 'FREQ=WEEKLY;BYDAY=MO' })
    const over = await make({ start: '2031-01-06T09:00:00Z', recurrence: 'FREQ=WEEKLY;BYDAY=MO;COUNT=2' })
    expect(await listed('from=2031-03-10&to=2031-03-11')).toEqual(
      expect.arrayContaining([once.id, series.id]),
    )
    expect(await listed('from=2031-03-10&to=2031-03-11')).not.toContain(over.id)
    // A Tuesday: the series has nothing.
    const tuesday = await listed('from=2031-03-11&to=2031-03-12')
    expect(tuesday).not.toContain(series.id)
    expect(tuesday).not.toContain(once.id)
  })

  it('sorts what is to come by when it comes, and follows it through its life', async () => {
    const later = await make({ title: 'later', start: inHours(400) })
    const sooner = await make({ title: 'sooner', start: inHours(300) })
    const order = (await listed('status=scheduled')).filter((id) => [later.id, sooner.id].includes(id))
    expect(order).toEqual([sooner.id, later.id])

    const { id, url } = await make({ start: inHours(1), durationMinutes: 30 })
    expect(await listed('status=scheduled')).toContain(id)
    const { roomId } = await get(id)
    const { moderatorUrl } = (await parley.call(`GET /api/v1/rooms/${roomId}`)).body
    const ana = await join(parley, moderatorUrl, 'Ana')
    await eventually(
      'the meeting',
      () => get(id),
      ({ status }) => status === 'active',
    )
    expect(await listed('status=active')).toEqual([id])
    expect(await listed('status=scheduled')).not.toContain(id)
    await ana.leave()
    await eventually(
      'its end',
      () => get(id),
      ({ status }) => status === 'scheduled',
      20_000,
    )
    clock.advance(2 * HOUR)
    expect(await get(id)).toMatchObject({ status: 'ended', nextStart: null, url })
    expect((await listed('status=ended'))[0]).toBe(id)
    cookie = await parley.signIn()
  }, 60_000)

  it('shows members what they made or are invited to, and others nothing', async () => {
    const { db } = parley.ctx.database
    const { id } = await make({ attendees: ['mia@example.com'] })
    const other = await make()
    await db
      .updateTable('organizationMember')
      .set({ role: 'member' })
      .where('orgId', '=', 'org_first')
      .execute()
    const isFalse = parley.ctx.database.dialect === 'sqlite' ? 0 : false
    await db.updateTable('user').set({ isSuperadmin: isFalse, email: 'mia@example.com' }).execute()
    await db
      .updateTable('room')
      .set({ ownerId: 'somebody' })
      .where('roomId', '=', (await get(other.id)).roomId)
      .execute()
    await db
      .updateTable('room')
      .set({ ownerId: 'somebody' })
      .where('roomId', '=', (await get(id)).roomId)
      .execute()
    try {
      const mine = await listed('', { cookie })
      expect(mine).toContain(id)
      expect(mine).not.toContain(other.id)
      expect((await parley.call(`GET /api/v1/meetings/${other.id}`, { cookie })).status).toBe(404)
      expect((await parley.call(`DELETE /api/v1/meetings/${id}`, { cookie })).status).toBe(403)
      const change = { cookie, body: { title: 'Mine' } }
      expect((await parley.call(`PATCH /api/v1/meetings/${id}`, change)).status).toBe(403)
    } finally {
      const isTrue = parley.ctx.database.dialect === 'sqlite' ? 1 : true
      await db.updateTable('organizationMember').set({ role: 'admin' }).execute()
      await db.updateTable('user').set({ isSuperadmin: isTrue, email: 'u@users.parley.invalid' }).execute()
    }
  })

  it('keeps organizations and environments apart', async () => {
    const { id } = await make()
    const made = await parley.call('POST /auth/create-key', {
      key: null,
      body: { user_name: 'Else', user_email: `else${clock.now()}@example.com` },
    })
    const test = await parley.call('POST /api/v1/keys', { body: { name: 't', environment: 'test' } })
    for (const key of [made.body.data.api_key, test.body.key]) {
      for (const route of ['GET', 'PATCH', 'DELETE'].map((method) => `${method} /api/v1/meetings/${id}`)) {
        const body = route.startsWith('PATCH') ? { body: { title: 'x' } } : {}
        expect((await parley.call(route, { key, ...body })).status, route).toBe(404)
      }
      expect((await parley.call(`GET /api/v1/meetings/${id}/report`, { key })).status).toBe(404)
      expect((await parley.call('GET /api/v1/meetings', { key })).body.data).toEqual([])
    }
    const reader = await parley.call('POST /api/v1/keys', { body: { name: 'r', permissions: ['read'] } })
    expect((await schedule({ title: 'x' }, { key: reader.body.key })).status).toBe(403)
    expect((await schedule({ title: 'x' }, { key: null })).status).toBe(401)
    for (const { id: keyId } of [test.body, reader.body]) await parley.call(`DELETE /api/v1/keys/${keyId}`)
  })
})

describe('a change', () => {
  it('keeps link and room, and renames the room', async () => {
    const { id, url } = await make({ attendees: ['a@example.com'] })
    const { roomId } = await get(id)
    const { status, body } = await parley.call(`PATCH /api/v1/meetings/${id}`, {
      body: {
        title: 'Moved',
        start: '2032-01-05T10:00:00',
        timeZone: 'Europe/Paris',
        recurrence: 'FREQ=WEEKLY',
      },
    })
    expect(status).toBe(200)
    expect(body.data).toMatchObject({
      id,
      url,
      roomId,
      title: 'Moved',
      start: '2032-01-05T09:00:00.000Z',
      recurrence: 'FREQ=WEEKLY',
      attendees: [{ email: 'a@example.com', status: 'pending' }],
    })
    expect((await parley.call(`GET /api/v1/rooms/${roomId}`)).body.roomName).toBe('Moved')
    const once = await parley.call(`PATCH /api/v1/meetings/${id}`, {
      body: { recurrence: null, attendees: [] },
    })
    expect(once.body.data).toMatchObject({ recurrence: null, attendees: [] })
    const wrong = await parley.call(`PATCH /api/v1/meetings/${id}`, {
      body: { recurrence: 'FREQ=WEEKLY;BYDAY=SU' },
    })
    expect([wrong.status, wrong.body.details[0].field]).toEqual([400, 'recurrence'])
    const unset = await parley.call(`PATCH /api/v1/meetings/${id}`, { body: { start: null } })
    expect(unset.body.data.start).toBeNull()
  })

  it('called off takes its room along; a room deleted on its own takes the meeting along', async () => {
    const { id } = await make()
    const { roomId } = await get(id)
    expect((await parley.call(`DELETE /api/v1/meetings/${id}`)).status).toBe(204)
    expect((await parley.call(`GET /api/v1/meetings/${id}`)).status).toBe(404)
    expect((await parley.call(`GET /api/v1/rooms/${roomId}`)).status).toBe(404)
    expect((await parley.call(`DELETE /api/v1/meetings/${id}`)).status).toBe(404)

    const other = await make()
    await parley.call(`DELETE /api/v1/rooms/${(await get(other.id)).roomId}`)
    expect((await parley.call(`GET /api/v1/meetings/${other.id}`)).status).toBe(404)
    await parley.ctx.scheduled.callOffOrphans()
    const left = await parley.ctx.database.db
      .selectFrom('scheduledMeeting')
      .select('id')
      .where('roomId', 'is', null)
      .execute()
    expect(left).toEqual([])
  })
})

it('the lobby hears when people meet', async () => {
  const { id } = await make({ title: 'Soon', start: inHours(3), durationMinutes: 45 })
  const { roomId, start } = await get(id)
  const { moderatorUrl } = (await parley.call(`GET /api/v1/rooms/${roomId}`)).body
  const ask = async (room: string) => {
    const secret = new URL(moderatorUrl).searchParams.get('secret')
    const { token } = (
      await parley.call(`POST /internal-api/v1/rooms/${roomId}/members/token`, {
        key: null,
        body: { secret },
      })
    ).body
    return parley.call(`GET /internal-api/v1/rooms/${room}/schedule`, { token })
  }
  const answer = await ask(roomId)
  expect(answer.body.meeting).toEqual({
    title: 'Soon',
    start,
    end: new Date(Date.parse(start) + 45 * 60_000).toISOString(),
    isOver: false,
  })
  expect(Math.abs(answer.body.now - clock.now())).toBeLessThan(10_000)
  const plain = (await parley.call('POST /api/v1/rooms', { body: {} })).body
  expect((await ask(plain.roomId)).body.meeting).toBeNull()
  expect((await parley.call(`GET /internal-api/v1/rooms/${roomId}/schedule`, { key: null })).status).toBe(401)
})

describe('a calendar', () => {
  it('shows each start of a series in a span', async () => {
    const { id } = await make({ start: '2033-01-03T09:00:00Z', recurrence: 'FREQ=DAILY;COUNT=10' })
    const { status, body } = await parley.call(
      'GET /internal-api/v1/meetings/occurrences?from=2033-01-05&to=2033-01-08',
      { cookie },
    )
    expect(status).toBe(200)
    expect(body.occurrences.filter((one: { id: string }) => one.id === id)).toMatchObject([
      { start: '2033-01-05T09:00:00.000Z', end: '2033-01-05T10:00:00.000Z', isRecurring: true, isNow: false },
      { start: '2033-01-06T09:00:00.000Z' },
      { start: '2033-01-07T09:00:00.000Z' },
    ])
  })

  it('feed is read by a calendar program, without signing in, until it is reset', async () => {
    const { id, url } = await make({
      title: 'In the feed; really',
      start: inHours(24),
      attendees: ['z@example.com'],
    })
    const { url: feed } = (await parley.call('GET /internal-api/v1/calendar-feed', { cookie })).body
    expect((await parley.call('GET /internal-api/v1/calendar-feed', { cookie })).body.url).toBe(feed)
    const answer = await fetch(feed)
    expect(answer.headers.get('content-type')).toBe('text/calendar; charset=utf-8')
    const root = new ICAL.Component(ICAL.parse(await answer.text()))
    const event = root
      .getAllSubcomponents('vevent')
      .map((one) => new ICAL.Event(one))
      .find(({ uid }) => uid === `${id}@parley`)
    expect(event).toMatchObject({ summary: 'In the feed; really' })
    expect(event?.location.split('/').at(-1)).toBe(url.split('/').at(-1))

    const { body } = await parley.call('POST /internal-api/v1/calendar-feed/reset', { cookie, body: {} })
    expect(body.url).not.toBe(feed)
    expect((await fetch(feed)).status).toBe(404)
    expect((await fetch(body.url)).status).toBe(200)
    const wrong = body.url.replace(/.(\.ics)$/, (last: string) => (last.startsWith('0') ? '1.ics' : '0.ics'))
    expect((await fetch(wrong)).status).toBe(404)
    expect(
      (await parley.call('POST /internal-api/v1/calendar-feed/reset', { body: {}, key: API_KEY })).status,
    ).toBe(401)
  })
})

describe('a report', () => {
  let ana: Bot
  let ben: Bot
  let id: string
  let start: string
  beforeAll(async () => {
    start = inHours(0)
    id = (await make({ start, recurrence: 'FREQ=DAILY' })).id
    const { roomId } = await get(id)
    const { moderatorUrl } = (await parley.call(`GET /api/v1/rooms/${roomId}`)).body
    ana = await join(parley, moderatorUrl, '=Ana, "A"')
    ben = await join(parley, moderatorUrl, 'Ben')
    await eventually(
      'both',
      () => parley.call(`GET /api/v1/meetings/${id}/report`),
      ({ body }) => body.data.participants.length === 2,
    )
    await parley.call(`POST /internal-api/v1/meetings/${roomId}/messages`, {
      token: ana.token,
      body: { text: 'Hi' },
    })
    await ben.leave()
    await eventually(
      'that Ben left',
      () => parley.call(`GET /api/v1/meetings/${id}/report`),
      ({ body }) => body.data.participants[1].joins[0].to !== null,
    )
  }, 60_000)
  afterAll(() => ana.leave())

  it('tells who was there and when, while it runs and after', async () => {
    clock.advance(10 * 60_000)
    const { body } = await parley.call(`GET /api/v1/meetings/${id}/report`)
    expect(body.data).toMatchObject({
      meeting: { id, status: 'active' },
      occurrence: start,
      startedAt: expect.any(String),
      endedAt: null,
      messages: 1,
      recordings: [],
      occurrences: [start],
    })
    const [first, second] = body.data.participants
    expect(first).toMatchObject({ name: '=Ana, "A"', joins: [{ to: null }] })
    expect(first.minutes).toBeGreaterThanOrEqual(10)
    expect(second.minutes).toBeLessThan(5)
    const none = await parley.call(`GET /api/v1/meetings/${id}/report?occurrence=2040-01-01T00:00:00Z`)
    expect(none.body.data).toMatchObject({ startedAt: null, participants: [] })
  })

  it('has who talked how long, of which nobody can claim more than they were there since the last time', async () => {
    const { roomId } = await get(id)
    const say = (talkMs: unknown, token = ana.token, room = roomId) =>
      parley.call(`POST /internal-api/v1/meetings/${room}/talk`, { token, body: { talkMs } })
    const talked = async () => {
      const { body } = await parley.call(`GET /api/v1/meetings/${id}/report`)
      return body.data.participants.map(({ talkSeconds }: { talkSeconds: number | null }) => talkSeconds)
    }
    expect(await talked()).toEqual([null, null])
    expect((await say(20_000)).status).toBe(204)
    expect(await talked()).toEqual([20, null])
    clock.advance(30_000)
    await say(12_400)
    expect(await talked()).toEqual([32, null])
    // Said again at once, as when an answer was lost, there was no time to talk in.
    await say(12_400)
    const [again] = await talked()
    expect(again).toBeLessThan(40)
    clock.advance(60_000)
    await say(86_400_000)
    const [most] = await talked()
    expect(most).toBeGreaterThanOrEqual(again + 60)
    expect(most).toBeLessThan(again + 90)
    // At once they cannot get more either.
    await Promise.all(Array.from({ length: 20 }, () => say(86_400_000)))
    const [many] = await talked()
    expect(many - most).toBeLessThan(20)
    expect((await say(-1)).status).toBe(400)
    expect((await say(1000, ana.token, 'another-room')).status).toBe(403)
    // Ben has left: a moment ago he might have had something left to tell, now he has not.
    expect((await say(1000, ben.token)).status).toBe(404)
    expect(await talked()).toEqual([many, null])
  })

  it('is a table for a spreadsheet, in which no name is a formula', async () => {
    const response = await fetch(`${parley.url}/api/v1/meetings/${id}/report`, {
      headers: { 'X-API-KEY': API_KEY, Accept: 'text/csv' },
    })
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const [head, first] = (await response.text()).split('\r\n')
    expect(head).toBe('meeting,name,identity,from,to,minutes,talkSeconds')
    expect(first).toMatch(/^Weekly,"'=Ana, ""A""",.*,\d+\.?\d*,\d+$/)
  })
})
