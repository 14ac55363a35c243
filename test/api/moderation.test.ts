import { dispose } from '@livekit/rtc-node'
import {
  AccessToken,
  DataPacket_Kind,
  type ParticipantInfo,
  RoomServiceClient,
  TrackSource,
} from 'livekit-server-sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeVerifier } from '../../web/meeting/server-voice.ts'
import { askToken, type Bot, claimsOf, connect, join, publish, secretOf } from '../support/bots.ts'
import { eventually, startParley, type TestParley } from '../support/parley.ts'
import { createRoom } from '../support/rooms.ts'
import type { RoomAnswer } from '../support/site.ts'

let parley: TestParley
beforeAll(async () => {
  parley = await startParley()
})
afterAll(async () => {
  await parley.stop()
  await dispose()
})

const meeting = (room: RoomAnswer) => `/internal-api/v1/meetings/${room.roomId}`
const listOf = (room: RoomAnswer, bot: Bot) =>
  parley.call(`GET ${meeting(room)}/participants`, { token: bot.token })
const stateOf = async (room: RoomAnswer, bot: Bot) => (await listOf(room, bot)).body.state

/** Ana moderates, the others are speakers; all are known to be in. */
const meet = async (body: object = {}, names = ['Ben']) => {
  const room = await createRoom(parley, body)
  const ana = await join(parley, room.moderatorUrl, 'Ana')
  const others: Bot[] = []
  for (const name of names) others.push(await join(parley, room.speakerUrl, name))
  await eventually(
    'all being in',
    () => listOf(room, ana),
    ({ body: list }) => list.participants?.length === names.length + 1,
  )
  const [ben = ana, carla = ana] = others
  const leave = () => Promise.all([ana, ...others].map((bot) => bot.leave()))
  return { room, ana, ben, carla, leave }
}

/** What LiveKit says of somebody: the truth that no page can hide. */
const seen = async (room: RoomAnswer, bot: Bot) =>
  (await parley.ctx.livekit.listParticipants(room.roomId)).find((one) => one.identity === bot.identity)
const untilSeen = (what: string, room: RoomAnswer, bot: Bot, isDone: (one: ParticipantInfo) => boolean) =>
  eventually(
    what,
    () => seen(room, bot),
    (one) => one !== undefined && isDone(one),
  )
const trackOf = (one: ParticipantInfo | undefined, source: TrackSource) =>
  one?.tracks.find((track) => track.source === source)
const sourcesOf = (one: ParticipantInfo | undefined) => one?.permission?.canPublishSources ?? []

const told = (bot: Bot, type: string) => bot.told.filter((message) => message.type === type)
const untilTold = (bot: Bot, type: string, count = 1) =>
  eventually(
    `${type} being told`,
    async () => told(bot, type),
    (messages) => messages.length >= count,
  )

describe('media of others', () => {
  it('are muted and stopped in LiveKit, whatever the page does, and can only be asked for', async () => {
    const { room, ana, ben, leave } = await meet()
    for (const source of ['microphone', 'camera', 'screen'] as const) await publish(ben, source)
    await untilSeen('three tracks', room, ben, ({ tracks }) => tracks.length === 3)
    const change = (body: object, bot = ana, identity = ben.identity) =>
      parley.call(`PUT ${meeting(room)}/participants/${identity}/media`, { token: bot.token, body })

    expect((await change({ audio: 'off', video: 'off' })).status).toBe(204)
    await untilSeen(
      'microphone and camera muted',
      room,
      ben,
      (one) =>
        trackOf(one, TrackSource.MICROPHONE)?.muted === true &&
        trackOf(one, TrackSource.CAMERA)?.muted === true,
    )
    expect(trackOf(await seen(room, ben), TrackSource.SCREEN_SHARE)?.muted).toBe(false)

    expect((await change({ screen: 'off' })).status).toBe(204)
    await untilSeen(
      'the screen gone and its grant back',
      room,
      ben,
      (one) =>
        trackOf(one, TrackSource.SCREEN_SHARE) === undefined &&
        sourcesOf(one).includes(TrackSource.SCREEN_SHARE),
    )
    const stopped = await eventually(
      'Ben being told of both',
      async () => told(ben, 'meeting.stopped'),
      (all) => all.length === 2,
    )
    expect(stopped).toEqual([
      { type: 'meeting.stopped', identity: ben.identity, media: ['audio', 'video'], by: 'Ana' },
      { type: 'meeting.stopped', identity: ben.identity, media: ['screen'], by: 'Ana' },
    ])

    expect((await change({ audio: 'ask' })).status).toBe(204)
    expect(await untilTold(ben, 'meeting.asked')).toEqual([
      { type: 'meeting.asked', identity: ben.identity, media: ['audio'], by: 'Ana' },
    ])
    expect(trackOf(await seen(room, ben), TrackSource.MICROPHONE)?.muted).toBe(true)

    expect((await change({ audio: 'on' })).status).toBe(400)
    expect((await change({ audio: 'off' }, ben, ana.identity)).status).toBe(403)
    expect((await change({ audio: 'off' }, ana, 'nobody')).status).toBe(404)
    await leave()
  })

  it('are all muted at once, but for one’s own microphone', async () => {
    const { room, ana, ben, carla, leave } = await meet({}, ['Ben', 'Carla'])
    for (const bot of [ana, ben, carla]) await publish(bot, 'microphone')
    for (const bot of [ana, ben, carla])
      await untilSeen('a microphone', room, bot, ({ tracks }) => tracks.length === 1)
    expect((await parley.call(`POST ${meeting(room)}/mute-all`, { token: ben.token })).status).toBe(403)
    expect((await parley.call(`POST ${meeting(room)}/mute-all`, { token: ana.token })).status).toBe(204)
    for (const bot of [ben, carla])
      await untilSeen('mute', room, bot, ({ tracks }) => tracks.every((track) => track.muted))
    expect((await seen(room, ana))?.tracks.every((track) => !track.muted)).toBe(true)
    await leave()
  })
})

describe('locks', () => {
  const lock = (room: RoomAnswer, bot: Bot, body: object) =>
    parley.call(`PUT ${meeting(room)}/locks`, { token: bot.token, body })

  it('take grants and tracks away at once from all but moderators, and give the grants back', async () => {
    const { room, ana, ben, leave } = await meet()
    await publish(ben, 'microphone')
    await publish(ana, 'microphone')
    await untilSeen('Ben’s microphone', room, ben, ({ tracks }) => tracks.length === 1)
    expect((await lock(room, ben, { audio: false })).status).toBe(403)
    expect((await lock(room, ana, { audio: true, screen: true, chat: true })).body).toEqual({
      locks: { audio: true, video: false, screen: true, chat: true },
    })
    await untilSeen(
      'the lock',
      room,
      ben,
      (one) =>
        one.tracks.length === 0 &&
        JSON.stringify(sourcesOf(one)) === JSON.stringify([TrackSource.CAMERA]) &&
        one.permission?.canPublishData === false,
    )
    expect((await seen(room, ana))?.tracks).toHaveLength(1)
    expect((await untilTold(ben, 'meeting.state')).at(-1)).toMatchObject({
      state: { locks: { audio: true, video: false, screen: true, chat: true } },
    })
    // What a forged client tries: publish all the same.
    const forged = publish(ben, 'microphone').catch(() => undefined)
    await Promise.race([forged, new Promise((resolve) => setTimeout(resolve, 1000))])
    expect((await seen(room, ben))?.tracks).toHaveLength(0)
    const say = () => parley.call(`POST ${meeting(room)}/messages`, { token: ben.token, body: { text: 'x' } })
    expect(await say()).toMatchObject({ status: 403, body: { code: 'chat_locked' } })

    expect((await lock(room, ana, { audio: false, screen: false, chat: false })).status).toBe(200)
    await untilSeen('the grants', room, ben, (one) => sourcesOf(one).length === 4)
    await publish(ben, 'microphone')
    await untilSeen('Ben’s microphone', room, ben, ({ tracks }) => tracks.length === 1)
    expect((await say()).status).toBe(201)
    await leave()
  })

  it('hold for new tokens, for old ones, and for who is demoted; a console’s change counts as well', async () => {
    const room = await createRoom(parley)
    const ana = await join(parley, room.moderatorUrl, 'Ana')
    const old = await askToken(parley, room.roomId, {
      secret: secretOf(room.speakerUrl),
      joinMeeting: true,
      participantName: 'Ben',
    })
    await eventually(
      'the meeting',
      async () => (await parley.call(`GET /api/v1/rooms/${room.roomId}`)).body.status,
      (status) => status === 'active_meeting',
    )
    const put = (locks: object) =>
      parley.call(`PUT /api/v1/rooms/${room.roomId}/settings`, { body: { locks } })
    expect((await put({ audio: true, video: true })).status).toBe(200)
    const fresh = await askToken(parley, room.roomId, {
      secret: secretOf(room.speakerUrl),
      joinMeeting: true,
      participantName: 'Carla',
    })
    expect(claimsOf(fresh.body.token).video.canPublishSources).toEqual(['screen_share', 'screen_share_audio'])
    // The role is as it was: the page can say that it is a lock and not the role that forbids it.
    expect(claimsOf(fresh.body.token).metadata.permissions.mediaPublishAudio).toBe(true)
    const ben = await connect(parley, old.body.token)
    await untilSeen('the old token’s grants gone', room, ben, (one) => sourcesOf(one).length === 2)

    const role = (action: string) =>
      parley.call(`PUT ${meeting(room)}/participants/${ben.identity}/role`, {
        token: ana.token,
        body: { action },
      })
    expect((await role('upgrade')).status).toBe(200)
    await untilSeen('a moderator’s grants', room, ben, (one) => sourcesOf(one).length === 4)
    await publish(ben, 'microphone')
    await untilSeen('Ben’s microphone', room, ben, ({ tracks }) => tracks.length === 1)
    expect((await role('downgrade')).status).toBe(200)
    await untilSeen('the lock', room, ben, (one) => sourcesOf(one).length === 2 && one.tracks.length === 0)
    await Promise.all([ana.leave(), ben.leave()])
  })

  it('are put right by the comparison with LiveKit when a grant was lost', async () => {
    const { room, ana, ben, leave } = await meet()
    await lock(room, ana, { video: true })
    await untilSeen('the lock', room, ben, (one) => !sourcesOf(one).includes(TrackSource.CAMERA))
    // As a call to LiveKit that failed half-way leaves it.
    const row = claimsOf(ben.token).metadata.permissions
    await parley.ctx.livekit.grant(room.roomId, ben.identity, row)
    await untilSeen('the wrong grant', room, ben, (one) => sourcesOf(one).includes(TrackSource.CAMERA))
    await parley.ctx.meetings.reconcile()
    expect(sourcesOf(await seen(room, ben))).not.toContain(TrackSource.CAMERA)
    await leave()
  })
})

describe('hands', () => {
  const raise = (room: RoomAnswer, bot: Bot, isRaised = true) =>
    parley.call(`PUT ${meeting(room)}/hands/me`, { token: bot.token, body: { isRaised } })

  it('stand in the order in which they were raised, on every screen', async () => {
    const { room, ana, ben, carla, leave } = await meet({}, ['Ben', 'Carla'])
    for (const bot of [carla, ana, ben]) expect((await raise(room, bot)).status).toBe(204)
    // Raised again it keeps its place.
    await raise(room, carla)
    const order = [carla.identity, ana.identity, ben.identity]
    expect((await stateOf(room, ben)).hands).toEqual(order)
    for (const bot of [ana, ben, carla])
      expect((await untilTold(bot, 'meeting.state', 3)).at(-1)).toMatchObject({ state: { hands: order } })
    const versions = told(ana, 'meeting.state').map(({ state }) => (state as { version: number }).version)
    expect(versions).toEqual([...versions].sort((a, b) => a - b))

    await raise(room, ana, false)
    expect((await stateOf(room, ben)).hands).toEqual([carla.identity, ben.identity])
    await raise(room, ana)
    expect((await stateOf(room, ben)).hands).toEqual([carla.identity, ben.identity, ana.identity])

    const lower = (path: string, bot: Bot) =>
      parley.call(`DELETE ${meeting(room)}/hands${path}`, { token: bot.token })
    expect((await lower('', ben)).status).toBe(403)
    expect((await lower(`/${carla.identity}`, ben)).status).toBe(403)
    expect((await lower(`/${carla.identity}`, ana)).status).toBe(204)
    expect((await stateOf(room, ben)).hands).toEqual([ben.identity, ana.identity])
    // A hand goes down with who leaves.
    await ben.leave()
    await eventually(
      'Ben’s hand down',
      () => stateOf(room, ana),
      ({ hands }) => hands.length === 1,
    )
    expect((await lower('', ana)).status).toBe(204)
    expect((await stateOf(room, ana)).hands).toEqual([])
    await leave()
  })

  it('raised by many at once all have a place of their own', async () => {
    const names = Array.from({ length: 6 }, (_, i) => `Bot ${i}`)
    const room = await createRoom(parley)
    const bots = await Promise.all(names.map((name) => join(parley, room.speakerUrl, name)))
    const [first] = bots
    if (first === undefined) throw new Error('nobody is here')
    await eventually(
      'all being in',
      () => listOf(room, first),
      ({ body }) => body.participants?.length === bots.length,
    )
    await Promise.all(bots.map((bot) => raise(room, bot)))
    const { hands } = await stateOf(room, first)
    expect([...hands].sort()).toEqual(bots.map(({ identity }) => identity).sort())
    // Everybody was told of the same order.
    for (const bot of bots)
      await eventually(
        'the same order',
        async () => told(bot, 'meeting.state'),
        (states) =>
          states.some(
            ({ state }) => JSON.stringify((state as { hands: string[] }).hands) === JSON.stringify(hands),
          ),
      )
    await Promise.all(bots.map((bot) => bot.leave()))
  })
})

describe('spotlight and reactions', () => {
  it('reach everybody, and the spotlight only from who may promote', async () => {
    const { room, ana, ben, leave } = await meet()
    const spotlight = (bot: Bot, identity: string | null) =>
      parley.call(`PUT ${meeting(room)}/spotlight`, { token: bot.token, body: { identity } })
    expect((await spotlight(ben, ben.identity)).status).toBe(403)
    expect((await spotlight(ana, 'nobody')).status).toBe(404)
    expect((await spotlight(ana, ben.identity)).status).toBe(204)
    expect((await untilTold(ben, 'meeting.state')).at(-1)).toMatchObject({
      state: { spotlight: ben.identity },
    })
    expect((await spotlight(ana, ana.identity)).status).toBe(204)
    expect((await stateOf(room, ben)).spotlight).toBe(ana.identity)
    expect((await spotlight(ana, null)).status).toBe(204)
    expect((await stateOf(room, ben)).spotlight).toBeNull()

    const react = (reaction: string) =>
      parley.call(`POST ${meeting(room)}/reactions`, { token: ben.token, body: { reaction } })
    expect((await react('heart')).status).toBe(204)
    expect(await untilTold(ana, 'meeting.reaction')).toEqual([
      { type: 'meeting.reaction', identity: ben.identity, reaction: 'heart' },
    ])
    expect((await react('<script>')).status).toBe(400)
    await leave()
  })
})

describe('forged clients', () => {
  it('get nothing with grants of their own making, another room’s token, or none', async () => {
    const { room, ana, ben, leave } = await meet()
    const other = await meet()
    const { metadata } = claimsOf(ben.token)
    const permissions = Object.fromEntries(Object.keys(metadata.permissions).map((name) => [name, true]))
    const forged = new AccessToken('parley', 'not-the-secret-of-this-livekit-server!', {
      identity: ben.identity,
      metadata: JSON.stringify({ ...metadata, permissions, badge: 'owner' }),
    })
    forged.addGrant({ room: room.roomId, roomJoin: true, roomAdmin: true, canPublish: true })
    const own = await forged.toJwt()
    await expect(connect(parley, own)).rejects.toThrow()
    const calls = [
      ['PUT', `participants/${ana.identity}/media`, { audio: 'off' }],
      ['PUT', 'locks', { chat: true }],
      ['POST', 'mute-all', undefined],
      ['PUT', 'spotlight', { identity: ben.identity }],
      ['DELETE', 'hands', undefined],
      ['GET', 'knocks', undefined],
      ['PUT', 'knocks', { admit: true }],
      ['DELETE', `participants/${ana.identity}`, undefined],
    ] as const
    for (const [method, path, body] of calls) {
      const call = (token?: string) =>
        parley.call(`${method} ${meeting(room)}/${path}`, {
          key: null,
          ...(token === undefined ? {} : { token }),
          ...(body === undefined ? {} : { body }),
        })
      expect([path, (await call(own)).status]).toEqual([path, 401])
      expect([path, (await call()).status]).toEqual([path, 401])
      expect([path, (await call(ben.token)).status]).toEqual([path, 403])
      expect([path, (await call(other.ana.token)).status]).toEqual([path, 403])
    }
    expect((await stateOf(room, ana)).locks.chat).toBe(false)
    expect(await seen(room, ana)).toBeDefined()
    await Promise.all([leave(), other.leave()])
  })

  it('cannot speak as the server: what it says is signed, and nothing else is believed', async () => {
    const { room, ana, ben, leave } = await meet()
    const verify = makeVerifier(parley.ctx.voice.publicKey, room.roomId)
    const text = async (payload: Uint8Array) => {
      const message = await verify(Uint8Array.from(payload))
      return message && new TextDecoder().decode(message)
    }
    const isHeard = (bytes: Uint8Array) =>
      eventually(
        'the packet',
        async () => ana.heard.find((one) => Buffer.compare(one, bytes) === 0),
        (one) => one !== undefined,
      )
    const end = { type: 'meeting.ended', by: 'Ana' }
    const bare = new TextEncoder().encode(JSON.stringify(end))
    await ben.room.localParticipant?.publishData(bare, { reliable: true, topic: 'parley' })
    expect(await text((await isHeard(bare)) ?? bare)).toBeNull()

    // Somebody else who holds LiveKit's credentials, as another application on the same LiveKit does: what it sends
    // bears nobody's name, just as what the server sends.
    const { apiKey, apiSecret } = parley.ctx.credentials
    const service = new RoomServiceClient(parley.ctx.livekitPlace.url(), apiKey, apiSecret)
    const padded = Buffer.concat([Buffer.alloc(64, 7), bare])
    await service.sendData(room.roomId, padded, DataPacket_Kind.RELIABLE, { topic: 'parley' })
    expect(await text((await isHeard(padded)) ?? padded)).toBeNull()
    // What the server has said in another room, played here.
    const elsewhere = Buffer.from(parley.ctx.voice.speak('another-room', end))
    await service.sendData(room.roomId, elsewhere, DataPacket_Kind.RELIABLE, { topic: 'parley' })
    expect(await text((await isHeard(elsewhere)) ?? elsewhere)).toBeNull()

    await parley.ctx.livekit.tell(room.roomId, { type: 'genuine' })
    await eventually(
      'the genuine packet',
      async () => {
        const last = ana.heard.at(-1)
        return last && text(last)
      },
      (message) => message === '{"type":"genuine"}',
    )
    await leave()
  })
})
