import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startParley, type TestParley } from '../support/parley.ts'

let parley: TestParley
beforeAll(async () => {
  parley = await startParley()
})
afterAll(() => parley.stop())

const create = async (body: object = {}) => (await parley.call('POST /api/v1/rooms', { body })).body

describe('POST /rooms', () => {
  it('makes a room with the contract’s fields and defaults, below both base paths', async () => {
    for (const base of ['', '/meet']) {
      const { status, headers, body } = await parley.call(`POST ${base}/api/v1/rooms`, {
        body: { roomName: 'Daily' },
      })
      expect(status).toBe(201)
      expect(headers.get('location')).toBe(`${parley.url}${base}/api/v1/rooms/${body.roomId}`)
      expect(body.roomId).toMatch(/^daily-[a-z0-9]{15}$/)
      expect(body).toMatchObject({
        roomName: 'Daily',
        owner: 'admin',
        status: 'open',
        meetingEndAction: 'none',
      })
      expect(body.rolesUpdatedAt).toBe(body.creationDate)
      expect(body.access.anonymous.moderator.url).toMatch(
        new RegExp(`^${parley.url}${base}/room/${body.roomId}\\?secret=[0-9a-f]{10}$`),
      )
      expect(body.access.user).toEqual({ enabled: false, url: `${parley.url}${base}/room/${body.roomId}` })
      expect(body.moderatorUrl).toBe(body.access.anonymous.moderator.url)
      expect(body._extraFields).toEqual(['config', 'roles'])
      expect(body).not.toHaveProperty('config')
      expect(body).not.toHaveProperty('roles')
      expect(body).not.toHaveProperty('autoDeletionDate')
    }
  })

  it('takes an empty body and gives every default', async () => {
    const { status, body } = await parley.call('POST /api/v1/rooms?extraFields=config,roles', { body: {} })
    expect(status).toBe(201)
    expect(body.roomName).toBe('Room')
    expect(body.config).toEqual({
      chat: { enabled: true },
      recording: { enabled: true, layout: 'grid', encoding: 'H264_720P_30' },
      virtualBackground: { enabled: true },
      e2ee: { enabled: false },
      captions: { enabled: true },
    })
    expect(body.roles.speaker.permissions).toMatchObject({
      recordingControl: false,
      canRecord: false,
      meetingJoin: true,
    })
    expect(Object.keys(body.roles.moderator.permissions)).toHaveLength(30)
  })

  it.each([
    ['Habitación José', /^habitacion_jose-/, 'Habitación José'],
    ['Møde Åse', /^mde_ase-/, 'Møde Åse'],
    ['会议室', /^room-/, '会议室'],
    ['SALA--Médica  #2024  (Niños)', /^sala_medica_2024_ninos-/, 'SALA--Médica #2024 (Niños)'],
    ['😀'.repeat(25), /^room-/, '😀'.repeat(25)],
  ])('slugs %s', async (roomName, id, name) => {
    const room = await create({ roomName })
    expect(room.roomId).toMatch(id)
    expect(room.roomName).toBe(name)
  })

  it.each([
    [{ roomName: 'a'.repeat(51) }, 'roomName', 'roomName cannot exceed 50 characters'],
    [{ roomName: '🎉'.repeat(26) }, 'roomName', 'roomName cannot exceed 50 characters'],
    [{ roomName: null }, 'roomName', 'Expected string, received null'],
    [{ autoDeletionDate: -1 }, 'autoDeletionDate', 'autoDeletionDate must be a positive integer'],
    [
      { autoDeletionDate: Date.now() + 60_000 },
      'autoDeletionDate',
      'autoDeletionDate must be at least 1h in the future',
    ],
    [{ autoDeletionDate: 'x' }, 'autoDeletionDate', 'Expected number, received string'],
    [{ autoDeletionPolicy: { withMeeting: 'force' } }, 'autoDeletionPolicy.withRecordings', 'Required'],
    [
      { autoDeletionPolicy: { withMeeting: 'fail', withRecordings: 'close' } },
      'autoDeletionPolicy.withMeeting',
      'FAIL policy is not allowed for withMeeting auto-deletion policy',
    ],
    [{ config: { chat: {} } }, 'config.chat.enabled', 'Required'],
    [{ config: { chat: { enabled: 'yes' } } }, 'config.chat.enabled', 'Expected boolean, received string'],
    [
      { config: { recording: { enabled: true, layout: 'x' } } },
      'config.recording.layout',
      "Invalid enum value. Expected 'grid' | 'speaker' | 'single-speaker', received 'x'",
    ],
    [
      { config: { recording: { enabled: true, encoding: 'x' } } },
      'config.recording.encoding',
      'Invalid encoding preset',
    ],
    [
      { config: { recording: { enabled: true, encoding: { video: {} } } } },
      'config.recording.encoding',
      'Both video and audio configuration must be provided when using encoding options',
    ],
    [
      { roles: { speaker: { permissions: { recordingControl: 'x' } } } },
      'roles.speaker.permissions.recordingControl',
      'Expected boolean, received string',
    ],
    [
      { roles: { speaker: { permissions: { canRecord: true, recordingControl: false } } } },
      'roles.speaker.permissions.canRecord',
      'recordingControl',
    ],
    [{ roles: { speaker: {} } }, 'roles.speaker.permissions', 'Required'],
    [[], '', 'Expected object, received array'],
  ])('refuses %j with the exact field', async (body, field, message) => {
    const answer = await parley.call('POST /api/v1/rooms', { body })
    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ error: 'Unprocessable Entity', message: 'Invalid request' })
    const fault = answer.body.details.find((one: { field: string }) => one.field === field)
    expect(fault?.message).toContain(message)
  })

  it('ignores what it does not know, as the tutorials need it', async () => {
    const { status } = await parley.call('POST /api/v1/rooms?surprise=1', {
      body: {
        roomName: 'x',
        config: { recording: { enabled: true, allowAccessTo: 'admin_moderator_speaker' } },
        extra: 1,
      },
    })
    expect(status).toBe(201)
  })

  it('lets end-to-end encryption rule recording out', async () => {
    const { body } = await parley.call('POST /api/v1/rooms?extraFields=config', {
      body: { config: { e2ee: { enabled: true }, recording: { enabled: true } } },
    })
    expect(body.config.recording.enabled).toBe(false)
  })

  it('shows exactly the fields that were chosen', async () => {
    const { body } = await parley.call('POST /api/v1/rooms', {
      body: {},
      headers: { 'X-Fields': 'roomName' },
    })
    expect(Object.keys(body).sort()).toEqual(['_extraFields', 'roomName'])
  })
})

describe('GET /rooms', () => {
  it('pages through all rooms without missing or repeating one', async () => {
    const made = new Set<string>()
    for (let i = 0; i < 7; i++) made.add((await create({ roomName: `Paged ${i % 3}` })).roomId)
    for (const sort of ['creationDate', 'roomName', 'autoDeletionDate'])
      for (const order of ['asc', 'desc']) {
        const seen: string[] = []
        let token = ''
        do {
          const { status, body } = await parley.call(
            `GET /api/v1/rooms?maxItems=3&sortField=${sort}&sortOrder=${order}&nextPageToken=${token}`,
          )
          expect(status).toBe(200)
          seen.push(...body.rooms.map((room: { roomId: string }) => room.roomId))
          expect(body.pagination.isTruncated).toBe('nextPageToken' in body.pagination)
          token = body.pagination.nextPageToken ?? ''
        } while (token !== '')
        expect(new Set(seen).size).toBe(seen.length)
        for (const id of made) expect(seen).toContain(id)
      }
  })

  it('finds by name, exactly, by part, by prefix and whatever the case', async () => {
    await create({ roomName: 'Zebra 100% Stripes' })
    const names = async (query: string) => {
      const { body } = await parley.call(`GET /api/v1/rooms?${query}`)
      return body.rooms.map((room: { roomName: string }) => room.roomName)
    }
    expect(await names('roomName=Zebra%20100%25%20Stripes')).toEqual(['Zebra 100% Stripes'])
    expect(await names('roomName=zebra')).toEqual([])
    expect(await names('roomName=100%25&roomNameMatchMode=partial')).toEqual(['Zebra 100% Stripes'])
    expect(await names('roomName=zebra&roomNameMatchMode=prefix')).toEqual([])
    expect(await names('roomName=zebra&roomNameMatchMode=prefix&roomNameCaseInsensitive=TRUE')).toEqual([
      'Zebra 100% Stripes',
    ])
    expect(await names('roomName=_ebra&roomNameMatchMode=partial&roomNameCaseInsensitive=true')).toEqual([])
  })

  it.each([
    ['maxItems=0', 'maxItems', 'must be a positive number'],
    ['maxItems=', 'maxItems', 'must be a positive number'],
    ['maxItems=x', 'maxItems', 'Expected number, received nan'],
    ['sortField=x', 'sortField', 'Invalid enum value'],
    ['sortOrder=x', 'sortOrder', 'Invalid enum value'],
    ['status=x', 'status', 'Invalid enum value'],
    ['nextPageToken=forged', 'nextPageToken', 'Invalid page token'],
    ['roomNameCaseInsensitive=1', 'roomNameCaseInsensitive', 'Expected boolean, received string'],
  ])('refuses %s', async (query, field, message) => {
    const { status, body } = await parley.call(`GET /api/v1/rooms?${query}`)
    expect(status).toBe(422)
    expect(body.details[0]).toMatchObject({ field })
    expect(body.details[0].message).toContain(message)
  })

  it('caps maxItems at 100 and floors fractions', async () => {
    expect((await parley.call('GET /api/v1/rooms?maxItems=1000')).body.pagination.maxItems).toBe(100)
    expect((await parley.call('GET /api/v1/rooms?maxItems=2.9')).body.pagination.maxItems).toBe(2)
  })
})

describe('one room', () => {
  it('is shown by GET as it was made, and is gone after DELETE', async () => {
    const room = await create({ roomName: 'One' })
    const shown = await parley.call(`GET /api/v1/rooms/${room.roomId}`)
    expect(shown).toMatchObject({ status: 200, body: room })
    // Node's fetch, as many clients have it, adds no-cache to each conditional request.
    for (const path of [
      `/api/v1/rooms/${room.roomId}`,
      '/api/v1/openapi.json',
      '/v1/openvidu-meet.js',
      '/overview',
    ]) {
      const get = (headers: Record<string, string>) =>
        parley.call(`GET ${path}`, { headers: { Accept: 'text/html, */*', ...headers } })
      const etag = (await get({})).headers.get('etag') ?? ''
      expect((await get({ 'If-None-Match': etag })).status, path).toBe(304)
      expect((await get({ 'If-None-Match': `"${'0'.repeat(64)}"` })).status, path).toBe(200)
    }
    const deleted = await parley.call(`DELETE /api/v1/rooms/${room.roomId}`)
    expect(deleted.status).toBe(200)
    expect(Object.keys(deleted.body).sort()).toEqual(['message', 'successCode'])
    expect(deleted.body.successCode).toBe('room_deleted')
    expect(await parley.call(`GET /api/v1/rooms/${room.roomId}`)).toMatchObject({
      status: 404,
      body: { error: 'Room Error', message: `Room '${room.roomId}' does not exist` },
    })
  })

  it('has one outcome when deleted twice at once', async () => {
    const { roomId } = await create()
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => parley.call(`DELETE /api/v1/rooms/${roomId}`)),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(404)])
  })

  it('is deleted with others, each on its own', async () => {
    const { roomId } = await create()
    expect((await parley.call(`DELETE /api/v1/rooms?roomIds=${roomId},,nope-1,${roomId}`)).body).toEqual({
      message: '1 room(s) failed to process while deleting',
      deleted: [{ roomId, successCode: 'room_deleted', message: expect.any(String) }],
      failed: [{ roomId: 'nope-1', error: 'Room Error', message: "Room 'nope-1' does not exist" }],
    })
    const none = await parley.call('DELETE /api/v1/rooms')
    expect(none).toMatchObject({
      status: 422,
      body: {
        details: [{ field: 'roomIds', message: 'At least one valid roomId is required after sanitization' }],
      },
    })
  })
})

describe('callers', () => {
  it.each([
    'GET /api/v1/rooms',
    'POST /api/v1/rooms',
    'GET /api/v1/rooms/x',
    'DELETE /api/v1/rooms/x',
    'DELETE /api/v1/rooms',
  ])('nobody gets 401 from %s', async (route) => {
    const nobody = await parley.call(route, { key: null })
    expect(nobody).toMatchObject({
      status: 401,
      body: { error: 'Authentication Error', message: 'Unauthorized', code: 'auth_missing' },
    })
    expect(nobody.headers.get('www-authenticate')).toBe('Bearer')
    expect((await parley.call(route, { key: 'wrong-key-wrong-key' })).status).toBe(401)
  })

  it('a key works as X-API-KEY and as bearer', async () => {
    const bearer = await parley.call('GET /api/v1/rooms', {
      key: null,
      headers: { Authorization: 'Bearer test-api-key-0123456789' },
    })
    expect(bearer.status).toBe(200)
  })

  it('a test key sees nothing of live rooms and the other way round', async () => {
    const key = (await parley.call('POST /api/v1/keys', { body: { name: 'sandbox', environment: 'test' } }))
      .body.key
    const live = await create()
    const test = (await parley.call('POST /api/v1/rooms', { key, body: {} })).body
    expect((await parley.call(`GET /api/v1/rooms/${live.roomId}`, { key })).status).toBe(404)
    expect((await parley.call(`DELETE /api/v1/rooms/${live.roomId}`, { key })).status).toBe(404)
    expect((await parley.call(`GET /api/v1/rooms/${test.roomId}`)).status).toBe(404)
    expect((await parley.call('GET /api/v1/rooms', { key })).body.rooms).toHaveLength(1)
  })

  it('a read key reads and does not write', async () => {
    const key = (await parley.call('POST /api/v1/keys', { body: { name: 'reader', permissions: ['read'] } }))
      .body.key
    expect((await parley.call('GET /api/v1/rooms', { key })).status).toBe(200)
    expect(await parley.call('POST /api/v1/rooms', { key, body: {} })).toMatchObject({
      status: 403,
      body: { error: 'Insufficient permission. Required: write', code: 'permission_denied' },
    })
  })
})

describe('bad input', () => {
  it.each([
    ['{"roomName":', 400, { error: 'Bad Request', message: 'Malformed body' }],
    ['"text"', 400, { error: 'Bad Request', message: 'Malformed body' }],
    ['null', 400, { error: 'Bad Request', message: 'Malformed body' }],
  ])('answers %s exactly', async (body, status, answer) => {
    const sent = await parley.call('POST /api/v1/rooms', { body, key: null })
    expect(sent.status).toBe(status)
    expect(sent.body).toEqual(answer)
  })

  it('answers a megabyte, an unknown path and a wrong method each in its own way', async () => {
    const large = await parley.call('POST /api/v1/rooms', { body: { roomName: 'x'.repeat(1_000_000) } })
    expect(large).toMatchObject({ status: 413, body: { code: 'body_too_large' } })
    expect(await parley.call('GET /api/v1/nothing')).toMatchObject({
      status: 404,
      body: { code: 'path_not_found' },
    })
    const wrong = await parley.call('PATCH /api/v1/rooms')
    expect(wrong).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } })
    expect(wrong.headers.get('allow')).toContain('POST')
    for (const path of ['/health', '/metrics', '/api/v1/openapi.json', '/', '/rooms', '/room/some-room']) {
      const read = await parley.call(`DELETE ${path}`, { key: null })
      expect(read, path).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } })
      expect(read.headers.get('allow')).toBe('HEAD, GET, OPTIONS')
    }
  })

  it.each([
    ...['', '/', '/guides', '/guides/', '/guides/limits'].map((page) => `/api/v1/docs${page}`),
    '/meet/api/v1/docs/',
    ...['parley.js', 'parley.esm.js', 'parley.d.ts', 'openvidu-meet.js', 'openvidu-meet.esm.js'].map(
      (script) => `/v1/${script}`,
    ),
  ])('answers a wrong method on %s, and reads go on', async (path) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const wrong = await parley.call(`${method} ${path}`, { key: null, body: {} })
      expect(wrong, method).toMatchObject({
        status: 405,
        body: { error: 'Method not allowed', code: 'method_not_allowed' },
      })
      expect(wrong.headers.get('allow')).toBe('HEAD, GET, OPTIONS')
      expect(wrong.headers.get('x-content-type-options')).toBe('nosniff')
    }
    const [get, head] = [await parley.call(`GET ${path}`), await parley.call(`HEAD ${path}`)]
    expect(get.status).toBeLessThan(400)
    expect([head.status, head.headers.get('etag')]).toEqual([get.status, get.headers.get('etag')])
    expect((await parley.call(`OPTIONS ${path}`)).status).not.toBe(405)
    expect((await parley.call(`POST ${path}nothing`, { key: null })).status).toBe(404)
  })

  it.each(['br', 'gzip', 'deflate'])('answers a body that is no %s, as it says', async (encoding) => {
    const headers = { 'Content-Encoding': encoding }
    expect(await parley.call('POST /api/v1/rooms', { body: 'plain', headers })).toMatchObject({
      status: 400,
      body: { error: 'Bad Request', code: 'invalid_body' },
    })
  })

  it('reads an empty JSON body as {} and no body as missing', async () => {
    expect((await parley.call('POST /api/v1/rooms', { body: '' })).status).toBe(201)
    expect(await parley.call('POST /api/v1/rooms')).toMatchObject({
      status: 422,
      body: { details: [{ field: '', message: 'Required' }] },
    })
  })

  it('keeps look-alikes and line ends in names out of headers and ids', async () => {
    for (const roomName of [
      'Daily\r\nX-Injected: 1',
      'Dаily',
      'x\u202Egnp.exe',
      '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}',
    ]) {
      const { status, headers, body } = await parley.call('POST /api/v1/rooms', { body: { roomName } })
      expect(status).toBe(201)
      expect(headers.get('x-injected')).toBeNull()
      expect(body.roomId).toMatch(/^[a-z0-9_]+-[a-z0-9]{15}$/)
      expect(body.roomName).toBe(roomName.replace(/\s+/g, ' '))
    }
  })

  it('bears prototype keys, NUL bytes and deep nesting', async () => {
    const proto = await parley.call('POST /api/v1/rooms', {
      body: '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{}}}',
    })
    expect(proto.status).toBe(201)
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined()
    expect(
      (await parley.call('POST /api/v1/rooms', { body: `${'{"config":'.repeat(2000)}{}${'}'.repeat(2000)}` }))
        .status,
    ).toBe(400)
    expect((await parley.call('POST /api/v1/rooms', { body: { roomName: 'a\u0000b' } })).status).toBe(400)
    expect((await parley.call('GET /api/v1/rooms?roomName=a%00b')).status).toBe(400)
  })
})
