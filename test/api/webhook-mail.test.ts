import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Mailbox, startMailbox } from '../support/mailbox.ts'
import { eventually, startParley, TestClock, type TestParley } from '../support/parley.ts'
import { freePort } from '../support/processes.ts'
import { Receiver } from '../support/receiver.ts'

const DAY_MS = 24 * 60 * 60_000
const ADMIN = 'root@example.com'
const mailEnv = (url: string) => ({
  SMTP_URL: url,
  MAIL_FROM: 'parley@example.com',
  PUBLIC_URL: 'http://localhost:6080',
  ADMIN_EMAIL: ADMIN,
})

let mailbox: Mailbox
let parley: TestParley
const clock = new TestClock()
beforeAll(async () => {
  mailbox = await startMailbox()
  parley = await startParley({ clock, env: mailEnv(mailbox.url) })
})
afterAll(async () => {
  await parley.stop()
  await mailbox.close()
})

const isDisabled = (id: string, of = parley) =>
  eventually(
    'being disabled',
    async () => (await of.call(`GET /api/v1/webhooks/${id}`)).body,
    ({ enabled }) => !enabled,
  )

it('the admins get one mail when a webhook is disabled, each time that it is', async () => {
  // Another admin, who has no address.
  const { status } = await parley.call('POST /api/v1/users', {
    body: { userId: 'adaadmin', name: 'Ada', role: 'admin', password: 'initial-password' },
  })
  expect(status).toBe(201)
  const receiver = await Receiver.start((_received, res) => res.writeHead(410).end())
  try {
    const { body: webhook } = await parley.call('POST /api/v1/webhooks', {
      body: { url: `${receiver.url}/gone`, events: ['roomCreated'] },
    })
    for (let i = 0; i < 3; i++) await parley.call('POST /api/v1/rooms', { body: {} })
    await isDisabled(webhook.id)
    const mail = await mailbox.take(ADMIN)
    expect(mail.subject).toBe('A webhook has been disabled on Parley')
    expect(mail.text).toContain(`${receiver.url}/gone`)
    expect(mail.text).toContain('answered 410')
    expect(mail.text).toContain(`http://localhost:6080/embedded?webhook=${webhook.id}`)
    // Enabled again it fails for five days: a second mail, which says why.
    receiver.answer = (_received, res) => res.writeHead(500).end()
    await parley.call(`PATCH /api/v1/webhooks/${webhook.id}`, { body: { enabled: true } })
    await parley.call('POST /api/v1/rooms', { body: {} })
    await eventually(
      'a failure',
      async () => (await parley.call(`GET /api/v1/webhooks/${webhook.id}`)).body,
      ({ failingSince }) => failingSince !== null,
    )
    clock.advance(5 * DAY_MS)
    await parley.call('POST /api/v1/rooms', { body: {} })
    expect(await isDisabled(webhook.id)).toMatchObject({ disabledReason: 'failing' })
    const second = await mailbox.take(ADMIN)
    expect(second.text).toContain('Nothing has arrived there for five days')
    expect(second.text).toContain('The receiver answered 500')
    // An admin who switches one off is told nothing.
    const { body: other } = await parley.call('POST /api/v1/webhooks', { body: { url: receiver.url } })
    await parley.call(`PATCH /api/v1/webhooks/${other.id}`, { body: { enabled: false } })
    const waiting = await parley.ctx.database.db.selectFrom('meetingMail').selectAll().execute()
    expect(waiting).toEqual([])
    expect(mailbox.mails).toEqual([])
  } finally {
    await receiver.stop()
  }
})

it('the mail is sent when the mail server is back', async () => {
  const port = await freePort()
  const later = new TestClock()
  const own = await startParley({ clock: later, env: mailEnv(`smtp://127.0.0.1:${port}`) })
  const receiver = await Receiver.start((_received, res) => res.writeHead(410).end())
  try {
    const { body: webhook } = await own.call('POST /api/v1/webhooks', { body: { url: receiver.url } })
    await own.call('POST /api/v1/rooms', { body: {} })
    await isDisabled(webhook.id, own)
    const [waiting] = await eventually(
      'the failed try',
      () => own.ctx.database.db.selectFrom('meetingMail').selectAll().execute(),
      ([mail]) => mail !== undefined && mail.attempts === 1 && mail.nextAttemptAt <= later.now() + 60_000,
    )
    expect(waiting).toMatchObject({ email: ADMIN, meetingId: webhook.id })
    const back = await startMailbox(port)
    try {
      later.advance(2 * 60_000)
      await own.ctx.scheduled.callOffOrphans()
      expect((await back.take(ADMIN)).text).toContain(receiver.url)
    } finally {
      await back.close()
    }
  } finally {
    await receiver.stop()
    await own.stop()
  }
})
