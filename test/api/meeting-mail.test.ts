import ICAL from 'ical.js'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Mailbox, type ReceivedMail, startMailbox } from '../support/mailbox.ts'
import { eventually, startParley, TestClock, type TestParley } from '../support/parley.ts'

let mailbox: Mailbox
let parley: TestParley
beforeAll(async () => {
  mailbox = await startMailbox()
  parley = await startParley({
    env: {
      SMTP_URL: mailbox.url,
      MAIL_FROM: 'Parley <meetings@example.com>',
      PUBLIC_URL: 'http://localhost:6080',
    },
  })
})
afterAll(async () => {
  await parley.stop()
  await mailbox.close()
})

/** The calendar part as a mail program finds it, read by a calendar program's parser. */
function invite(mail: ReceivedMail) {
  const part =
    mail.source.split(/^--\S+\r?$/m).find((one) => /^content-type: text\/calendar/im.test(one)) ?? ''
  const [head = '', ...body] = part.trimStart().split('\r\n\r\n')
  const encoding = /^content-transfer-encoding: (\S+)/im.exec(head)?.[1]
  const text = body.join('\r\n\r\n')
  const ics =
    encoding === 'base64'
      ? Buffer.from(text, 'base64').toString()
      : encoding === 'quoted-printable'
        ? Buffer.from(
            text
              .replace(/=\r\n/g, '')
              .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
            'latin1',
          ).toString()
        : text
  const root = new ICAL.Component(ICAL.parse(ics.trim()))
  ICAL.TimezoneService.reset()
  for (const zone of root.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone)
  const event = new ICAL.Event(root.getFirstSubcomponent('vevent') ?? undefined)
  return {
    isAttached: mail.source.includes('filename=invite.ics'),
    methodInType: /method=(\w+)/i.exec(head)?.[1],
    method: root.getFirstPropertyValue('method'),
    uid: event.uid,
    sequence: event.sequence,
    summary: event.summary,
    start: event.startDate.toJSDate().toISOString(),
    location: event.location,
    status: event.component.getFirstPropertyValue('status'),
    organizer: event.organizer,
    attendees: event.attendees.map((one) => one.getFirstValue()),
    rule: event.component.getFirstPropertyValue('rrule')?.toString(),
  }
}

const schedule = async (body: object): Promise<{ id: string; url: string }> => {
  const answer = await parley.call('POST /api/v1/meeting', { body })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}
const statuses = async (id: string): Promise<string[]> =>
  (await parley.call(`GET /api/v1/meetings/${id}`)).body.data.attendees.map(
    (one: { email: string; status: string }) => `${one.email} ${one.status}`,
  )

it('invitation, update and cancellation reach attendees, and a calendar program reads them', async () => {
  const { id, url } = await schedule({
    title: 'Grüße; ‘weekly’, at nine',
    start: '2031-03-24T09:00:00',
    timeZone: 'Europe/Berlin',
    recurrence: 'FREQ=WEEKLY;COUNT=3',
    attendees: ['ana@example.com', 'ben@example.com'],
  })
  const first = await mailbox.take('ana@example.com')
  expect(first).toMatchObject({ from: 'meetings@example.com', to: ['ana@example.com'] })
  expect(invite(first)).toEqual({
    isAttached: true,
    methodInType: 'REQUEST',
    method: 'REQUEST',
    uid: `${id}@parley`,
    sequence: 0,
    summary: 'Grüße; ‘weekly’, at nine',
    start: '2031-03-24T08:00:00.000Z',
    location: url,
    status: 'CONFIRMED',
    organizer: 'mailto:meetings@example.com',
    attendees: ['mailto:ana@example.com', 'mailto:ben@example.com'],
    rule: 'FREQ=WEEKLY;COUNT=3',
  })
  await mailbox.take('ben@example.com')
  await eventually(
    'both to be invited',
    () => statuses(id),
    (all) => all.every((one) => one.endsWith('invited')),
  )

  await parley.call(`PATCH /api/v1/meetings/${id}`, {
    body: { start: '2031-03-24T10:30:00', attendees: ['ana@example.com', 'chen@example.com'] },
  })
  expect(invite(await mailbox.take('ana@example.com'))).toMatchObject({
    method: 'REQUEST',
    uid: `${id}@parley`,
    sequence: 1,
    start: '2031-03-24T09:30:00.000Z',
  })
  expect(invite(await mailbox.take('chen@example.com'))).toMatchObject({ method: 'REQUEST', sequence: 1 })
  expect(invite(await mailbox.take('ben@example.com'))).toMatchObject({
    method: 'CANCEL',
    status: 'CANCELLED',
    sequence: 1,
    attendees: ['mailto:ben@example.com'],
  })
  // What calendars do not show is no news.
  await parley.call(`PATCH /api/v1/meetings/${id}`, { body: { durationMinutes: 60 } })

  expect((await parley.call(`DELETE /api/v1/meetings/${id}`)).status).toBe(204)
  for (const email of ['ana@example.com', 'chen@example.com']) {
    const cancelled = invite(await mailbox.take(email))
    expect(cancelled).toMatchObject({
      method: 'CANCEL',
      status: 'CANCELLED',
      sequence: 2,
      uid: `${id}@parley`,
    })
  }
  expect(mailbox.mails).toEqual([])
})

it('a room that is deleted on its own calls its meeting off, too', async () => {
  const { id } = await schedule({
    title: 'Gone',
    start: '2031-05-01T09:00:00Z',
    attendees: 'dan@example.com',
  })
  await mailbox.take('dan@example.com')
  const { roomId } = (await parley.call(`GET /api/v1/meetings/${id}`)).body.data
  await parley.call(`DELETE /api/v1/rooms/${roomId}`)
  await parley.ctx.scheduled.callOffOrphans()
  expect(invite(await mailbox.take('dan@example.com'))).toMatchObject({ method: 'CANCEL', sequence: 1 })
})

it('without a time the mail has the link alone', async () => {
  const { url } = await schedule({ title: 'Whenever', attendees: 'eva@example.com' })
  const mail = await mailbox.take('eva@example.com')
  expect(mail.subject).toContain('Invitation: Whenever')
  expect(mail.text).toContain(url)
  expect(mail.source).not.toContain('text/calendar')
})

it('an outage delays mail and loses none; a refusal is told', async () => {
  let isDown = true
  const taken: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _session, done) => {
      const code = address.startsWith('nobody') ? 550 : isDown ? 451 : null
      if (code === null) return done()
      return done(Object.assign(new Error('not now'), { responseCode: code }))
    },
    onData: (stream, session, done) => {
      stream.resume().on('end', () => {
        taken.push(...session.envelope.rcptTo.map(({ address }) => address))
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  const clock = new TestClock()
  const other = await startParley({
    clock,
    env: { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'meetings@example.com' },
  })
  try {
    const { id } = (
      await other.call('POST /api/v1/meeting', {
        body: {
          title: 'Later',
          start: '2031-01-01T09:00:00Z',
          attendees: ['flo@example.com', 'nobody@example.com'],
        },
      })
    ).body
    const seen = async () => {
      const { body } = await other.call(`GET /api/v1/meetings/${id}`)
      return body.data.attendees.map(({ status }: { status: string }) => status)
    }
    await eventually('the refusal', seen, ([, nobody]) => nobody === 'failed')
    expect(await seen()).toEqual(['pending', 'failed'])
    isDown = false
    clock.advance(2 * 60_000)
    await other.ctx.scheduled.callOffOrphans()
    await eventually('the delivery', seen, ([flo]) => flo === 'invited')
    expect(taken).toEqual(['flo@example.com'])
  } finally {
    await other.stop()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
})
