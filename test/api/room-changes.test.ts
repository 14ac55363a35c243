import { dispose } from '@livekit/rtc-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askToken, claimsOf, join, secretOf } from '../support/bots.ts'
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
const put = (roomId: string, what: string, body: unknown) =>
  parley.call(`PUT /api/v1/rooms/${roomId}/${what}`, { body })
const untilStatus = (roomId: string, wanted: string) =>
  eventually(
    `room ${roomId} becoming ${wanted}`,
    async () => (await parley.call(`GET /api/v1/rooms/${roomId}`)).body.status,
    (status) => status === wanted,
  )

describe('config', () => {
  it('is merged, with an encoding replaced whole', async () => {
    const { roomId } = await create()
    const changed = await put(roomId, 'config', {
      config: { chat: { enabled: false }, recording: { enabled: true, layout: 'speaker' } },
    })
    expect(changed.status).toBe(200)
    expect(changed.body).toEqual({
      chat: { enabled: false },
      recording: { enabled: true, layout: 'speaker', encoding: 'H264_720P_30' },
      virtualBackground: { enabled: true },
      e2ee: { enabled: false },
      captions: { enabled: true },
    })
    expect((await parley.call(`GET /api/v1/rooms/${roomId}/config`)).body).toEqual(changed.body)
    expect((await put(roomId, 'config', { config: {} })).body).toEqual(changed.body)
    expect(
      (await put(roomId, 'config', { config: { e2ee: { enabled: true } } })).body.recording.enabled,
    ).toBe(false)
    expect(
      (await put(roomId, 'config', { config: { e2ee: { enabled: false } } })).body.recording.enabled,
    ).toBe(false)
  })

  it.each([
    ['config', {}, 'config', 'Required'],
    ['config', { config: { chat: {} } }, 'config.chat.enabled', 'Required'],
    ['status', { status: 'x' }, 'status', "Expected 'open' | 'closed'"],
    ['status', {}, 'status', 'Required'],
    ['roles', {}, 'roles', 'Required'],
    ['roles', { roles: { speaker: {} } }, 'roles.speaker.permissions', 'Required'],
    ['access', {}, 'access', 'Required'],
    [
      'access',
      { access: { anonymous: { moderator: {} } } },
      'access.anonymous.moderator.enabled',
      'Required',
    ],
    ['settings', { waitingRoom: 'x' }, 'waitingRoom', 'Invalid enum value'],
    ['settings', { maxParticipants: 0 }, 'maxParticipants', 'greater than or equal to 1'],
  ])('PUT %s refuses %j', async (what, body, field, message) => {
    const { roomId } = await create()
    const answer = await put(roomId, what, body)
    expect(answer.status).toBe(422)
    expect(answer.body.details[0].field).toBe(field)
    expect(answer.body.details[0].message).toContain(message)
  })
})

describe('roles and access', () => {
  it('change what is asked for, and end the tokens made before', async () => {
    const room = await create()
    const token = (await askToken(parley, room.roomId, { secret: secretOf(room.speakerUrl) })).body.token
    expect((await parley.call(`GET /api/v1/rooms/${room.roomId}`, { token })).status).toBe(200)
    clock.advance(10)
    const roles = await put(room.roomId, 'roles', {
      roles: { speaker: { permissions: { canRecord: true } } },
    })
    expect(roles.headers.get('deprecation')).toBe('true')
    expect(roles.body.speaker.permissions).toMatchObject({
      recordingControl: true,
      canRecord: true,
      meetingEnd: false,
    })
    expect(await parley.call(`GET /api/v1/rooms/${room.roomId}`, { token })).toMatchObject({
      status: 401,
      body: { error: 'Authentication Error', message: 'Invalid token' },
    })
    const access = await put(room.roomId, 'access', {
      access: { anonymous: { speaker: { enabled: false } }, user: { enabled: true } },
    })
    expect(access.body.anonymous.speaker).toEqual({ enabled: false, url: room.speakerUrl })
    expect(access.body.user.enabled).toBe(true)
    expect(
      (await parley.call('GET /api/v1/rooms?userAccess=true')).body.rooms.map(
        (one: { roomId: string }) => one.roomId,
      ),
    ).toEqual([room.roomId])
    expect((await askToken(parley, room.roomId, { secret: secretOf(room.speakerUrl) })).status).toBe(403)
  })

  it('rotate a link: the old one says that it has been replaced', async () => {
    const room = await create()
    const rotated = await parley.call(`POST /api/v1/rooms/${room.roomId}/access/rotate`, {
      body: { role: 'speaker' },
    })
    expect(rotated.body.anonymous.moderator.url).toBe(room.moderatorUrl)
    expect(rotated.body.anonymous.speaker.url).not.toBe(room.speakerUrl)
    expect(await askToken(parley, room.roomId, { secret: secretOf(room.speakerUrl) })).toMatchObject({
      status: 400,
      body: { error: 'Room Error', code: 'room_secret_replaced' },
    })
    expect(
      (await askToken(parley, room.roomId, { secret: secretOf(rotated.body.anonymous.speaker.url) })).status,
    ).toBe(200)
  })
})

describe('status', () => {
  it('closed: nobody joins, and open lets them in again', async () => {
    const room = await create()
    expect(await put(room.roomId, 'status', { status: 'closed' })).toMatchObject({
      status: 200,
      body: { status: 'closed' },
    })
    const ask = { secret: secretOf(room.moderatorUrl), joinMeeting: true, participantName: 'x' }
    expect(await askToken(parley, room.roomId, ask)).toMatchObject({
      status: 409,
      body: { error: 'Room Error' },
    })
    expect((await askToken(parley, room.roomId, { secret: ask.secret })).status).toBe(200)
    expect((await put(room.roomId, 'status', { status: 'open' })).body.status).toBe('open')
  })

  it('during a meeting waits for its end, and nothing else of the room changes meanwhile', async () => {
    const room = await create()
    const bot = await join(parley, room.moderatorUrl, 'Ana')
    await untilStatus(room.roomId, 'active_meeting')
    expect(await put(room.roomId, 'status', { status: 'closed' })).toMatchObject({
      status: 202,
      body: { status: 'active_meeting', meetingEndAction: 'close' },
    })
    for (const [what, body] of [
      ['config', { config: {} }],
      ['roles', { roles: {} }],
      ['access', { access: {} }],
    ] as const)
      expect(await put(room.roomId, what, body)).toMatchObject({
        status: 409,
        body: { error: 'Room Error', message: `Room '${room.roomId}' has an active meeting` },
      })
    expect((await put(room.roomId, 'settings', { locks: { chat: true } })).body.locks).toEqual({
      audio: false,
      video: false,
      screen: false,
      chat: true,
    })
    await eventually(
      'the page being told',
      async () => bot.told,
      (told) => told.some(({ type }) => type === 'room.settings'),
    )
    await bot.leave()
    await untilStatus(room.roomId, 'closed')
  })
})

describe('members', () => {
  it('guests come by a link of their own, with permissions of their own', async () => {
    const { roomId } = await create()
    const added = await parley.call(`POST /api/v1/rooms/${roomId}/members?extraFields=effectivePermissions`, {
      body: { name: 'Gina', baseRole: 'speaker', customPermissions: { recordingControl: true } },
    })
    expect(added.status).toBe(201)
    const member = added.body
    expect(added.headers.get('location')).toBe(
      `${parley.url}/api/v1/rooms/${roomId}/members/${member.memberId}`,
    )
    expect(added.headers.get('deprecation')).toBe('true')
    expect(member).toMatchObject({
      type: 'identified_guest',
      name: 'Gina',
      baseRole: 'speaker',
      customPermissions: { recordingControl: true, canRecord: true },
    })
    expect(Object.keys(member.customPermissions)).toHaveLength(2)
    expect(member.effectivePermissions).toMatchObject({ recordingControl: true, meetingEnd: false })
    expect(member.memberId).toMatch(/^guest-[0-9a-f]{10}$/)
    expect(member.accessUrl).toMatch(/\?secret=guest-[0-9a-f]{32}$/)
    expect(member.accessUrl).not.toContain(member.memberId)

    const { body } = await askToken(parley, roomId, { secret: secretOf(member.accessUrl), joinMeeting: true })
    expect(claimsOf(body.token)).toMatchObject({
      sub: member.memberId,
      name: 'Gina',
      metadata: { memberId: member.memberId, permissions: { recordingControl: true } },
    })
    const token = (await askToken(parley, roomId, { secret: secretOf(member.accessUrl) })).body.token
    expect(
      (await parley.call(`GET /api/v1/rooms/${roomId}/members/${member.memberId}`, { token })).body.name,
    ).toBe('Gina')
    expect(
      (await parley.call(`GET /api/v1/rooms/${roomId}/members/guest-0000000000`, { token })).status,
    ).toBe(403)

    clock.advance(10)
    const changed = await parley.call(`PUT /api/v1/rooms/${roomId}/members/${member.memberId}`, {
      body: { baseRole: 'moderator', customPermissions: {} },
    })
    expect(changed.body).toMatchObject({ baseRole: 'moderator' })
    expect(changed.body).not.toHaveProperty('customPermissions')
    expect((await parley.call(`GET /api/v1/rooms/${roomId}`, { token })).status).toBe(401)

    const listed = await parley.call(
      `GET /api/v1/rooms/${roomId}/members?name=gi.a&nameMatchMode=regex&nameCaseInsensitive=true`,
    )
    expect(listed.body).toMatchObject({
      members: [{ memberId: member.memberId }],
      pagination: { isTruncated: false, maxItems: 10 },
      _extraFields: ['effectivePermissions'],
    })
    expect(await parley.call(`GET /api/v1/rooms/${roomId}/members?name=(&nameMatchMode=regex`)).toMatchObject(
      {
        status: 422,
        body: { details: [{ message: 'Invalid regular expression pattern' }] },
      },
    )
    const gone = await parley.call(`DELETE /api/v1/rooms/${roomId}/members/${member.memberId}`)
    expect(gone.body.message).toContain('deleted successfully')
    expect((await askToken(parley, roomId, { secret: secretOf(member.accessUrl) })).status).toBe(404)
  })

  it('who are in the meeting get new rights at once, and leave it when they lose it', async () => {
    const { roomId } = await create()
    const { body: member } = await parley.call(`POST /api/v1/rooms/${roomId}/members`, {
      body: { name: 'Gus', baseRole: 'speaker' },
    })
    const bot = await join(parley, member.accessUrl, 'ignored')
    await untilStatus(roomId, 'active_meeting')
    clock.advance(10)
    const path = `/api/v1/rooms/${roomId}/members/${member.memberId}`
    await eventually(
      'Gus being told',
      async () => {
        await parley.call(`PUT ${path}`, { body: { baseRole: 'moderator' } })
        return bot.told
      },
      (told) => told.some((one) => one.type === 'meeting.role' && one.badge === 'moderator'),
    )
    expect(
      (await parley.call(`PUT ${path}`, { body: { customPermissions: { meetingJoin: false } } })).status,
    ).toBe(200)
    await bot.disconnected
  })

  it.each([
    [{ baseRole: 'speaker' }, 'userId', 'Either userId or name must be provided, but not both'],
    [
      { baseRole: 'speaker', name: 'a', userId: 'abcde' },
      'userId',
      'Either userId or name must be provided, but not both',
    ],
    [
      { baseRole: 'speaker', userId: 'A B' },
      'userId',
      'must contain only lowercase letters, numbers, and underscores',
    ],
    [{ baseRole: 'speaker', name: '' }, 'name', 'cannot be empty'],
    [{ baseRole: 'speaker', name: 'x'.repeat(51) }, 'name', 'cannot exceed 50 characters'],
    [{ name: 'x' }, 'baseRole', 'Required'],
    [
      { name: 'x', baseRole: 'speaker', customPermissions: { recordingControl: 1 } },
      'customPermissions.recordingControl',
      'Expected boolean',
    ],
  ])('are refused as %j', async (body, field, message) => {
    const { roomId } = await create()
    const answer = await parley.call(`POST /api/v1/rooms/${roomId}/members`, { body })
    expect(answer.status).toBe(422)
    expect(answer.body.details[0].field).toBe(field)
    expect(answer.body.details[0].message).toContain(message)
  })

  it('are deleted many at a time, each on its own', async () => {
    const { roomId } = await create()
    const { body: member } = await parley.call(`POST /api/v1/rooms/${roomId}/members`, {
      body: { name: 'x', baseRole: 'speaker' },
    })
    expect(
      await parley.call(`DELETE /api/v1/rooms/${roomId}/members?memberIds=${member.memberId},,nobody`),
    ).toMatchObject({
      status: 400,
      body: {
        message: '1 room member(s) could not be deleted',
        deleted: [member.memberId],
        failed: [{ memberId: 'nobody', error: 'Room member not found' }],
      },
    })
    expect((await parley.call(`DELETE /api/v1/rooms/${roomId}/members`)).body.details[0].message).toBe(
      'At least one memberId is required',
    )
    expect((await parley.call('DELETE /api/v1/rooms/nothing/members?memberIds=a')).status).toBe(404)
    expect(
      await parley.call(`POST /api/v1/rooms/${roomId}/members`, {
        body: { userId: 'nobody_here', baseRole: 'speaker' },
      }),
    ).toMatchObject({
      status: 404,
      body: { error: 'User Error' },
    })
    expect(
      await parley.call(`POST /api/v1/rooms/${roomId}/members`, {
        body: { userId: 'admin', baseRole: 'speaker' },
      }),
    ).toMatchObject({
      status: 409,
      body: { error: 'Room Member Error' },
    })
  })
})
