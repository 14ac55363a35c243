import { dispose } from '@livekit/rtc-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askToken, join, secretOf } from '../support/bots.ts'
import { API_KEY, eventually, startParley, type TestParley } from '../support/parley.ts'

/** What clients and tests of OpenVidu Meet rely on, line by line of the contract's sections 0 to 3 and 5.3. */

let parley: TestParley
beforeAll(async () => {
  parley = await startParley()
})
afterAll(async () => {
  await parley.stop()
  await dispose()
})

const call: TestParley['call'] = (route, options) => parley.call(route, options)
const create = async (body: object = {}) => (await call('POST /meet/api/v1/rooms', { body })).body
const tokenOf = async (room: { roomId: string; moderatorUrl: string }, joinMeeting = false) =>
  (
    await askToken(parley, room.roomId, {
      secret: secretOf(room.moderatorUrl),
      ...(joinMeeting ? { joinMeeting, participantName: 'Mo' } : {}),
    })
  ).body.token as string
const unknown = 'nowhere-0123456789abcde'

/** A 422 tells exactly these places, each with a message that holds the fragment. */
function expectFault(answer: Awaited<ReturnType<typeof call>>, field: string | null, fragment: string): void {
  expect(answer.status).toBe(422)
  expect(answer.body).toMatchObject({ error: 'Unprocessable Entity', message: 'Invalid request' })
  expect(answer.body.details).toEqual(
    expect.arrayContaining([
      { field: field ?? expect.any(String), message: expect.stringContaining(fragment) },
    ]),
  )
}

describe('order of checks', () => {
  it('malformed body, then credentials, then validation, then existence, then state', async () => {
    const path = `/api/v1/rooms/${unknown}/config`
    const bad = { config: { chat: { enabled: 'yes' } } }
    expect((await call(`PUT ${path}`, { key: null, body: '{' })).body).toEqual({
      error: 'Bad Request',
      message: 'Malformed body',
    })
    expect((await call(`PUT ${path}`, { key: null, body: bad })).status).toBe(401)
    expect((await call(`PUT ${path}`, { key: 'wrong-key-wrong-key', body: bad })).status).toBe(401)
    expectFault(await call(`PUT ${path}`, { body: bad }), 'config.chat.enabled', 'Expected boolean')
    const missing = await call(`PUT ${path}`, { body: { config: {} } })
    expect(missing.status).toBe(404)
    expect(missing.body).toMatchObject({ error: 'Room Error', message: `Room '${unknown}' does not exist` })
    expect(missing.body).not.toHaveProperty('details')
  })

  it.each(['"text"', '7', 'null', '{"a":', ''])('a body of %j', async (text) => {
    const answer = await call('POST /api/v1/rooms', {
      body: text,
      headers: { 'Content-Type': 'application/json' },
    })
    if (text === '') expect(answer.status).toBe(201)
    else
      expect(answer).toMatchObject({ status: 400, body: { error: 'Bad Request', message: 'Malformed body' } })
  })

  it('an array, no body, and a foreign content type each tell what was expected', async () => {
    expectFault(await call('POST /api/v1/rooms', { body: [] }), '', 'Expected object, received array')
    expectFault(await call('POST /api/v1/rooms'), '', 'Required')
    expectFault(
      await call('POST /api/v1/rooms', { body: 'x', headers: { 'Content-Type': 'text/plain' } }),
      '',
      'Required',
    )
  })

  it('reads a form as well', async () => {
    const answer = await call('POST /api/v1/rooms', {
      body: 'roomName=From+a+form',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    })
    expect(answer).toMatchObject({ status: 201, body: { roomName: 'From a form' } })
  })

  it('an empty credential counts as none, the first kind present decides', async () => {
    const room = await create()
    const get = (headers: Record<string, string>) =>
      call(`GET /api/v1/rooms/${room.roomId}`, { key: null, headers })
    expect((await get({ 'X-API-KEY': '' })).status).toBe(401)
    expect((await get({ 'X-Room-Member-Token': await tokenOf(room) })).status).toBe(401)
    const token = `Bearer ${await tokenOf(room)}`
    expect((await get({ 'X-Room-Member-Token': token })).status).toBe(200)
    expect((await get({ 'X-API-KEY': 'wrong-key-wrong-key', 'X-Room-Member-Token': token })).status).toBe(401)
    expect((await get({ 'X-API-KEY': API_KEY, 'X-Room-Member-Token': 'Bearer nonsense' })).status).toBe(200)
    expect((await get({ 'X-Room-Member-Token': token, authorization: 'Bearer nonsense' })).status).toBe(200)
    const other = await create()
    expect(
      (
        await call(`GET /api/v1/rooms/${other.roomId}`, {
          key: null,
          headers: { 'X-Room-Member-Token': token },
        })
      ).status,
    ).toBe(403)
    for (const route of [
      'GET /api/v1/rooms',
      'POST /api/v1/rooms',
      `DELETE /api/v1/rooms/${room.roomId}`,
      `PUT /api/v1/rooms/${room.roomId}/status`,
    ]) {
      const answer = await call(route, {
        key: null,
        headers: { 'X-Room-Member-Token': token },
        body: route.startsWith('GET') ? undefined : {},
      })
      expect(answer, route).toMatchObject({
        status: 401,
        body: { error: 'Authentication Error', message: 'Unauthorized' },
      })
    }
  })
})

describe('ids that come in', () => {
  it('lose what no id holds, and are refused when nothing is left or they are too long', async () => {
    const room = await create()
    expect((await call(`GET /api/v1/rooms/${encodeURIComponent(`${room.roomId}!.`)}`)).status).toBe(200)
    expectFault(await call('GET /api/v1/rooms/!!!'), 'roomId', 'cannot be empty after sanitization')
    expectFault(await call('DELETE /api/v1/rooms/!!!'), '', 'roomId cannot be empty after sanitization')
    expectFault(await call(`GET /api/v1/rooms/${'a'.repeat(101)}`), 'roomId', '100')
    expect((await call(`GET /api/v1/rooms/${room.roomId.toUpperCase()}`)).status).toBe(404)
  })
})

describe('choosing fields', () => {
  it('unites query and header, drops unknown names, and tells what could be asked for', async () => {
    const made = await call('POST /api/v1/rooms', { body: {}, headers: { 'X-Fields': 'roomName' } })
    expect(Object.keys(made.body).toSorted()).toEqual(['_extraFields', 'roomName'])
    expect(made.headers.get('location')).toMatch(/\/api\/v1\/rooms\/room-[a-z0-9]{15}$/)
    const { roomId } = await create()
    const get = (query: string, headers: Record<string, string> = {}) =>
      call(`GET /api/v1/rooms/${roomId}${query}`, { headers })
    expect(
      Object.keys((await get('?fields=roomId,%20roomName,roomId', { 'X-Fields': 'status' })).body).toSorted(),
    ).toEqual(['_extraFields', 'roomId', 'roomName', 'status'])
    expect(Object.keys((await get('?fields=nonsense')).body)).toContain('moderatorUrl')
    expect(Object.keys((await get('?fields=config')).body)).not.toContain('config')
    expect(
      Object.keys(
        (await get('?fields=roomId&extraFields=config', { 'X-ExtraFields': 'roles' })).body,
      ).toSorted(),
    ).toEqual(['_extraFields', 'config', 'roles', 'roomId'])
    const extra = await get('', { 'X-ExtraFields': 'config' })
    expect(extra.body).toMatchObject({ roomId, config: { chat: { enabled: true } } })
    const list = (await call('GET /api/v1/rooms?fields=roomId')).body
    expect(list._extraFields).toEqual(['config', 'roles'])
    for (const item of list.rooms) expect(Object.keys(item)).toEqual(['roomId'])
    const status = await call(`PUT /api/v1/rooms/${roomId}/status`, {
      body: { status: 'closed' },
      headers: { 'X-Fields': 'status' },
    })
    expect(status.body).toEqual({ status: 'closed', _extraFields: ['config', 'roles'] })
  })
})

describe('lists', () => {
  it.each([
    ['maxItems=0', 'maxItems', 'must be a positive number'],
    ['maxItems=-3', 'maxItems', 'must be a positive number'],
    ['maxItems=', 'maxItems', 'must be a positive number'],
    ['maxItems=x', 'maxItems', 'Expected number, received nan'],
    ['sortField=nonsense', 'sortField', 'Invalid enum value'],
    ['sortOrder=up', 'sortOrder', 'Invalid enum value'],
    ['status=nonsense', 'status', 'Invalid enum value'],
    ['owner=', 'owner', 'owner cannot be empty'],
    ['member=', 'member', 'member cannot be empty'],
    ['roomName=(&roomNameMatchMode=regex', 'roomName', 'Invalid regular expression pattern'],
    ['roomName=x&roomNameMatchMode=like', 'roomNameMatchMode', 'Invalid enum value'],
    [
      'roomName=x&roomNameCaseInsensitive=maybe',
      'roomNameCaseInsensitive',
      'Expected boolean, received string',
    ],
  ])('GET /rooms?%s is refused', async (query, field, fragment) => {
    expectFault(await call(`GET /api/v1/rooms?${query}`), field, fragment)
  })

  it('sort, ties and pages hold together', async () => {
    const names = ['Sort B', 'Sort A', 'Sort B', 'Sort C']
    const ids: string[] = []
    for (const roomName of names) ids.push((await create({ roomName })).roomId)
    const read = async (query: string) => {
      const found: string[] = []
      let next = ''
      do {
        const { body } = await call(
          `GET /api/v1/rooms?roomName=Sort&roomNameMatchMode=prefix&maxItems=2&${query}&nextPageToken=${next}`,
        )
        found.push(...body.rooms.map(({ roomId }: { roomId: string }) => roomId))
        expect(body.pagination.maxItems).toBe(2)
        expect(body.pagination.isTruncated).toBe('nextPageToken' in body.pagination)
        next = body.pagination.nextPageToken ?? ''
      } while (next !== '')
      return found
    }
    expect(await read('sortOrder=asc')).toEqual(ids)
    expect(await read('')).toEqual(ids.toReversed())
    const byName = await read('sortField=roomName&sortOrder=asc')
    expect(byName.indexOf(ids[0] ?? '')).toBeLessThan(byName.indexOf(ids[2] ?? ''))
    expect(byName.at(-1)).toBe(ids[3])
    const dated = (await create({ roomName: 'Sort D', autoDeletionDate: Date.now() + 7_200_000 })).roomId
    expect((await read('sortField=autoDeletionDate&sortOrder=asc')).at(-1)).toBe(dated)
    expect((await read('sortField=autoDeletionDate')).at(0)).toBe(dated)
    expect((await call('GET /api/v1/rooms?maxItems=1000')).body.pagination.maxItems).toBe(100)
    expect((await call('GET /api/v1/rooms?nextPageToken=forged')).status).toBeOneOf([400, 422])
    expect((await call('GET /api/v1/rooms?roomName=')).body.rooms.length).toBeGreaterThan(0)
  })

  it('by status and owner', async () => {
    const { roomId } = await create()
    await call(`PUT /api/v1/rooms/${roomId}/status`, { body: { status: 'closed' } })
    const closed = (await call('GET /api/v1/rooms?status=closed&maxItems=100')).body.rooms
    expect(closed.map((room: { roomId: string }) => room.roomId)).toContain(roomId)
    for (const room of closed) expect(room.status).toBe('closed')
    expect((await call('GET /api/v1/rooms?owner=nobody_here')).body.rooms).toEqual([])
    expect((await call('GET /api/v1/rooms?owner=admin&userAccess=false')).body.rooms.length).toBeGreaterThan(
      0,
    )
  })
})

describe('bad input of each room endpoint', () => {
  it.each([
    ['POST /rooms', { roomName: 7 }, 'roomName', 'Expected string'],
    ['POST /rooms', { config: { chat: {} } }, 'config.chat.enabled', 'Required'],
    ['POST /rooms', { config: { chat: 'on' } }, 'config.chat', 'Expected object, received string'],
    [
      'POST /rooms',
      { config: { recording: { enabled: true, layout: 'x' } } },
      'config.recording.layout',
      'Invalid enum value',
    ],
    [
      'POST /rooms',
      { config: { recording: { enabled: true, encoding: 'x' } } },
      'config.recording.encoding',
      'Invalid encoding preset',
    ],
    [
      'POST /rooms',
      { config: { recording: { enabled: true, encoding: 7 } } },
      'config.recording.encoding',
      'Encoding must be either a preset string or an encoding configuration object',
    ],
    [
      'POST /rooms',
      { config: { recording: { enabled: true, encoding: { video: {} } } } },
      'config.recording.encoding',
      'Both video and audio configuration must be provided when using encoding options',
    ],
    [
      'POST /rooms',
      { autoDeletionPolicy: { withMeeting: 'force' } },
      'autoDeletionPolicy.withRecordings',
      'Required',
    ],
    [
      'POST /rooms',
      { autoDeletionPolicy: { withMeeting: 'fail', withRecordings: 'close' } },
      'autoDeletionPolicy.withMeeting',
      'FAIL policy is not allowed for withMeeting auto-deletion policy',
    ],
    [
      'POST /rooms',
      { autoDeletionPolicy: { withMeeting: 'force', withRecordings: 'fail' } },
      'autoDeletionPolicy.withRecordings',
      'FAIL policy is not allowed for withRecordings auto-deletion policy',
    ],
    [
      'POST /rooms',
      { roles: { moderator: { permissions: { recordingControl: 'yes' } } } },
      'roles.moderator.permissions.recordingControl',
      'Expected boolean',
    ],
    [
      'POST /rooms',
      { roles: { speaker: { permissions: { canRecord: true, recordingControl: false } } } },
      'roles.speaker.permissions.canRecord',
      'recordingControl',
    ],
    [
      'POST /rooms',
      { access: { anonymous: { moderator: {} } } },
      'access.anonymous.moderator.enabled',
      'Required',
    ],
    ['POST /rooms', { settings: { waitingRoom: 'always' } }, 'settings.waitingRoom', 'Invalid enum value'],
    ['PUT /rooms/:id/config', {}, 'config', 'Required'],
    ['PUT /rooms/:id/config', { config: { chat: {} } }, 'config.chat.enabled', 'Required'],
    ['PUT /rooms/:id/status', {}, 'status', 'Required'],
    [
      'PUT /rooms/:id/status',
      { status: 'x' },
      'status',
      "Invalid enum value. Expected 'open' | 'closed', received 'x'",
    ],
    ['PUT /rooms/:id/roles', {}, 'roles', 'Required'],
    ['PUT /rooms/:id/roles', { roles: { speaker: {} } }, 'roles.speaker.permissions', 'Required'],
    ['PUT /rooms/:id/access', {}, 'access', 'Required'],
    ['PUT /rooms/:id/access', { access: { user: {} } }, 'access.user.enabled', 'Required'],
    ['PUT /rooms/:id/settings', { maxParticipants: 'many' }, 'maxParticipants', 'Expected number'],
    ['POST /rooms/:id/access/rotate', { role: 'owner' }, 'role', 'Invalid enum value'],
    ['POST /rooms/:id/members', {}, 'baseRole', 'Required'],
    [
      'POST /rooms/:id/members',
      { baseRole: 'speaker' },
      'userId',
      'Either userId or name must be provided, but not both',
    ],
    ['POST /rooms/:id/members', { baseRole: 'speaker', name: '' }, 'name', 'cannot be empty'],
    [
      'POST /rooms/:id/members',
      { baseRole: 'speaker', name: 'a'.repeat(51) },
      'name',
      'cannot exceed 50 characters',
    ],
    [
      'POST /rooms/:id/members',
      { baseRole: 'speaker', userId: 'Not OK' },
      'userId',
      'must contain only lowercase letters, numbers, and underscores',
    ],
    [
      'POST /rooms/:id/members',
      { baseRole: 'speaker', name: 'x', customPermissions: { recordingControl: 1 } },
      'customPermissions.recordingControl',
      'Expected boolean',
    ],
    ['DELETE /rooms', undefined, 'roomIds', 'At least one valid roomId is required after sanitization'],
    [
      'DELETE /rooms?roomIds=!!,,',
      undefined,
      'roomIds',
      'At least one valid roomId is required after sanitization',
    ],
    ['DELETE /rooms/:id?withMeeting=maybe', undefined, 'withMeeting', 'Invalid enum value'],
    ['DELETE /rooms/:id?withRecordings=maybe', undefined, 'withRecordings', 'Invalid enum value'],
    ['DELETE /rooms/:id/members', undefined, 'memberIds', 'At least one memberId is required'],
  ])('%s %j', async (route, body, field, fragment) => {
    const { roomId } = await create()
    const [method, path = ''] = route.split(' ')
    const answer = await call(`${method} /api/v1${path.replace(':id', roomId)}`, { body })
    expectFault(answer, field, fragment)
    expect((await call(`GET /api/v1/rooms/${roomId}`)).status).toBe(200)
  })

  it('an incomplete encoding lists what is missing, and one entry for each', async () => {
    const encoding = {
      video: { codec: 'VP8', framerate: 30, bitrate: -1, keyFrameInterval: 4, depth: 24 },
      audio: {},
    }
    const { status, body } = await call('POST /api/v1/rooms', {
      body: { config: { recording: { enabled: true, encoding } } },
    })
    expect(status).toBe(422)
    const at = (field: string) =>
      body.details.filter((one: { field: string }) => one.field === `config.recording.encoding.${field}`)
    expect(at('video')[0].message).toBe(
      'When video encoding is provided, required fields are missing: width, height',
    )
    expect(at('audio')[0].message).toBe(
      'When audio encoding is provided, required fields are missing: codec, bitrate, frequency',
    )
    expect(at('video.width')[0].message).toBe('Required')
    expect(at('audio.frequency')[0].message).toBe('Required')
    expect(at('video.bitrate')[0].message).toContain('positive')
  })
})

describe('a room that is not there', () => {
  it.each([
    ['GET', ''],
    ['GET', '/config'],
    ['PUT', '/config', { config: {} }],
    ['PUT', '/status', { status: 'open' }],
    ['PUT', '/roles', { roles: {} }],
    ['PUT', '/access', { access: {} }],
    ['GET', '/settings'],
    ['PUT', '/settings', {}],
    ['POST', '/access/rotate', { role: 'speaker' }],
    ['DELETE', ''],
    ['GET', '/members'],
    ['POST', '/members', { name: 'x', baseRole: 'speaker' }],
    ['GET', '/members/guest-0123456789'],
    ['PUT', '/members/guest-0123456789', {}],
    ['DELETE', '/members/guest-0123456789'],
    ['DELETE', '/members?memberIds=guest-0123456789'],
    ['GET', '/code'],
    ['GET', '/meetings'],
  ])('%s /rooms/{roomId}%s', async (method, path, body?: object) => {
    const answer = await call(`${method} /api/v1/rooms/${unknown}${path}`, { body })
    expect(answer).toMatchObject({
      status: 404,
      body: { error: 'Room Error', message: `Room '${unknown}' does not exist` },
    })
  })
})

describe('during a meeting', () => {
  it('config, roles and access wait; PUT status closed is 202 and open takes it back', async () => {
    const room = await create()
    const bot = await join(parley, room.moderatorUrl, 'Mo')
    try {
      const at = `/api/v1/rooms/${room.roomId}`
      await eventually(
        'the meeting',
        async () => (await call(`GET ${at}`)).body.status,
        (status) => status === 'active_meeting',
      )
      for (const [part, body] of [
        ['config', { config: {} }],
        ['roles', { roles: {} }],
        ['access', { access: {} }],
      ] as const)
        expect(await call(`PUT ${at}/${part}`, { body }), part).toMatchObject({
          status: 409,
          body: { error: 'Room Error', message: `Room '${room.roomId}' has an active meeting` },
        })
      expect((await call(`PUT ${at}/settings`, { body: { chatHistory: 'none' } })).status).toBe(200)
      expect(await call(`PUT ${at}/status`, { body: { status: 'closed' } })).toMatchObject({
        status: 202,
        body: { status: 'active_meeting', meetingEndAction: 'close' },
      })
      expect(await call(`DELETE ${at}`)).toMatchObject({
        status: 409,
        body: { error: 'room_has_active_meeting' },
      })
      const scheduled = await call(`DELETE ${at}?withMeeting=when_meeting_ends`, {
        headers: { 'X-Fields': 'roomId,roomName' },
      })
      expect(scheduled.status).toBe(202)
      expect(scheduled.body.successCode).toBe('room_with_active_meeting_scheduled_to_be_deleted')
      expect(Object.keys(scheduled.body.room)).toHaveLength(3)
      expect((await call(`DELETE ${at}?withMeeting=when_meeting_ends`)).status).toBe(202)
      const forced = await call(`DELETE ${at}?withMeeting=force`)
      expect(forced).toMatchObject({
        status: 200,
        body: { successCode: 'room_with_active_meeting_deleted' },
      })
      expect(forced.body).not.toHaveProperty('room')
    } finally {
      await bot.leave()
    }
  })
})
