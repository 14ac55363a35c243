import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startParley, type TestParley } from '../support/parley.ts'
import { Receiver, signatureFaults } from '../support/receiver.ts'

let parley: TestParley
beforeAll(async () => {
  parley = await startParley()
})
afterAll(() => parley.stop())

const receivers: Receiver[] = []
const receiver = async (...args: Parameters<typeof Receiver.start>) => {
  const started = await Receiver.start(...args)
  receivers.push(started)
  return started
}
afterEach(async () => {
  const { body } = await parley.call('GET /api/v1/webhooks')
  for (const { id } of body.webhooks) await parley.call(`DELETE /api/v1/webhooks/${id}`)
  for (const one of receivers.splice(0)) await one.stop()
})

const subscribe = async (body: object) => {
  const answer = await parley.call('POST /api/v1/webhooks', { body })
  expect(answer.status).toBe(201)
  return answer.body
}
const URL_OF_NOBODY = 'https://hooks.example.com/parley'

describe('a subscription', () => {
  it('is answered with its secret once, and listed without it', async () => {
    const made = await subscribe({ url: URL_OF_NOBODY })
    expect(made).toEqual({
      id: expect.stringMatching(/^webhook_[a-z0-9]{20}$/),
      url: URL_OF_NOBODY,
      events: [
        'meetingStarted',
        'meetingEnded',
        'recordingStarted',
        'recordingUpdated',
        'recordingEnded',
        'participantJoined',
        'participantLeft',
        'roomCreated',
        'roomUpdated',
        'roomDeleted',
      ],
      environment: 'live',
      enabled: true,
      disabledReason: null,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      lastDeliveryAt: null,
      failingSince: null,
      lastError: null,
      pendingCount: 0,
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
    })
    const { secret, ...rest } = made
    const { body: list } = await parley.call('GET /api/v1/webhooks')
    expect(list).toEqual({ webhooks: [rest] })
    expect((await parley.call(`GET /api/v1/webhooks/${made.id}`)).body).toEqual(rest)
    const row = await parley.ctx.database.db
      .selectFrom('webhook')
      .select('secret')
      .where('id', '=', made.id)
      .executeTakeFirstOrThrow()
    expect(row.secret).toMatch(/^v1\./)
    expect(row.secret).not.toContain(secret.slice(6, 20))
  })

  it('is changed, disabled and deleted', async () => {
    const { id, secret } = await subscribe({ url: URL_OF_NOBODY, events: ['roomDeleted', 'roomCreated'] })
    const change = (body: object) => parley.call(`PATCH /api/v1/webhooks/${id}`, { body })
    expect((await change({ enabled: false })).body).toMatchObject({
      enabled: false,
      events: ['roomCreated', 'roomDeleted'],
    })
    expect((await change({ enabled: true, events: null, url: `${URL_OF_NOBODY}/2` })).body).toMatchObject({
      enabled: true,
      url: `${URL_OF_NOBODY}/2`,
      events: expect.arrayContaining(['meetingStarted']),
    })
    const replaced = await parley.call(`POST /api/v1/webhooks/${id}/secret`)
    expect(replaced.status).toBe(201)
    expect(replaced.body.secret).toMatch(/^whsec_/)
    expect(replaced.body.secret).not.toBe(secret)
    expect((await parley.call(`DELETE /api/v1/webhooks/${id}`)).status).toBe(204)
    const gone = await parley.call(`GET /api/v1/webhooks/${id}`)
    expect(gone.status).toBe(404)
    expect(gone.body.code).toBe('webhook_not_found')
  })

  it('repeated with an Idempotency-Key is one, and its secret is not told again', async () => {
    const headers = { 'Idempotency-Key': 'subscribe-once' }
    const body = { url: URL_OF_NOBODY }
    const first = await parley.call('POST /api/v1/webhooks', { body, headers })
    const again = await parley.call('POST /api/v1/webhooks', { body, headers })
    expect(again.body.id).toBe(first.body.id)
    expect([first.body.secret, again.body.secret]).toEqual([expect.any(String), undefined])
  })

  it.each([
    [{}, 'url', 'Required'],
    [{ url: 'ftp://example.com' }, 'url', 'URL must start with http:// or https://'],
    [{ url: 'https://' }, 'url', 'Not a URL'],
    [{ url: 'https://me:secret@example.com/' }, 'url', 'user name or password'],
    [{ url: URL_OF_NOBODY, events: [] }, 'events', 'at least one'],
    [{ url: URL_OF_NOBODY, events: ['meetingBegun'] }, 'events.0', 'Invalid enum value'],
    [{ url: URL_OF_NOBODY, secret: 'short' }, 'secret', '12 to 200'],
    [{ url: URL_OF_NOBODY, secret: 'whsec_notbase64!' }, 'secret', 'base64'],
  ])('is refused with the field at fault named: %j', async (body, field, message) => {
    const answer = await parley.call('POST /api/v1/webhooks', { body })
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({
      code: 'validation_failed',
      details: [{ field, message: expect.stringContaining(message) }],
    })
  })

  it('is for admins of its own organization and environment only', async () => {
    const { id } = await subscribe({ url: URL_OF_NOBODY })
    const key = async (body: object) => (await parley.call('POST /api/v1/keys', { body })).body.key as string
    const writer = await key({ name: 'writer', permissions: ['write'] })
    const inTest = await key({ name: 'test', environment: 'test' })
    const stranger = (
      await parley.call('POST /auth/create-key', {
        key: null,
        body: { user_name: 'Stranger', user_email: 'stranger@example.com' },
      })
    ).body.data.api_key as string
    for (const route of ['GET /api/v1/webhooks', `GET /api/v1/webhooks/${id}`]) {
      expect((await parley.call(route, { key: null })).status).toBe(401)
      expect((await parley.call(route, { key: writer })).status).toBe(403)
    }
    for (const foreign of [inTest, stranger]) {
      expect((await parley.call('GET /api/v1/webhooks', { key: foreign })).body).toEqual({ webhooks: [] })
      for (const route of ['GET', 'PATCH', 'DELETE'])
        expect(
          (
            await parley.call(`${route} /api/v1/webhooks/${id}`, {
              key: foreign,
              ...(route === 'PATCH' ? { body: { enabled: false } } : {}),
            })
          ).status,
        ).toBe(404)
      for (const route of [`POST /api/v1/webhooks/${id}/test`, `GET /api/v1/webhooks/${id}/deliveries`])
        expect((await parley.call(route, { key: foreign })).status).toBe(404)
    }
    expect((await parley.call(`GET /api/v1/webhooks/${id}`)).body.enabled).toBe(true)
  })

  it('counts at the rate limit of webhooks, and each change is in the audit log', async () => {
    const limited = await startParley({ env: { RATE_LIMITS: '{}' } })
    try {
      const { headers } = await limited.call('GET /api/v1/webhooks')
      expect(headers.get('x-ratelimit-limit')).toBe('60')
    } finally {
      await limited.stop()
    }
    const { id, secret } = await subscribe({ url: URL_OF_NOBODY })
    await parley.call(`PATCH /api/v1/webhooks/${id}`, { body: { secret: 'another-secret-0123' } })
    await parley.call(`DELETE /api/v1/webhooks/${id}`)
    const entries = await parley.ctx.database.db
      .selectFrom('audit')
      .selectAll()
      .where('target', '=', id)
      .orderBy('seq')
      .execute()
    expect(entries.map(({ action }) => action)).toEqual([
      'webhook.created',
      'webhook.updated',
      'webhook.deleted',
    ])
    expect(JSON.stringify(entries)).not.toContain(secret)
    expect(JSON.stringify(entries)).not.toContain('another-secret')
  })
})

describe('the test button', () => {
  it('shows status, time and body of what the receiver answered', async () => {
    const one = await receiver((_received, res) => res.writeHead(201).end('{"noted":true}'))
    const { id, secret } = await subscribe({ url: `${one.url}/hook` })
    const { status, body } = await parley.call(`POST /api/v1/webhooks/${id}/test`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      event: 'testEvent',
      kind: 'test',
      status: 'delivered',
      attempt: 1,
      responseStatus: 201,
      response: '{"noted":true}',
      durationMs: expect.any(Number),
      request: { url: `${one.url}/hook`, body: one.received[0]?.text },
    })
    expect(one.received).toHaveLength(1)
    const [received] = one.received
    if (received === undefined) throw new Error('nothing arrived')
    expect(received.body).toEqual({
      event: 'testEvent',
      creationDate: expect.any(Number),
      data: { message: 'This is a test webhook event' },
    })
    expect(received.headers['x-timestamp']).toBe(String(received.body.creationDate))
    expect(signatureFaults(received, secret)).toEqual([])
    const another = `whsec_${Buffer.alloc(32).toString('base64')}`
    expect(signatureFaults(received, another)).toHaveLength(2)
    expect(body.request.headers['X-Signature']).toBe(received.headers['x-signature'])
  })

  it('tells why nothing answered, tries once, and works while disabled', async () => {
    const one = await receiver()
    const { id } = await subscribe({ url: one.url })
    await parley.call(`PATCH /api/v1/webhooks/${id}`, { body: { enabled: false } })
    expect((await parley.call(`POST /api/v1/webhooks/${id}/test`)).body.status).toBe('delivered')
    await one.stop()
    receivers.length = 0
    const { body } = await parley.call(`POST /api/v1/webhooks/${id}/test`)
    expect(body).toMatchObject({
      status: 'failed',
      responseStatus: null,
      error: expect.stringContaining('refuses the connection'),
    })
    expect((await parley.call(`GET /api/v1/webhooks/${id}`)).body.failingSince).toBe(null)
  })
})

describe('deliveries', () => {
  it('carry the room as GET shows it, signed both ways, as text that JSON.stringify leaves as it is', async () => {
    const one = await receiver()
    const secret = 'an-api-key-as-secret'
    await subscribe({ url: one.url, secret })
    const roomName = 'Café “/” 会议 \\ </script> \u2028 🎉'
    const { body: room } = await parley.call('POST /api/v1/rooms?extraFields=config,roles', {
      body: { roomName },
    })
    const [received] = await eventually(
      'roomCreated',
      async () => one.received,
      (all) => all.length > 0,
    )
    if (received === undefined) throw new Error('nothing arrived')
    expect(Object.keys(received.body)).toEqual(['event', 'creationDate', 'data'])
    // The server of this test has a port of its own choosing, which only requests know.
    const atRequest = (text: string) => text.replaceAll(/http:\/\/localhost:\d+/g, parley.url)
    const { _extraFields, ...whole } = room
    expect(JSON.parse(atRequest(received.text)).data).toEqual(whole)
    expect(received.text).toBe(JSON.stringify(JSON.parse(received.text)))
    expect(received.text).toContain('会议')
    expect(received.headers['content-type']).toBe('application/json')
    expect(received.headers['x-timestamp']).toBe(String(received.body.creationDate))
    expect(received.headers['x-signature']).toMatch(/^[0-9a-f]{64}$/)
    expect(signatureFaults(received, secret)).toEqual([])
    expect(Date.now() - received.body.creationDate).toBeLessThan(3000)
  })

  it('go only to who chose the event, in the same environment', async () => {
    const one = await receiver()
    await subscribe({ url: `${one.url}/all` })
    await subscribe({ url: `${one.url}/deleted`, events: ['roomDeleted'] })
    await subscribe({ url: `${one.url}/keys`, events: ['keyCreated', 'keyRotated', 'keyRevoked'] })
    const off = await subscribe({ url: `${one.url}/off` })
    await parley.call(`PATCH /api/v1/webhooks/${off.id}`, { body: { enabled: false } })
    const testKey = (await parley.call('POST /api/v1/keys', { body: { name: 'T', environment: 'test' } }))
      .body
    await parley.call('POST /api/v1/rooms', { key: testKey.key, body: {} })
    const { roomId } = (await parley.call('POST /api/v1/rooms', { body: {} })).body
    await parley.call(`PUT /api/v1/rooms/${roomId}/status`, { body: { status: 'closed' } })
    await parley.call(`DELETE /api/v1/rooms/${roomId}`)
    const liveKey = (await parley.call('POST /api/v1/keys', { body: { name: 'K' } })).body
    const rotated = (
      await parley.call(`POST /api/v1/keys/${liveKey.id}/rotate`, { body: { graceSeconds: 0 } })
    ).body
    await parley.call(`DELETE /api/v1/keys/${rotated.id}`)
    await eventually(
      'the events',
      async () => one.received.length,
      (count) => count >= 7,
    )
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(one.events({ path: '/all' })).toEqual(['roomCreated', 'roomUpdated', 'roomDeleted'])
    expect(one.events({ path: '/deleted' })).toEqual(['roomDeleted'])
    expect(one.events({ path: '/off' })).toEqual([])
    expect(one.events({ path: '/keys' }).toSorted()).toEqual(['keyCreated', 'keyRevoked', 'keyRotated'])
    const told = JSON.stringify(one.received)
    for (const { key } of [liveKey, rotated, testKey]) expect(told).not.toContain(key)
    await parley.call(`DELETE /api/v1/keys/${testKey.id}`)
  })

  it('are on record with request, answer and tries, page by page, and are sent again when asked', async () => {
    const one = await receiver((received, res) => {
      const isBad = received.body.event === 'roomUpdated' && one.events().length < 4
      res.writeHead(isBad ? 500 : 200).end(isBad ? 'no'.repeat(4000) : 'yes')
    })
    const { id, secret } = await subscribe({ url: one.url })
    const { roomId } = (await parley.call('POST /api/v1/rooms', { body: {} })).body
    await parley.call(`PUT /api/v1/rooms/${roomId}/status`, { body: { status: 'closed' } })
    const log = async (query = '') =>
      (await parley.call(`GET /api/v1/webhooks/${id}/deliveries${query}`)).body.deliveries
    const failing = await eventually('a failure', log, (all) => all[0]?.attempt >= 1)
    expect(failing[0]).toMatchObject({
      event: 'roomUpdated',
      status: 'pending',
      responseStatus: 500,
      response: 'no'.repeat(2048),
      nextAttemptAt: expect.any(String),
    })
    expect((await parley.call(`GET /api/v1/webhooks/${id}`)).body).toMatchObject({
      failingSince: expect.any(String),
      lastError: 'The receiver answered 500',
      pendingCount: 1,
    })
    const done = await eventually('the delivery', log, (all) => all[0]?.status === 'delivered', 20_000)
    expect(done[0].tries.map((one: { responseStatus: number }) => one.responseStatus)).toEqual([500, 500])
    expect(done[0]).toMatchObject({ attempt: 3, responseStatus: 200, response: 'yes' })
    expect((await parley.call(`GET /api/v1/webhooks/${id}`)).body).toMatchObject({
      failingSince: null,
      lastError: null,
      pendingCount: 0,
      lastDeliveryAt: expect.any(String),
    })
    const updates = one.received.filter(({ body }) => body.event === 'roomUpdated')
    expect(new Set(updates.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    const stamps = updates.map(({ headers }) => Number(headers['x-timestamp']))
    expect(stamps[0]).toBe(updates[0]?.body.creationDate)
    expect(stamps[1]).toBeGreaterThan(stamps[0] ?? 0)
    for (const received of updates) expect(signatureFaults(received, secret)).toEqual([])

    const first = (await parley.call(`GET /api/v1/webhooks/${id}/deliveries?maxItems=1`)).body
    expect(first.pagination).toEqual({ isTruncated: true, nextPageToken: expect.any(String), maxItems: 1 })
    const second = await log(`?maxItems=1&nextPageToken=${first.pagination.nextPageToken}`)
    expect([first.deliveries[0].event, second[0].event]).toEqual(['roomUpdated', 'roomCreated'])
    expect(await log('?status=failed')).toEqual([])
    expect(await log('?event=roomCreated')).toHaveLength(1)

    const again = await parley.call(`POST /api/v1/webhooks/${id}/deliveries/${second[0].id}/redeliver`)
    expect(again.status).toBe(202)
    expect(again.body).toMatchObject({ kind: 'redelivery', event: 'roomCreated', status: 'pending' })
    await eventually('the redelivery', log, (all) => all[0]?.status === 'delivered')
    const sent = one.received.filter(({ body }) => body.event === 'roomCreated')
    expect(sent.map(({ headers }) => headers['webhook-id'])).toEqual([second[0].eventId, second[0].eventId])
    expect(sent[1]?.text).toBe(sent[0]?.text)
    expect((await parley.call(`GET /api/v1/webhooks/${id}/deliveries/${again.body.id}`)).body).toMatchObject({
      status: 'delivered',
      response: 'yes',
    })
    await parley.call(`PATCH /api/v1/webhooks/${id}`, { body: { enabled: false } })
    const refused = await parley.call(`POST /api/v1/webhooks/${id}/deliveries/${second[0].id}/redeliver`)
    expect([refused.status, refused.body.code]).toEqual([409, 'webhook_disabled'])
  })
})

describe('private addresses', () => {
  const target = async (of: TestParley, url: string, headers: Record<string, string> = {}) =>
    of.call('POST /api/v1/webhooks', { body: { url }, headers })

  it('are taken from a person on this machine only', async () => {
    expect((await target(parley, 'http://127.0.0.1:5080/')).status).toBe(201)
    const proxied = await target(parley, 'http://127.0.0.1:5080/', { 'X-Forwarded-For': '203.0.113.9' })
    expect([proxied.status, proxied.body.details?.[0]]).toEqual([
      400,
      { field: 'url', message: expect.stringContaining('private address 127.0.0.1') },
    ])
  })

  it('are refused outside local mode, when they are saved and when something is sent', async () => {
    const one = await receiver()
    const strict = await startParley({ env: { WEBHOOK_ALLOW_PRIVATE: 'false' } })
    try {
      for (const host of ['127.0.0.1', 'localhost', '0x7f.1', '[::1]', '10.0.0.1', '169.254.169.254'])
        expect((await target(strict, `http://${host}:${one.port}/`)).body, host).toMatchObject({
          code: 'validation_failed',
          details: [{ field: 'url' }],
        })
      const { body: made } = await target(strict, 'https://hooks.example.invalid/')
      expect(made.enabled).toBe(true)
      const change = { url: `http://localhost:${one.port}/` }
      expect((await strict.call(`PATCH /api/v1/webhooks/${made.id}`, { body: change })).status).toBe(400)
      // As a name that resolved elsewhere when it was saved.
      await strict.ctx.database.db.updateTable('webhook').set(change).where('id', '=', made.id).execute()
      await strict.call('POST /api/v1/rooms', { body: {} })
      const { body } = await eventually(
        'the try',
        () => strict.call(`GET /api/v1/webhooks/${made.id}/deliveries`),
        (answer) => answer.body.deliveries[0]?.attempt > 0,
      )
      expect(body.deliveries[0].error).toContain('private address')
      expect((await strict.call(`POST /api/v1/webhooks/${made.id}/test`)).body.error).toContain('private')
      expect(one.received).toEqual([])
    } finally {
      await strict.stop()
    }
  })
})
