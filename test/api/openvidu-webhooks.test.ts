import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_KEY, eventually, startParley, type TestParley } from '../support/parley.ts'
import { Receiver, signatureFaults } from '../support/receiver.ts'

let parley: TestParley
let cookie: string
beforeAll(async () => {
  parley = await startParley()
  cookie = await parley.signIn()
})
afterAll(() => parley.stop())

const config = async () => (await parley.call('GET /internal-api/v1/config/webhooks', { cookie })).body
const put = (body: object) => parley.call('PUT /internal-api/v1/config/webhooks', { cookie, body })
const roomOf = async (key?: string) =>
  (await parley.call('POST /api/v1/rooms', { body: {}, ...(key === undefined ? {} : { key }) })).status

describe('/config/webhooks', () => {
  it('is off at first, is for admins, and names what is missing', async () => {
    expect(await config()).toEqual({ enabled: false, url: '' })
    expect((await parley.call('GET /internal-api/v1/config/webhooks', { key: null })).status).toBe(401)
    const anonymous = { key: null, body: { enabled: false } }
    expect((await parley.call('PUT /internal-api/v1/config/webhooks', anonymous)).status).toBe(401)
    const missing = await put({ enabled: true })
    expect([missing.status, missing.body.details]).toEqual([
      422,
      [{ field: 'url', message: 'URL is required when webhooks are enabled' }],
    ])
    const wrong = await put({ enabled: true, url: 'ftp://example.com' })
    expect([wrong.status, wrong.body.details]).toEqual([
      422,
      [{ field: 'url', message: 'URL must start with http:// or https://' }],
    ])
  })

  it('sends OpenVidu’s events, signed with the API key, and appears among the webhooks', async () => {
    const one = await Receiver.start()
    try {
      expect((await put({ enabled: true, url: one.url })).status).toBe(200)
      expect(await config()).toEqual({ enabled: true, url: one.url })
      const { body } = await parley.call('GET /api/v1/webhooks')
      expect(body.webhooks).toMatchObject([
        {
          url: one.url,
          events: [
            'meetingStarted',
            'meetingEnded',
            'recordingStarted',
            'recordingUpdated',
            'recordingEnded',
          ],
        },
      ])
      await parley.call(`POST /api/v1/webhooks/${body.webhooks[0].id}/test`)
      const [received] = one.received
      if (received === undefined) throw new Error('nothing arrived')
      expect(signatureFaults(received, API_KEY)).toEqual([])
      expect((await put({ enabled: false, url: one.url })).status).toBe(200)
      expect(await config()).toEqual({ enabled: false, url: one.url })
    } finally {
      await one.stop()
    }
  })

  it('is tested by URL: 200 with the receiver’s, 400 otherwise', async () => {
    const one = await Receiver.start()
    const test = (body: object, headers: Record<string, string> = {}) =>
      parley.call('POST /internal-api/v1/config/webhooks/test', { key: null, body, headers })
    expect((await test({ url: one.url })).status).toBe(200)
    const [received] = one.received
    if (received === undefined) throw new Error('nothing arrived')
    expect(received.body).toMatchObject({
      event: 'testEvent',
      data: { message: 'This is a test webhook event' },
    })
    expect(signatureFaults(received, API_KEY)).toEqual([])
    // Who comes through a proxy is not the person at this machine.
    expect((await test({ url: one.url }, { 'X-Forwarded-For': '203.0.113.9' })).status).toBe(401)
    expect((await test({ url: one.url }, { Origin: 'https://evil.example' })).status).toBe(401)
    one.answer = (_received, res) => res.writeHead(500).end()
    const failed = await test({ url: one.url })
    expect([failed.status, failed.body.error]).toEqual([400, 'Webhook Error'])
    await one.stop()
    expect((await test({ url: one.url })).status).toBe(400)
    expect((await test({ url: 'nothing' })).status).toBe(422)
  })
})

describe('/api-keys', () => {
  const keys = async () => (await parley.call('GET /internal-api/v1/api-keys', { cookie })).body
  const generate = async () => (await parley.call('POST /internal-api/v1/api-keys', { cookie })).body

  it('makes one key, which takes the place of the one before, and leaves the console’s alone', async () => {
    expect(await keys()).toEqual([])
    const own = (await parley.call('POST /api/v1/keys', { body: { name: 'Own' } })).body
    const answer = await parley.call('POST /internal-api/v1/api-keys', { cookie })
    expect(answer.status).toBe(201)
    const first = answer.body
    expect(first).toEqual({
      key: expect.stringMatching(/^ovmeet-[0-9a-f]{32}$/),
      creationDate: expect.any(Number),
    })
    expect(await roomOf(first.key)).toBe(201)
    const second = await generate()
    expect([await roomOf(first.key), await roomOf(second.key), await roomOf(own.key)]).toEqual([
      401, 201, 201,
    ])
    const shown = await keys()
    expect(shown).toEqual([{ key: expect.stringMatching(/^ovmeet-/), creationDate: second.creationDate }])
    expect(shown[0].key).not.toBe(second.key)
    const deleted = await parley.call('DELETE /internal-api/v1/api-keys', { cookie })
    expect([deleted.status, deleted.body]).toEqual([200, { message: expect.any(String) }])
    expect(await keys()).toEqual([])
    expect([await roomOf(second.key), await roomOf(own.key), await roomOf()]).toEqual([401, 201, 201])
    expect((await parley.call('DELETE /internal-api/v1/api-keys', { cookie })).status).toBe(404)
    for (const method of ['GET', 'POST', 'DELETE'])
      expect((await parley.call(`${method} /internal-api/v1/api-keys`)).status).toBe(401)
    await parley.call(`DELETE /api/v1/keys/${own.id}`)
  })

  it('the newest signs the webhook; its successor takes over, its end disables it', async () => {
    const one = await Receiver.start()
    try {
      const first = await generate()
      await put({ enabled: true, url: one.url })
      const { body } = await parley.call('GET /api/v1/webhooks')
      const test = async () => {
        await parley.call(`POST /api/v1/webhooks/${body.webhooks[0].id}/test`)
        return one.received.at(-1) ?? one.received[0]
      }
      const faults = async (key: string) => {
        const received = await test()
        return received === undefined ? ['nothing arrived'] : signatureFaults(received, key)
      }
      expect(await faults(first.key)).toEqual([])
      const second = await generate()
      expect(await faults(second.key)).toEqual([])
      expect((await config()).enabled).toBe(true)
      await parley.call('DELETE /internal-api/v1/api-keys', { cookie })
      expect((await config()).enabled).toBe(false)
      expect((await parley.call('GET /api/v1/webhooks')).body.webhooks[0].disabledReason).toBe('key_revoked')
    } finally {
      await one.stop()
    }
  })

  it('without any key there is nothing to sign with', async () => {
    const bare = await startParley({ env: { INITIAL_API_KEY: '' } })
    try {
      const bareCookie = await bare.signIn()
      const answer = await bare.call('PUT /internal-api/v1/config/webhooks', {
        cookie: bareCookie,
        body: { enabled: true, url: 'http://localhost:5080/webhook' },
      })
      expect([answer.status, answer.body.code]).toEqual([409, 'webhook_secret_missing'])
    } finally {
      await bare.stop()
    }
  })
})

describe('INITIAL_WEBHOOK_URL', () => {
  it('with INITIAL_API_KEY is a webhook from the first start on, once, until its key is revoked', async () => {
    const one = await Receiver.start()
    const dataDir = await mkdtemp(path.join(tmpdir(), 'parley-seeded-'))
    const env = { INITIAL_WEBHOOK_URL: `${one.url}/webhook` }
    const list = async (of: TestParley) => (await of.call('GET /api/v1/webhooks')).body.webhooks
    const seeded = await startParley({ env, dataDir })
    const [webhook] = await list(seeded)
    expect(webhook).toMatchObject({ url: `${one.url}/webhook`, enabled: true })
    await seeded.call(`POST /api/v1/webhooks/${webhook.id}/test`)
    const received = await eventually(
      'the test',
      async () => one.received[0],
      (first) => first !== undefined,
    )
    expect(received && signatureFaults(received, API_KEY)).toEqual([])
    const { body } = await seeded.call('GET /api/v1/keys')
    const key = body.keys.find(({ name }: { name: string }) => name === 'INITIAL_API_KEY')
    const seededCookie = await seeded.signIn()
    await seeded.call(`DELETE /api/v1/keys/${key.id}`, { cookie: seededCookie })
    const [after] = (await seeded.call('GET /api/v1/webhooks', { cookie: seededCookie })).body.webhooks
    expect(after).toMatchObject({ enabled: false, disabledReason: 'key_revoked' })
    await seeded.call(`DELETE /api/v1/webhooks/${webhook.id}`, { cookie: seededCookie })
    const shared = seeded.env.DATABASE_URL
    if (shared === undefined) {
      await seeded.stop()
      // What the admin has deleted does not come back with the next start.
      const again = await startParley({ env, dataDir })
      const againCookie = await again.signIn()
      expect((await again.call('GET /api/v1/webhooks', { cookie: againCookie })).body.webhooks).toEqual([])
      await again.stop()
    } else await seeded.stop()
    await one.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
})
