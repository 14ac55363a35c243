import { dispose } from '@livekit/rtc-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askToken, type Bot, browserOf, claimsOf, connect, join, secretOf } from '../support/bots.ts'
import { type Answer, eventually, startParley, TestClock, type TestParley } from '../support/parley.ts'
import { createRoom } from '../support/rooms.ts'
import type { RoomAnswer } from '../support/site.ts'

let parley: TestParley
const clock = new TestClock()
beforeAll(async () => {
  parley = await startParley({ clock })
})
afterAll(async () => {
  await parley.stop()
  await dispose()
})

const GUESTS_KNOCK = { settings: { waitingRoom: 'guests' } }
const meeting = (room: RoomAnswer) => `/internal-api/v1/meetings/${room.roomId}`

const ask = (room: RoomAnswer, participantName: string, cookie?: string, url = room.speakerUrl) =>
  askToken(
    parley,
    room.roomId,
    { secret: secretOf(url), joinMeeting: true, participantName },
    cookie === undefined ? {} : { cookie },
  )

/** Knocks and returns what the browser holds then. */
const knock = async (room: RoomAnswer, name: string) => {
  const answer = await ask(room, name)
  expect(answer.status).toBe(202)
  expect(answer.body).toEqual({ status: 'waiting', knockId: expect.stringMatching(/^knock_/) })
  return { knockId: answer.body.knockId as string, cookie: browserOf(answer) }
}

/** Waits at the door: resolves with the one event of the stream. */
const follow = async (room: RoomAnswer, knockId: string, cookie: string, signal?: AbortSignal) => {
  const response = await fetch(`${parley.url}${meeting(room)}/knocks/${knockId}`, {
    headers: { cookie },
    ...(signal && { signal }),
  })
  if (response.status !== 200) return { event: String(response.status), data: {} as Record<string, string> }
  const text = await response.text()
  return {
    event: /event: (\w+)/.exec(text)?.[1] ?? text,
    data: JSON.parse(/data: (.*)/.exec(text)?.[1] ?? '{}') as Record<string, string>,
  }
}

const waiting = async (room: RoomAnswer, moderator: Bot): Promise<{ knockId: string; name: string }[]> =>
  (await parley.call(`GET ${meeting(room)}/knocks`, { token: moderator.token })).body.knocks
const untilWaiting = (room: RoomAnswer, moderator: Bot, names: string[]) =>
  eventually(
    `${names.join()} waiting`,
    () => waiting(room, moderator),
    (list) => JSON.stringify(list.map(({ name }) => name)) === JSON.stringify(names),
  )
const decide = (room: RoomAnswer, moderator: Bot, knockId: string, admit: boolean) =>
  parley.call(`PUT ${meeting(room)}/knocks/${knockId}`, { token: moderator.token, body: { admit } })
/** Joins as a moderator, and is known to be in. */
const moderate = async (room: RoomAnswer, name = 'Ana') => {
  const moderator = await join(parley, room.moderatorUrl, name)
  await eventually(
    'the moderator being in',
    () => parley.call(`GET ${meeting(room)}/participants`, { token: moderator.token }),
    ({ body }) => body.participants?.some((one: { name: string }) => one.name === name),
  )
  return moderator
}

describe('the waiting room', () => {
  it('gives a guest no token before a moderator admits them, and starts no meeting for them', async () => {
    const room = await createRoom(parley, GUESTS_KNOCK)
    const first = await knock(room, 'Ben')
    expect(await parley.ctx.livekit.listRooms()).not.toContainEqual(
      expect.objectContaining({ name: room.roomId }),
    )
    const ana = await moderate(room)
    const answer = follow(room, first.knockId, first.cookie)
    const [entry] = await untilWaiting(room, ana, ['Ben'])
    expect(entry).toEqual({
      knockId: first.knockId,
      name: 'Ben',
      isSignedIn: false,
      askedAt: expect.any(Number),
    })
    await eventually(
      'the moderator being told',
      async () => ana.told,
      (told) => told.some(({ type }) => type === 'knocks.changed'),
    )
    expect((await decide(room, ana, first.knockId, true)).status).toBe(204)
    const { event, data } = await answer
    expect(event).toBe('admitted')
    expect(data.serverKey).toBe(parley.ctx.voice.publicKey)
    expect(claimsOf(data.token ?? '')).toMatchObject({ name: 'Ben', video: { room: room.roomId } })
    const ben = await connect(parley, data.token ?? '')
    expect(await waiting(room, ana)).toEqual([])

    // Admitted once, this browser comes back by itself: reload, second tab, lost network.
    const again = await ask(room, 'Ben', first.cookie)
    expect(again.status).toBe(200)
    expect(await decide(room, ana, first.knockId, true)).toMatchObject({
      status: 409,
      body: { code: 'knock_decided' },
    })
    await Promise.all([ben.leave(), ana.leave()])
  })

  it('lets moderators pass; guests of every kind wait, and with everyone also members of the room', async () => {
    const room = await createRoom(parley, { settings: { waitingRoom: 'everyone' } })
    const member = (
      await parley.call(`POST /api/v1/rooms/${room.roomId}/members`, {
        body: { name: 'Carla', baseRole: 'speaker' },
      })
    ).body
    expect((await ask(room, 'Carla', undefined, member.accessUrl)).status).toBe(202)
    expect((await ask(room, 'Ben')).status).toBe(202)
    expect((await ask(room, 'Ana', undefined, room.moderatorUrl)).status).toBe(200)
    const owner = await parley.call(`POST /internal-api/v1/rooms/${room.roomId}/members/token`, {
      key: null,
      cookie: await parley.signIn(),
      body: { joinMeeting: true },
    })
    expect(owner.status).toBe(200)
    const open = await createRoom(parley, { settings: { waitingRoom: 'off' } })
    expect((await ask(open, 'Ben')).status).toBe(200)
  })

  it('denies, and the browser may ask again after a while', async () => {
    const room = await createRoom(parley, GUESTS_KNOCK)
    const ana = await moderate(room)
    const ben = await knock(room, 'Ben')
    const answer = follow(room, ben.knockId, ben.cookie)
    await untilWaiting(room, ana, ['Ben'])
    await decide(room, ana, ben.knockId, false)
    expect(await answer).toEqual({ event: 'denied', data: {} })
    expect(await follow(room, ben.knockId, ben.cookie)).toEqual({ event: 'denied', data: {} })
    expect(await ask(room, 'Ben', ben.cookie)).toMatchObject({ status: 429, body: { code: 'knock_denied' } })
    clock.advance(31_000)
    expect((await ask(room, 'Ben', ben.cookie)).status).toBe(202)
    await ana.leave()
  })

  it('admits all at once, in the order in which they came on the list', async () => {
    const room = await createRoom(parley, GUESTS_KNOCK)
    const ana = await moderate(room)
    const guests = []
    for (const name of ['Ben', 'Carla', 'Dan']) {
      guests.push(await knock(room, name))
      clock.advance(5)
    }
    const answers = guests.map(({ knockId, cookie }) => follow(room, knockId, cookie))
    await untilWaiting(room, ana, ['Ben', 'Carla', 'Dan'])
    const all = await parley.call(`PUT ${meeting(room)}/knocks`, { token: ana.token, body: { admit: true } })
    expect(all.body).toEqual({ decided: 3 })
    for (const { event } of await Promise.all(answers)) expect(event).toBe('admitted')
    await ana.leave()
  })

  it('forgets who waits no longer: after five minutes, or when the page was closed', async () => {
    const room = await createRoom(parley, GUESTS_KNOCK)
    const ana = await moderate(room)
    const ben = await knock(room, 'Ben')
    const closing = new AbortController()
    const left = follow(room, ben.knockId, ben.cookie, closing.signal).catch(() => 'gone')
    await untilWaiting(room, ana, ['Ben'])
    closing.abort()
    expect(await left).toBe('gone')
    // Both: the server has to notice that the page is gone, and its seconds of grace to pass.
    await eventually(
      'the knock leaving the list',
      async () => {
        clock.advance(500)
        return waiting(room, ana)
      },
      (list) => list.length === 0,
    )
    const answer = follow(room, ben.knockId, ben.cookie)
    clock.advance(5 * 60_000)
    expect(await answer).toEqual({ event: 'expired', data: {} })
    expect((await decide(room, ana, ben.knockId, true)).status).toBe(404)
    await ana.leave()
  })

  it('is kept by the cookie of the browser that knocked', async () => {
    const room = await createRoom(parley, GUESTS_KNOCK)
    const ben = await knock(room, 'Ben')
    const eve = await knock(room, 'Eve')
    expect((await follow(room, ben.knockId, eve.cookie)).event).toBe('404')
    expect((await follow(room, ben.knockId, '')).event).toBe('404')
    expect((await follow(room, ben.knockId, `${ben.cookie}x`)).event).toBe('404')
    expect((await follow(await createRoom(parley, GUESTS_KNOCK), ben.knockId, ben.cookie)).event).toBe('404')
    // The second tab of the same browser waits with the same knock.
    expect((await ask(room, 'Benjamin', ben.cookie)).body.knockId).toBe(ben.knockId)
  })

  it('is answered by who may remove others and is in the meeting, and by nobody else', async () => {
    const room = await createRoom(parley, { settings: { waitingRoom: 'off' } })
    const [ana, eve] = [await moderate(room), await join(parley, room.speakerUrl, 'Eve')]
    await parley.call(`PUT /api/v1/rooms/${room.roomId}/settings`, { body: { waitingRoom: 'guests' } })
    const ben = await knock(room, 'Ben')
    const outside = await askToken(parley, room.roomId, { secret: secretOf(room.moderatorUrl) })
    const other = await moderate(await createRoom(parley, GUESTS_KNOCK))
    for (const [token, status] of [
      [eve.token, 403],
      [other.token, 403],
      [outside.body.token, 404],
    ] as const) {
      expect((await parley.call(`GET ${meeting(room)}/knocks`, { token })).status).toBe(status)
      const answer = await parley.call(`PUT ${meeting(room)}/knocks/${ben.knockId}`, {
        token,
        body: { admit: true },
      })
      expect(answer.status).toBe(status)
    }
    // Whoever waits sees nothing of the meeting: what a link allows is no admission.
    const view = await askToken(parley, room.roomId, { secret: secretOf(room.speakerUrl) })
    for (const what of ['participants', 'messages'])
      expect((await parley.call(`GET ${meeting(room)}/${what}`, { token: view.body.token })).status).toBe(404)
    // Eve was in before the door was closed: her browser is not asked to knock.
    expect(await waiting(room, ana)).toHaveLength(1)
    await Promise.all([ana.leave(), eve.leave(), other.leave()])
  })

  it('gives nothing to who was admitted after their link was replaced', async () => {
    const room = await createRoom(parley, GUESTS_KNOCK)
    const ana = await moderate(room)
    const ben = await knock(room, 'Ben')
    await untilWaiting(room, ana, ['Ben'])
    clock.advance(10)
    await parley.call(`POST /api/v1/rooms/${room.roomId}/access/rotate`, { body: { role: 'speaker' } })
    clock.advance(10)
    // The moderator's own token is older than the change too, and is renewed as the page does it.
    const fresh = await parley.call(`POST /internal-api/v1/rooms/${room.roomId}/members/token/refresh`, {
      token: ana.token,
    })
    const answer = await parley.call(`PUT ${meeting(room)}/knocks/${ben.knockId}`, {
      token: fresh.body.token,
      body: { admit: true },
    })
    expect(answer.status).toBe(204)
    expect(await follow(room, ben.knockId, ben.cookie)).toEqual({ event: 'expired', data: {} })
    await ana.leave()
  })

  it('bears a flood: one browser has one knock, and a hundred are enough', async () => {
    const room = await createRoom(parley, GUESTS_KNOCK)
    const answers: Answer[] = []
    for (let i = 0; i < 101; i++) answers.push(await ask(room, `Bot ${i}`))
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(100)
    expect(answers.at(-1)).toMatchObject({ status: 429, body: { code: 'waiting_room_full' } })
  })
})

describe('after somebody was removed', () => {
  const kick = (room: RoomAnswer, moderator: Bot, identity: string) =>
    eventually(
      'the removal',
      () => parley.call(`DELETE ${meeting(room)}/participants/${identity}`, { token: moderator.token }),
      ({ status }) => status === 200,
    )

  it('others by the same link are admitted by a moderator; by another link they are not asked', async () => {
    const room = await createRoom(parley, { settings: { waitingRoom: 'off' } })
    const ana = await moderate(room)
    const asked = await ask(room, 'Ben')
    const ben = await connect(parley, asked.body.token)
    // Carla has her token when Ben is removed, but is not in yet; Dan has been in and is out again.
    const carla = await ask(room, 'Carla')
    const dan = await ask(room, 'Dan')
    const bot = await connect(parley, dan.body.token)
    await eventually(
      'Dan being in',
      () => parley.call(`GET ${meeting(room)}/participants`, { token: ana.token }),
      ({ body }) => body.participants.length === 3,
    )
    await bot.leave()
    await eventually(
      'Dan being out',
      () => parley.call(`GET ${meeting(room)}/participants`, { token: ana.token }),
      ({ body }) => body.participants.length === 2,
    )
    await kick(room, ana, ben.identity)
    await ben.disconnected

    // The same browser: second tab, reload, another name, another link.
    const cookie = browserOf(asked)
    expect((await ask(room, 'Somebody', cookie)).body.code).toBe('participant_kicked')
    expect((await ask(room, 'Somebody', cookie, room.moderatorUrl)).body.code).toBe('participant_kicked')
    // Another browser by the same link waits, whether it was here before or not; tokens made before are void.
    expect((await ask(room, 'Somebody')).status).toBe(202)
    expect((await ask(room, 'Dan', browserOf(dan))).status).toBe(202)
    const late = await connect(parley, carla.body.token).catch(() => null)
    if (late !== null) await late.disconnected
    expect((await ask(room, 'Carla', browserOf(carla))).status).toBe(202)
    expect((await ask(room, 'Eve', undefined, room.moderatorUrl)).status).toBe(200)
    await ana.leave()
    await eventually(
      'the meeting’s end',
      () => parley.call(`GET /api/v1/rooms/${room.roomId}`),
      ({ body }) => body.status === 'open',
    )
    expect((await ask(room, 'Ben', cookie)).status).toBe(200)
  })

  it('a removed moderator gets nothing done with the link alone', async () => {
    const room = await createRoom(parley, { settings: { waitingRoom: 'off' } })
    const [ana, mallory] = [await moderate(room), await moderate(room, 'Mallory')]
    const { body } = await askToken(parley, room.roomId, { secret: secretOf(room.moderatorUrl) })
    await kick(room, ana, mallory.identity)
    const token = body.token as string
    expect((await parley.call(`DELETE ${meeting(room)}`, { token })).status).toBe(403)
    const target = `${meeting(room)}/participants/${ana.identity}`
    expect((await parley.call(`DELETE ${target}`, { token })).status).toBe(403)
    expect((await parley.call(`PUT ${target}/role`, { token, body: { action: 'downgrade' } })).status).toBe(
      403,
    )
    expect((await parley.call(`PUT ${target}/media`, { token, body: { audio: 'off' } })).status).toBe(404)
    expect((await ask(room, 'Mallory again', undefined, room.moderatorUrl)).status).toBe(202)
    await ana.leave()
  })
})

describe('a full meeting', () => {
  it('refuses the next one, counts tokens that were not used yet, and lets in again when somebody left', async () => {
    const room = await createRoom(parley, { settings: { maxParticipants: 2 } })
    await parley.call(`PUT /api/v1/rooms/${room.roomId}/settings`, { body: { waitingRoom: 'off' } })
    const ana = await moderate(room)
    const first = await ask(room, 'Ben')
    expect(first.status).toBe(200)
    expect(await ask(room, 'Carla')).toMatchObject({ status: 409, body: { code: 'meeting_full' } })
    const ben = await connect(parley, first.body.token)
    await eventually(
      'Ben being in',
      () => parley.call(`GET ${meeting(room)}/participants`, { token: ana.token }),
      ({ body }) => body.participants.length === 2,
    )
    await ben.leave()
    const carla = await eventually(
      'a free place',
      () => ask(room, 'Carla'),
      ({ status }) => status === 200,
    )
    const bot = await connect(parley, carla.body.token)
    // Ben's old token does not make a third place.
    const back = await connect(parley, first.body.token).catch(() => null)
    if (back !== null) await back.disconnected
    // Raising the limit works at once.
    await parley.call(`PUT /api/v1/rooms/${room.roomId}/settings`, { body: { maxParticipants: 3 } })
    const dan = await join(parley, room.speakerUrl, 'Dan')
    await Promise.all([ana.leave(), bot.leave(), dan.leave()])
  })
})
