import { dispose } from '@livekit/rtc-node'
import { AccessToken } from 'livekit-server-sdk'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { presentParticipants } from '../../server/meetings/lists.ts'
import type { EventName } from '../../server/webhooks/outbox.ts'
import { askToken, claimsOf, connect, join, secretOf } from '../support/bots.ts'
import { eventually, startParley, TestClock, type TestParley } from '../support/parley.ts'

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
const statusOf = async (roomId: string) =>
  (await parley.call(`GET /api/v1/rooms/${roomId}`)).body.status as string
const untilStatus = (roomId: string, wanted: string) =>
  eventually(
    `room ${roomId} becoming ${wanted}`,
    () => statusOf(roomId),
    (status) => status === wanted,
  )
const events = async (roomId: string, names: EventName[] = ['meetingStarted', 'meetingEnded']) =>
  (
    await parley.ctx.database.db
      .selectFrom('outbox')
      .select(['event', 'payload'])
      .where('roomId', '=', roomId)
      .where('event', 'in', names)
      .orderBy('seq')
      .execute()
  ).map(({ event, payload }) => ({ event, data: JSON.parse(payload).data }))

describe('room member tokens', () => {
  it('without joining tells permissions, starts nothing and cannot join', async () => {
    const room = await create()
    const { status, body } = await askToken(parley, room.roomId, { secret: secretOf(room.speakerUrl) })
    expect(status).toBe(200)
    const claims = claimsOf(body.token)
    expect(claims).not.toHaveProperty('sub')
    expect(claims).not.toHaveProperty('name')
    expect(claims).not.toHaveProperty('video')
    expect(claims).not.toHaveProperty('iat')
    expect(claims.metadata).toMatchObject({ roomId: room.roomId, badge: 'other' })
    expect(claims.metadata).not.toHaveProperty('livekitUrl')
    expect(Object.keys(claims.metadata.permissions)).toHaveLength(16)
    expect(await parley.ctx.livekit.listRooms()).toEqual([])
    expect(await statusOf(room.roomId)).toBe('open')
  })

  it('for joining holds exactly the grants of the role and lives ten minutes', async () => {
    const room = await create({
      roles: { speaker: { permissions: { mediaShareScreen: false, chatWrite: false } } },
    })
    const { body } = await askToken(parley, room.roomId, {
      secret: secretOf(room.speakerUrl),
      joinMeeting: true,
      participantName: 'Ana',
    })
    const claims = claimsOf(body.token)
    expect(claims.video).toEqual({
      room: room.roomId,
      roomJoin: true,
      canPublish: true,
      canPublishSources: ['microphone', 'camera'],
      canSubscribe: true,
      canPublishData: false,
      canUpdateOwnMetadata: true,
    })
    expect(claims.name).toBe('Ana')
    expect(claims.sub).toMatch(/^ana-[a-z0-9]{15}$/)
    expect(claims.exp - claims.nbf).toBeLessThanOrEqual(600)
    expect(claims.metadata.livekitUrl).toBe(`${parley.url.replace('http', 'ws')}/livekit`)
  })

  it('never gives two people one name', async () => {
    const room = await create()
    const ask = { secret: secretOf(room.speakerUrl), joinMeeting: true, participantName: 'Same' }
    const names = await Promise.all(
      Array.from(
        { length: 5 },
        async () => claimsOf((await askToken(parley, room.roomId, ask)).body.token).name as string,
      ),
    )
    expect(names.sort()).toEqual(['Same', 'Same_1', 'Same_2', 'Same_3', 'Same_4'])
    const other = await askToken(parley, room.roomId, { ...ask, participantName: 'SAME' })
    expect(claimsOf(other.body.token).name).toBe('SAME_5')
  })

  it('refuses each wrong way in with its own answer', async () => {
    const room = await create({ access: { anonymous: { speaker: { enabled: false } } } })
    const moderator = secretOf(room.moderatorUrl)
    const answers = async (roomId: string, body: object, headers: Record<string, string> = {}) => {
      const answer = await askToken(parley, roomId, body, headers)
      return [answer.status, answer.body.error]
    }
    expect(await answers('nothing-here', { secret: 'x' })).toEqual([404, 'Room Error'])
    expect(await answers(room.roomId, { secret: 'wrong' })).toEqual([400, 'Room Error'])
    expect(await answers(room.roomId, { secret: 'guest-0000000000' })).toEqual([404, 'Room Member Error'])
    expect(await answers(room.roomId, { secret: secretOf(room.access.anonymous.speaker.url) })).toEqual([
      403,
      'Room Error',
    ])
    expect(await answers(room.roomId, {})).toEqual([401, 'Authentication Error'])
    expect(await answers(room.roomId, {}, { 'X-API-KEY': 'test-api-key-0123456789' })).toEqual([
      401,
      'Authentication Error',
    ])
    expect(await answers(room.roomId, { secret: moderator, joinMeeting: true })).toEqual([
      400,
      'Room Member Error',
    ])
    expect(await answers(room.roomId, { secret: moderator, joinMeeting: 'yes' })).toEqual([
      422,
      'Unprocessable Entity',
    ])
    expect(
      await answers(room.roomId, {
        secret: secretOf(room.access.anonymous.recording.url),
        joinMeeting: true,
        participantName: 'x',
      }),
    ).toEqual([403, 'Authorization Error'])
  })

  it('is refused when signed by somebody else, and by another room', async () => {
    const [one, two] = [await create(), await create()]
    const token = (await askToken(parley, one.roomId, { secret: secretOf(one.moderatorUrl) })).body.token
    expect((await parley.call(`GET /api/v1/rooms/${one.roomId}`, { token })).status).toBe(200)
    expect((await parley.call(`GET /api/v1/rooms/${two.roomId}`, { token })).status).toBe(403)
    expect((await parley.call(`DELETE /internal-api/v1/meetings/${two.roomId}`, { token })).status).toBe(403)
    const forged = new AccessToken('parley', 'x'.repeat(40), {
      metadata: JSON.stringify(claimsOf(token).metadata),
    })
    expect(
      (await parley.call(`GET /api/v1/rooms/${one.roomId}`, { token: await forged.toJwt() })).status,
    ).toBe(401)
  })

  it('hides the links from who may not share them', async () => {
    const room = await create()
    const token = (await askToken(parley, room.roomId, { secret: secretOf(room.speakerUrl) })).body.token
    const { body } = await parley.call(`GET /api/v1/rooms/${room.roomId}`, { token })
    expect(body.access.anonymous.moderator).toEqual({ enabled: true })
    expect(JSON.stringify(body)).not.toContain(secretOf(room.moderatorUrl))
  })
})

describe('a meeting', () => {
  it('takes the room from open to active_meeting and back, with its events and attendance', async () => {
    const room = await create({ roomName: 'Daily' })
    const ana = await join(parley, room.moderatorUrl, 'Ana')
    await untilStatus(room.roomId, 'active_meeting')
    const ben = await join(parley, room.speakerUrl, 'Ben')
    const people = await eventually(
      'both on the list',
      async () =>
        (await parley.call(`GET /internal-api/v1/meetings/${room.roomId}/participants`, { token: ana.token }))
          .body.participants,
      (list) => list.length === 2,
    )
    expect(people.map((one: { name: string; badge: string }) => [one.name, one.badge])).toEqual(
      expect.arrayContaining([
        ['Ana', 'moderator'],
        ['Ben', 'other'],
      ]),
    )
    await ben.leave()
    await ana.leave()
    await untilStatus(room.roomId, 'open')
    const sent = await events(room.roomId)
    expect(sent.map(({ event }) => event)).toEqual(['meetingStarted', 'meetingEnded'])
    expect(sent[0]?.data).toMatchObject({
      roomId: room.roomId,
      roomName: 'Daily',
      status: 'active_meeting',
      config: {},
      roles: {},
    })
    expect(sent[1]?.data.status).toBe('open')
    const attendance = await parley.ctx.database.db
      .selectFrom('attendance')
      .innerJoin('meeting', 'meeting.id', 'attendance.meetingId')
      .select(['attendance.name', 'attendance.leftAt'])
      .where('meeting.roomId', '=', room.roomId)
      .execute()
    expect(attendance.map((row) => row.name).sort()).toEqual(['Ana', 'Ben'])
    expect(attendance.every((row) => row.leftAt !== null)).toBe(true)
  })

  it('is put right when LiveKit’s events never came', async () => {
    const room = await create()
    const lose = vi.spyOn(parley.ctx.meetings, 'handle').mockResolvedValue()
    try {
      const bot = await join(parley, room.moderatorUrl, 'Deaf')
      expect(await statusOf(room.roomId)).toBe('open')
      await parley.ctx.meetings.reconcile()
      expect(await statusOf(room.roomId)).toBe('active_meeting')
      const { body } = await parley.call(`GET /internal-api/v1/meetings/${room.roomId}/participants`, {
        token: bot.token,
      })
      expect(body.participants).toMatchObject([{ name: 'Deaf' }])
      await bot.leave()
      await eventually(
        'LiveKit’s room ending',
        () => parley.ctx.livekit.listRooms(),
        (rooms) => !rooms.some((one) => one.name === room.roomId),
      )
      clock.advance(60_000)
      await parley.ctx.meetings.reconcile()
      expect(await statusOf(room.roomId)).toBe('open')
    } finally {
      lose.mockRestore()
    }
  })

  it('ends for all when a moderator says so, and a speaker may not', async () => {
    const room = await create()
    const ana = await join(parley, room.moderatorUrl, 'Ana')
    const ben = await join(parley, room.speakerUrl, 'Ben')
    await eventually(
      'both being in',
      () => events(room.roomId, ['participantJoined']),
      (joined) => joined.length === 2,
    )
    expect(
      (await parley.call(`DELETE /internal-api/v1/meetings/${room.roomId}`, { token: ben.token })).status,
    ).toBe(403)
    expect(
      (await parley.call(`DELETE /internal-api/v1/meetings/${room.roomId}`, { token: ana.token })).status,
    ).toBe(200)
    await Promise.all([ana.disconnected, ben.disconnected])
    await untilStatus(room.roomId, 'open')
    const end = await events(room.roomId, ['participantLeft', 'meetingEnded'])
    expect(end.map(({ event }) => event)).toEqual(['participantLeft', 'participantLeft', 'meetingEnded'])
    expect(end.slice(0, 2).map(({ data }) => data.participant.name)).toEqual(
      expect.arrayContaining(['Ana', 'Ben']),
    )
    // Without a meeting it is 200 all the same, with a token that is still good.
    const fresh = (await askToken(parley, room.roomId, { secret: secretOf(room.moderatorUrl) })).body.token
    expect(
      (await parley.call(`DELETE /internal-api/v1/meetings/${room.roomId}`, { token: fresh })).status,
    ).toBe(200)
  })

  it('is not revived by an old token', async () => {
    const room = await create()
    const bot = await join(parley, room.moderatorUrl, 'Late')
    await parley.call(`DELETE /internal-api/v1/meetings/${room.roomId}`, { token: bot.token })
    await bot.disconnected
    await expect(connect(parley, bot.token)).rejects.toThrow()
    expect(await parley.ctx.livekit.listRooms()).not.toContainEqual(
      expect.objectContaining({ name: room.roomId }),
    )
  })

  it('is deleted with its room, now or when it ends', async () => {
    const [now, later] = [await create(), await create()]
    const first = await join(parley, now.moderatorUrl, 'Ana')
    const second = await join(parley, later.moderatorUrl, 'Ben')
    await untilStatus(now.roomId, 'active_meeting')
    await untilStatus(later.roomId, 'active_meeting')
    expect(await parley.call(`DELETE /api/v1/rooms/${now.roomId}`)).toMatchObject({
      status: 409,
      body: { error: 'room_has_active_meeting' },
    })
    expect(await parley.call(`DELETE /api/v1/rooms/${now.roomId}?withMeeting=force`)).toMatchObject({
      status: 200,
      body: { successCode: 'room_with_active_meeting_deleted' },
    })
    const scheduled = await parley.call(
      `DELETE /api/v1/rooms/${later.roomId}?withMeeting=when_meeting_ends`,
      { headers: { 'X-Fields': 'roomId,roomName' } },
    )
    expect(scheduled).toMatchObject({
      status: 202,
      body: { successCode: 'room_with_active_meeting_scheduled_to_be_deleted' },
    })
    expect(Object.keys(scheduled.body.room).sort()).toEqual(['_extraFields', 'roomId', 'roomName'])
    await first.disconnected
    await second.leave()
    for (const roomId of [now.roomId, later.roomId])
      await eventually(
        'the room being gone',
        async () => (await parley.call(`GET /api/v1/rooms/${roomId}`)).status,
        (status) => status === 404,
      )
    expect((await events(now.roomId)).at(-1)).toMatchObject({
      event: 'meetingEnded',
      data: { status: 'active_meeting', meetingEndAction: 'delete' },
    })
  })
})

describe('a kicked participant', () => {
  it('is out, and does not come back with the old token, a new one, or the same browser', async () => {
    const room = await create()
    const ana = await join(parley, room.moderatorUrl, 'Ana')
    const asked = await askToken(parley, room.roomId, {
      secret: secretOf(room.speakerUrl),
      joinMeeting: true,
      participantName: 'Ben',
    })
    const cookie = asked.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    expect(asked.headers.getSetCookie()[0]).toMatch(/HttpOnly.*SameSite=Lax/i)
    const ben = await connect(parley, asked.body.token)
    const second = await askToken(
      parley,
      room.roomId,
      { secret: secretOf(room.speakerUrl), joinMeeting: true, participantName: 'Ben too' },
      { cookie },
    )
    const otherTab = await connect(parley, second.body.token)
    await eventually(
      'both tabs being in',
      () => presentParticipants(parley.ctx.database.db, room.roomId),
      (present) => present.length === 3,
    )
    const kick = () =>
      parley.call(`DELETE /internal-api/v1/meetings/${room.roomId}/participants/${ben.identity}`, {
        token: ana.token,
      })
    await eventually('the kick being possible', kick, ({ status }) => status === 200)
    await Promise.all([ben.disconnected, otherTab.disconnected])
    expect(await kick()).toMatchObject({ status: 404, body: { error: 'Participant Error' } })

    const back = await connect(parley, asked.body.token).catch(() => null)
    if (back !== null) await back.disconnected
    expect(
      (
        await parley.call(`GET /internal-api/v1/meetings/${room.roomId}/messages`, {
          token: asked.body.token,
        })
      ).status,
    ).toBe(401)
    for (const { body } of [asked, second]) {
      const old = { 'X-Room-Member-Token': `Bearer ${body.token}` }
      const refreshed = await parley.call(
        `POST /internal-api/v1/rooms/${room.roomId}/members/token/refresh`,
        { key: null, headers: old },
      )
      expect(refreshed.status).toBe(404)
      // As a page does that has lost the connection, and that has no cookies.
      const rejoined = await askToken(
        parley,
        room.roomId,
        { secret: secretOf(room.speakerUrl), joinMeeting: true, participantName: 'Ben' },
        old,
      )
      expect(rejoined).toMatchObject({ status: 403, body: { code: 'participant_kicked' } })
    }
    const again = await askToken(
      parley,
      room.roomId,
      { secret: secretOf(room.speakerUrl), joinMeeting: true, participantName: 'Somebody else' },
      { cookie },
    )
    expect(again).toMatchObject({ status: 403, body: { code: 'participant_kicked' } })
    await ana.leave()
  })
})

describe('what a participant says of themselves', () => {
  it('counts for nothing: metadata that they change gives no right', async () => {
    const room = await create()
    const ana = await join(parley, room.moderatorUrl, 'Ana')
    const eve = await join(parley, room.speakerUrl, 'Eve')
    await eventually(
      'Eve being known',
      async () =>
        (await parley.call(`GET /internal-api/v1/meetings/${room.roomId}/participants`, { token: ana.token }))
          .body.participants,
      (list) => list.length === 2,
    )
    // What LiveKit would write into a token that it refreshes for her, signed with the real secret.
    const { metadata } = claimsOf(eve.token)
    const permissions = Object.fromEntries(Object.keys(metadata.permissions).map((name) => [name, true]))
    const { apiKey, apiSecret } = parley.ctx.credentials
    const refreshed = new AccessToken(apiKey, apiSecret, {
      identity: eve.identity,
      metadata: JSON.stringify({ ...metadata, permissions, badge: 'owner', iat: Date.now() + 60_000 }),
    })
    const token = await refreshed.toJwt()
    expect((await parley.call(`DELETE /internal-api/v1/meetings/${room.roomId}`, { token })).status).toBe(403)

    await Promise.all([ana.leave(), eve.leave()])
  })
})

describe('promotion', () => {
  it('gives a moderator’s rights at once, and takes them back', async () => {
    const room = await create({ roles: { speaker: { permissions: { mediaShareScreen: false } } } })
    const ana = await join(parley, room.moderatorUrl, 'Ana')
    const ben = await join(parley, room.speakerUrl, 'Ben')
    const change = (action: string, identity = ben.identity, token = ana.token) =>
      parley.call(`PUT /internal-api/v1/meetings/${room.roomId}/participants/${identity}/role`, {
        token,
        body: { action },
      })
    await eventually(
      'Ben being known',
      () => change('upgrade'),
      ({ status }) => status === 200,
    )
    expect(await change('upgrade')).toMatchObject({ status: 409, body: { error: 'Participant Error' } })
    expect((await change('upgrade', 'nobody-here')).status).toBe(404)
    await eventually(
      'Ben being told',
      async () => ben.told,
      (told) => told.some(({ type }) => type === 'meeting.role'),
    )
    const { body } = await parley.call(`POST /internal-api/v1/rooms/${room.roomId}/members/token/refresh`, {
      token: ben.token,
    })
    expect(claimsOf(body.token)).toMatchObject({
      sub: ben.identity,
      metadata: { badge: 'moderator', isPromotedModerator: true, permissions: { participantKick: true } },
      video: { canPublishSources: ['microphone', 'camera', 'screen_share', 'screen_share_audio'] },
    })
    expect((await change('downgrade', ben.identity, body.token)).status).toBe(200)
    expect((await change('upgrade', ana.identity, body.token)).status).toBe(403)
    expect((await change('downgrade')).status).toBe(409)
    await Promise.all([ana.leave(), ben.leave()])
  })
})

describe('who lost the connection', () => {
  it('comes back as the same participant with the previous token, and only then', async () => {
    const room = await create()
    const ana = await join(parley, room.moderatorUrl, 'Ana')
    const rejoin = (token: string, roomId = room.roomId) =>
      askToken(
        parley,
        roomId,
        { secret: secretOf(room.moderatorUrl), joinMeeting: true, participantName: 'Somebody' },
        { 'X-Room-Member-Token': `Bearer ${token}` },
      )
    const back = await eventually(
      'Ana being known',
      () => rejoin(ana.token),
      ({ status }) => status === 200,
    )
    expect(claimsOf(back.body.token)).toMatchObject({ sub: ana.identity, name: 'Ana' })
    const other = await create()
    expect((await rejoin(ana.token, other.roomId)).status).toBe(403)
    expect((await rejoin('nonsense')).status).toBe(401)
    await ana.leave()
    await eventually(
      'Ana being gone',
      () => rejoin(ana.token),
      ({ status, body }) => status === 404 && body.error === 'Participant Error',
    )
  })

  it('is not thrown out of the next meeting by the late end of the last one', async () => {
    const room = await create()
    const ana = await join(parley, room.moderatorUrl, 'Ana')
    await untilStatus(room.roomId, 'active_meeting')
    const [{ sid } = { sid: '' }] = (await parley.ctx.livekit.listRooms()).filter(
      (one) => one.name === room.roomId,
    )
    // LiveKit loses the room and somebody joins anew before we hear of the end.
    const lose = vi.spyOn(parley.ctx.meetings, 'handle').mockResolvedValue()
    await parley.ctx.livekit.endRoom(room.roomId)
    await ana.disconnected
    const ben = await join(parley, room.moderatorUrl, 'Ben')
    lose.mockRestore()
    const end = { event: 'room_finished', room: { name: room.roomId, sid, metadata: '' } }
    await parley.ctx.meetings.handle(end as unknown as Parameters<typeof parley.ctx.meetings.handle>[0])
    await parley.ctx.meetings.reconcile()
    expect(await statusOf(room.roomId)).toBe('active_meeting')
    const { body } = await parley.call(`GET /internal-api/v1/meetings/${room.roomId}/participants`, {
      token: ben.token,
    })
    expect(body.participants).toMatchObject([{ name: 'Ben' }])
    expect((await events(room.roomId)).map(({ event }) => event)).toEqual([
      'meetingStarted',
      'meetingEnded',
      'meetingStarted',
    ])
    await ben.leave()
    await untilStatus(room.roomId, 'open')
  })
})

describe('LiveKit’s webhook', () => {
  it('is refused without LiveKit’s signature', async () => {
    const body = JSON.stringify({ event: 'room_finished', room: { name: 'x', sid: 'RM_x' } })
    for (const headers of [{ 'X-Other': '' }, { Authorization: 'forged' }] as Record<string, string>[])
      expect(
        (await parley.call('POST /internal-api/v1/livekit/webhook', { key: null, body, headers })).status,
      ).toBe(401)
  })
})

describe('a short code', () => {
  it('leads to the room as a speaker', async () => {
    const room = await create()
    const cookie = await parley.signIn()
    const { code } = (await parley.call(`GET /api/v1/rooms/${room.roomId}/code`, { cookie })).body
    expect(code).toMatch(/^[a-z]{3}-[a-z]{3}-[a-z]{3}$/)
    for (const typed of [code, code.toUpperCase(), code.replaceAll('-', '')])
      expect((await parley.call(`GET /internal-api/v1/codes/${typed}`, { key: null })).body).toEqual({
        roomId: room.roomId,
        secret: secretOf(room.speakerUrl),
      })
    expect((await parley.call('GET /internal-api/v1/codes/zzz-zzz-zzz', { key: null })).status).toBe(404)
  })
})
