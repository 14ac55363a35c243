import { dispose } from '@livekit/rtc-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endpoints } from '../../server/endpoints.ts'
import { askToken, secretOf } from '../support/bots.ts'
import { eventually, startParley, type TestParley } from '../support/parley.ts'
import { makeUser, signInAs } from '../support/users.ts'

let parley: TestParley
beforeAll(async () => {
  parley = await startParley()
})
afterAll(async () => {
  await parley.stop()
  await dispose()
})

const create = async (body: object = {}, at = parley) => (await at.call('POST /api/v1/rooms', { body })).body

describe('every endpoint that takes a key', () => {
  const taken = endpoints.filter((one) => 'key' in one.needs)
  const routeOf = ({ method, path }: { method: string; path: string }) =>
    `${method.toUpperCase()} ${path.replace(':recordingId', 'room-a--EG_x--abcdefghij').replace(/:\w+/g, 'somebody')}`

  it('answers 401 to nobody and to a wrong key', async () => {
    expect(taken.length).toBeGreaterThan(30)
    for (const one of taken)
      for (const key of [null, 'wrong-key-wrong-key'])
        expect(
          (await parley.call(routeOf(one), { key, body: one.body === undefined ? undefined : {} })).status,
          routeOf(one),
        ).toBe(401)
  })

  it('answers 403 to a key without its permission', async () => {
    const reader = (await parley.call('POST /api/v1/keys', { body: { name: 'r', permissions: ['read'] } }))
      .body.key
    const writer = (await parley.call('POST /api/v1/keys', { body: { name: 'w', permissions: ['write'] } }))
      .body.key
    for (const one of taken) {
      const needed = 'key' in one.needs ? one.needs.key : undefined
      const key = needed === 'write' ? reader : needed === 'admin' ? writer : undefined
      if (key === undefined) continue
      const { status, body } = await parley.call(routeOf(one), {
        key,
        body: one.body === undefined ? undefined : {},
      })
      expect([status, body.code], routeOf(one)).toEqual([403, 'permission_denied'])
    }
  })
})

describe('a plain user', () => {
  it('sees the rooms they own, belong to, or may enter, and links only where they may share them', async () => {
    const { username, password } = await makeUser(parley, 'room_manager')
    const { cookie } = await signInAs(parley, username, password)
    const [closed, open, joined] = [
      await create(),
      await create({ access: { user: { enabled: true } } }),
      await create(),
    ]
    await parley.call(`POST /api/v1/rooms/${joined.roomId}/members`, {
      body: { userId: username, baseRole: 'speaker', customPermissions: { roomShareAccessLinks: true } },
    })
    const own = (await parley.call('POST /api/v1/rooms', { cookie, body: { roomName: 'Mine' } })).body
    expect(own.owner).toBe(username)
    const listed = (await parley.call('GET /api/v1/rooms', { cookie })).body.rooms
    expect(new Set(listed.map((room: { roomId: string }) => room.roomId))).toEqual(
      new Set([open.roomId, joined.roomId, own.roomId]),
    )
    const get = (roomId: string) => parley.call(`GET /api/v1/rooms/${roomId}`, { cookie })
    expect((await get(closed.roomId)).status).toBe(403)
    expect((await get(open.roomId)).body.access.anonymous.moderator).toEqual({ enabled: true })
    expect((await get(open.roomId)).body).not.toHaveProperty('moderatorUrl')
    expect((await get(joined.roomId)).body.access.anonymous.moderator.url).toBe(joined.moderatorUrl)
    expect((await get(own.roomId)).body.moderatorUrl).toBe(own.moderatorUrl)
    const code = (roomId: string) => parley.call(`GET /api/v1/rooms/${roomId}/code`, { cookie })
    expect((await code(own.roomId)).body.code).toMatch(/^[a-z]{3}-[a-z]{3}-[a-z]{3}$/)
    expect((await code(joined.roomId)).status).toBe(200)
    expect((await code(open.roomId)).status).toBe(403)
    for (const route of [`DELETE /api/v1/rooms/${open.roomId}`, `GET /api/v1/rooms/${joined.roomId}/members`])
      expect((await parley.call(route, { cookie })).status, route).toBe(403)
    expect((await parley.call('GET /api/v1/rooms?owner=admin', { cookie })).status).toBe(403)
    expect((await parley.call('GET /api/v1/keys', { cookie })).status).toBe(403)
    const token = await parley.call(`POST /internal-api/v1/rooms/${open.roomId}/members/token`, {
      cookie,
      body: { joinMeeting: true },
    })
    expect(token.status).toBe(200)
  })
})

describe('PERMISSION_NAMES=current', () => {
  it('neither takes nor shows the deprecated names', async () => {
    const current = await startParley({ env: { PERMISSION_NAMES: 'current' } })
    try {
      const refused = await current.call('POST /api/v1/rooms', {
        body: { roles: { speaker: { permissions: { canRecord: true } } } },
      })
      expect(refused.status).toBe(422)
      expect(refused.body.details).toEqual([
        {
          field: 'roles.speaker.permissions.canRecord',
          message: expect.stringContaining('recordingControl'),
        },
      ])
      const made = await current.call('POST /api/v1/rooms?extraFields=roles', { body: {} })
      expect(made.headers.get('deprecation')).toBeNull()
      expect(Object.keys(made.body.roles.speaker.permissions)).toHaveLength(16)
    } finally {
      await current.stop()
    }
  })
})

describe('at once', () => {
  it('joins, a deletion and changes of one room have one outcome and no 500', async () => {
    for (let i = 0; i < 5; i++) {
      const room = await create()
      const ask = { secret: secretOf(room.moderatorUrl), joinMeeting: true, participantName: 'x' }
      const answers = await Promise.all([
        askToken(parley, room.roomId, ask),
        parley.call(`PUT /api/v1/rooms/${room.roomId}/config`, {
          body: { config: { chat: { enabled: false } } },
        }),
        askToken(parley, room.roomId, ask),
        parley.call(`DELETE /api/v1/rooms/${room.roomId}?withMeeting=force`),
        parley.call(`PUT /api/v1/rooms/${room.roomId}/roles`, { body: { roles: {} } }),
        askToken(parley, room.roomId, ask),
      ])
      const statuses = answers.map(({ status }) => status)
      expect(
        statuses.every((status) => [200, 401, 404, 409].includes(status)),
        statuses.join(' '),
      ).toBe(true)
      expect(statuses[3]).toBe(200)
      await eventually(
        'the room being gone everywhere',
        async () => {
          await parley.ctx.meetings.reconcile(0)
          const { status } = await parley.call(`GET /api/v1/rooms/${room.roomId}`)
          return [
            status,
            (await parley.ctx.livekit.listRooms()).some(({ name }) => name === room.roomId),
          ] as const
        },
        ([status, isRunning]) => status === 404 && !isRunning,
      )
    }
  })
})

describe.skipIf(process.env.PARLEY_TEST_DATABASE !== 'postgres')('two instances on one database', () => {
  it('tell their console pages of what the other did, and refuse a key that the other revoked', async () => {
    const second = await startParley({ env: { DATABASE_URL: parley.env.DATABASE_URL ?? '' } })
    try {
      const cookie = await second.signIn()
      const stop = new AbortController()
      const stream = await fetch(`${second.url}/internal-api/v1/events`, {
        headers: { cookie },
        signal: stop.signal,
      })
      const reader = stream.body?.getReader()
      await reader?.read()
      const room = await create()
      let text = ''
      while (!text.includes(room.roomId)) text += new TextDecoder().decode((await reader?.read())?.value)
      expect(text).toContain('event: roomCreated')
      stop.abort()
      const made = (await parley.call('POST /api/v1/keys', { body: { name: 'shared' } })).body
      expect((await second.call('GET /api/v1/rooms', { key: made.key })).status).toBe(200)
      await parley.call(`DELETE /api/v1/keys/${made.id}`)
      expect((await second.call('GET /api/v1/rooms', { key: made.key })).status).toBe(401)
    } finally {
      await second.stop()
    }
  })
})
