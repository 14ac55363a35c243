import { dispose } from '@livekit/rtc-node'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { askToken, type Bot, claimsOf, join } from '../support/bots.ts'
import { holdEvents } from '../support/held-events.ts'
import { eventually, startParley, TestClock, type TestParley } from '../support/parley.ts'
import { createRoom } from '../support/rooms.ts'
import type { RoomAnswer } from '../support/site.ts'

let parley: TestParley
const clock = new TestClock()
beforeAll(async () => {
  parley = await startParley({ clock })
})
afterEach(() => {
  vi.restoreAllMocks()
})
afterAll(async () => {
  await parley.stop()
  await dispose()
})

const meeting = (room: RoomAnswer) => `/internal-api/v1/meetings/${room.roomId}`
const listOf = async (room: RoomAnswer, bot: Bot) =>
  (await parley.call(`GET ${meeting(room)}/participants`, { token: bot.token })).body

describe('who is connected before LiveKit has told of it', () => {
  it('acts, is acted on and is listed at once; the event that follows changes nothing', async () => {
    const events = holdEvents(parley)
    const room = await createRoom(parley)
    const [ana, ben, carla] = [
      await join(parley, room.moderatorUrl, 'Ana'),
      await join(parley, room.speakerUrl, 'Ben'),
      await join(parley, room.speakerUrl, 'Carla'),
    ]
    const send = async (bot: Bot, route: string, body?: object) => {
      const [method = '', path = ''] = route.split(' ')
      const options = { token: bot.token, ...(body === undefined ? {} : { body }) }
      return (await parley.call(`${method} ${meeting(room)}/${path}`, options)).status
    }
    expect(await send(ben, 'PUT hands/me', { isRaised: true })).toBe(204)
    expect(await send(ana, 'PUT spotlight', { identity: carla.identity })).toBe(204)
    expect(await send(carla, 'POST messages', { text: 'Hello' })).toBe(201)
    expect(await listOf(room, ana)).toMatchObject({
      participants: expect.arrayContaining(
        [ana, ben, carla].map(({ identity }) => expect.objectContaining({ identity })),
      ),
      state: { hands: [ben.identity], spotlight: carla.identity },
      remainingMs: null,
    })

    await events.until(3, 'participant_joined')
    await events.letThrough()
    expect((await listOf(room, ana)).state).toMatchObject({
      hands: [ben.identity],
      spotlight: carla.identity,
    })
    const { db } = parley.ctx.database
    const joined = await db
      .selectFrom('outbox')
      .select('event')
      .where('roomId', '=', room.roomId)
      .where('event', 'in', ['meetingStarted', 'participantJoined'])
      .orderBy('seq')
      .execute()
    expect(joined.map(({ event }) => event)).toEqual([
      'meetingStarted',
      'participantJoined',
      'participantJoined',
      'participantJoined',
    ])
    const { body: past } = await parley.call(`GET /api/v1/rooms/${room.roomId}/meetings`)
    expect(past.meetings).toHaveLength(1)
    expect(past.meetings[0].participants.map(({ name }: { name: string }) => name).sort()).toEqual([
      'Ana',
      'Ben',
      'Carla',
    ])
    await Promise.all([ana, ben, carla].map((bot) => bot.leave()))
  })

  it.each([
    ['says something', 'POST messages', { text: 'Hello' }, 201],
    ['reacts', 'POST reactions', { reaction: 'like' }, 204],
    ['locks the chat', 'PUT locks', { chat: true }, 200],
    ['mutes all', 'POST mute-all', undefined, 204],
    ['lowers hands', 'DELETE hands', undefined, 204],
    ['admits who waits', 'PUT knocks', { admit: true }, 200],
  ])('%s as the first thing', async (_what, route, body, status) => {
    holdEvents(parley)
    const room = await createRoom(parley)
    const bot = await join(parley, room.moderatorUrl, 'Ana')
    const [method, path] = route.split(' ')
    const options = { token: bot.token, ...(body === undefined ? {} : { body }) }
    expect((await parley.call(`${method} ${meeting(room)}/${path}`, options)).status).toBe(status)
    await bot.leave()
  })

  it('can be muted, promoted and removed', async () => {
    holdEvents(parley)
    const room = await createRoom(parley)
    const ana = await join(parley, room.moderatorUrl, 'Ana')
    const onto = async (route: string, body?: object) => {
      const bot = await join(parley, room.speakerUrl, 'New')
      const [method, suffix = ''] = route.split(' ')
      const path = `${meeting(room)}/participants/${bot.identity}${suffix}`
      const { status } = await parley.call(`${method} ${path}`, {
        token: ana.token,
        ...(body === undefined ? {} : { body }),
      })
      return { status, bot }
    }
    expect((await onto('PUT /media', { audio: 'off' })).status).toBe(204)
    expect((await onto('PUT /role', { action: 'upgrade' })).status).toBe(200)
    const { status, bot } = await onto('DELETE')
    expect(status).toBe(200)
    await bot.disconnected
    await ana.leave()
  })

  it('keeps the token fresh and comes back as the same participant', async () => {
    holdEvents(parley)
    const room = await createRoom(parley)
    const secret = new URL(room.speakerUrl).searchParams.get('secret') ?? ''
    const bot = await join(parley, room.speakerUrl, 'Bruno')
    const back = await askToken(
      parley,
      room.roomId,
      { secret, joinMeeting: true, participantName: 'Bruno' },
      { 'X-Room-Member-Token': `Bearer ${bot.token}` },
    )
    expect(back.status).toBe(200)
    expect(claimsOf(back.body.token)).toMatchObject({ sub: bot.identity, name: 'Bruno' })
    await bot.leave()

    const other = await join(parley, room.speakerUrl, 'Ben')
    const path = `/internal-api/v1/rooms/${room.roomId}/members/token/refresh`
    const fresh = await parley.call(`POST ${path}`, { token: other.token, body: {} })
    expect(fresh.status).toBe(200)
    expect(claimsOf(fresh.body.token).sub).toBe(other.identity)
    await other.leave()
  })

  it('is not who only holds a token, or has left', async () => {
    const room = await createRoom(parley)
    const secret = new URL(room.speakerUrl).searchParams.get('secret') ?? ''
    const { token } = (
      await askToken(parley, room.roomId, { secret, joinMeeting: true, participantName: 'Outside' })
    ).body
    const raise = (one: string) =>
      parley.call(`PUT ${meeting(room)}/hands/me`, { token: one, body: { isRaised: true } })
    expect((await raise(token)).status).toBe(404)

    const ana = await join(parley, room.moderatorUrl, 'Ana')
    const bot = await join(parley, room.speakerUrl, 'Gone')
    expect((await raise(bot.token)).status).toBe(204)
    await bot.leave()
    await eventually(
      'their having left',
      () => listOf(room, ana),
      ({ participants }) => participants.length === 1,
    )
    expect((await raise(bot.token)).status).toBe(404)
    await ana.leave()
  })
})

describe('the end of a test meeting', () => {
  it('is told to each who asks, from the first moment on and the same to all', async () => {
    const { body: made } = await parley.call('POST /api/v1/keys', {
      body: { name: 'Test', environment: 'test' },
    })
    const room = await createRoom(parley, {}, made.key)
    const events = holdEvents(parley)
    const ana = await join(parley, room.moderatorUrl, 'Ana')
    const first = (await listOf(room, ana)).remainingMs
    expect(first).toBeGreaterThan(50_000)
    expect(first).toBeLessThanOrEqual(60_000)
    clock.advance(20_000)
    const ben = await join(parley, room.speakerUrl, 'Ben')
    const [left, right] = [(await listOf(room, ana)).remainingMs, (await listOf(room, ben)).remainingMs]
    expect(left).toBeLessThanOrEqual(40_000)
    expect(left).toBeGreaterThan(30_000)
    expect(Math.abs(left - right)).toBeLessThan(5_000)

    // LiveKit's own events come late, and start no second minute.
    await events.until(2, 'participant_joined')
    await events.letThrough()
    expect((await listOf(room, ben)).remainingMs).toBeLessThanOrEqual(40_000)
    clock.advance(41_000)
    await parley.ctx.meetings.endSandboxes()
    await Promise.all([ana.disconnected, ben.disconnected])
  })
})
