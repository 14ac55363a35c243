import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../server/config.ts'
import { linkIn, type Mailbox, startMailbox } from '../support/mailbox.ts'
import { ADMIN, startParley, TestClock, type TestParley } from '../support/parley.ts'
import { cookieOf, makeUser, signInAs } from '../support/users.ts'

const clock = new TestClock()
let mailbox: Mailbox
let parley: TestParley
let call: TestParley['call']
beforeAll(async () => {
  mailbox = await startMailbox()
  parley = await startParley({
    clock,
    env: {
      SMTP_URL: mailbox.url,
      MAIL_FROM: 'Parley <parley@example.com>',
      PUBLIC_URL: 'https://meet.example.com',
      SELF_SERVICE_KEYS: 'open',
      ADMIN_EMAIL: 'boss@example.com',
    },
  })
  ;({ call } = parley)
})
afterAll(async () => {
  await parley.stop()
  await mailbox.close()
})

/** The cookie of an answer; PUBLIC_URL is https, so its Origin is what counts as ours. */
const headersOf = (cookie: string) => ({ key: null, headers: { cookie, 'sec-fetch-site': 'same-origin' } })
const invite = async (email: string, role = 'room_manager') => {
  const made = await call('POST /api/v1/organization/invitations', { body: { email, role } })
  expect(made.status).toBe(201)
  const mail = await mailbox.take(email.toLowerCase())
  return { made, mail, ...linkIn(mail) }
}
const acceptNew = (token: string, more: object = {}) =>
  call('POST /internal-api/v1/invitation/new-user', {
    key: null,
    body: { token, username: 'newcomer', name: 'Nina', password: 'a long enough one', ...more },
  })
const claim = async (email: string) =>
  (await call('POST /auth/create-key', { key: null, body: { user_name: 'Mallory', user_email: email } })).body
    .data.api_key

describe('an invitation', () => {
  it('goes by mail alone, makes a user once, and signs them in', async () => {
    const { made, mail, page, token } = await invite('Nina@example.com', 'room_member')
    expect(mail).toMatchObject({
      from: 'parley@example.com',
      subject: expect.stringContaining('My organization'),
    })
    expect(mail.text).toContain('https://meet.example.com/invitation?token=')
    expect(page).toBe('/invitation')
    expect(made.body).toMatchObject({ email: 'nina@example.com', role: 'room_member', url: null })
    expect(JSON.stringify(made.body)).not.toContain(token)
    const listed = (await call('GET /api/v1/organization/invitations')).body
    expect(listed.invitations).toMatchObject([{ email: 'nina@example.com' }])
    expect(JSON.stringify(listed)).not.toContain(token)
    expect((await call('POST /internal-api/v1/invitation', { key: null, body: { token } })).body).toEqual({
      organization: 'My organization',
      email: 'nina@example.com',
      role: 'room_member',
      invitedBy: expect.any(String),
      hasAccount: false,
    })
    expect((await acceptNew(token, { username: ADMIN.username })).body.code).toBe('username_taken')
    const answers = await Promise.all([1, 2, 3].map(() => acceptNew(token)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 404, 404])
    const done = answers.find(({ status }) => status === 201)
    expect(done?.body).toMatchObject({
      user: { username: 'newcomer', email: 'nina@example.com' },
      role: 'member',
      canCreateRooms: false,
    })
    const cookie = cookieOf(done?.headers ?? new Headers())
    expect((await call('GET /internal-api/v1/session', headersOf(cookie))).status).toBe(200)
    expect(
      (await call('POST /api/v1/organization/invitations', { body: { email: 'nina@example.com' } })).body
        .code,
    ).toBe('already_user')
  })

  it('is replaced by a new one, taken back, and ends after a week', async () => {
    const first = await invite('twice@example.com')
    const second = await invite('twice@example.com')
    const look = (token: string) => call('POST /internal-api/v1/invitation', { key: null, body: { token } })
    expect((await look(first.token)).body.code).toBe('invitation_invalid')
    expect((await look(second.token)).status).toBe(200)
    expect((await call(`DELETE /api/v1/organization/invitations/${second.made.body.id}`)).status).toBe(200)
    expect((await look(second.token)).status).toBe(404)
    const third = await invite('twice@example.com')
    clock.advance(7 * 24 * 3_600_000 + 1000)
    expect((await look(third.token)).status).toBe(404)
    expect((await acceptNew(third.token, { username: 'too_late' })).status).toBe(404)
  })

  it('is never taken over by a user who only claims the address', async () => {
    const key = await claim('wanted@example.com')
    const { token } = await invite('wanted@example.com')
    // Not by having registered it: nothing joins by itself.
    expect((await call('POST /api/v1/auth', { key })).body.orgId).not.toBe('org_first')
    const done = await acceptNew(token, { username: 'the_wanted' })
    expect(done.status).toBe(201)
    expect(done.body.user.email).toBe('wanted@example.com')
    expect((await call('GET /api/v1/users', { key })).body.users).toHaveLength(1)
    expect(
      (await call('GET /auth/check-key', { key: null, headers: { authorization: `Bearer ${key}` } })).body
        .data.user_email,
    ).toBe('')
  })

  it('is accepted by who is signed in with that proven address, or with none', async () => {
    const nina = await signInAs(parley, 'nina@example.com', 'a long enough one')
    const boss = await signInAs(parley, ADMIN.username, ADMIN.password)
    const other = await call('POST /api/v1/organizations', {
      ...headersOf(boss.cookie),
      body: { name: 'Other' },
    })
    expect(other.status).toBe(201)
    await call('PUT /internal-api/v1/session/organization', {
      ...headersOf(boss.cookie),
      body: { organizationId: other.body.id },
    })
    const inviteToOther = async (email: string) => {
      await call('POST /api/v1/organization/invitations', { ...headersOf(boss.cookie), body: { email } })
      return linkIn(await mailbox.take(email)).token
    }
    const accept = (cookie: string, token: string) =>
      call('POST /internal-api/v1/invitation/accept', { ...headersOf(cookie), body: { token } })

    const token = await inviteToOther('nina@example.com')
    expect((await acceptNew(token, { username: 'nina_again' })).body.code).toBe('account_exists')
    expect((await accept(boss.cookie, token)).body.code).toBe('invitation_of_other')
    const accepted = await accept(nina.cookie, token)
    expect(accepted.body).toMatchObject({
      organization: { name: 'Other' },
      organizations: [{ name: 'My organization' }, { name: 'Other' }],
      role: 'member',
    })
    expect((await accept(nina.cookie, token)).body.code).toBe('invitation_invalid')

    const plain = await makeUser(parley, 'room_manager')
    const { cookie } = await signInAs(parley, plain.username, plain.password)
    const joined = await accept(cookie, await inviteToOther('plain@example.com'))
    expect(joined.body).toMatchObject({
      organization: { name: 'Other' },
      user: { email: 'plain@example.com' },
    })
    // Of two organizations, no admin of one alone may take them over.
    expect(
      (await call(`PUT /api/v1/users/${plain.username}/password`, { body: { newPassword: 'mine now' } })).body
        .message,
    ).toContain('other organizations')
    const gone = await call(`DELETE /api/v1/users/${plain.username}`)
    expect(gone.status).toBe(200)
    expect((await call('GET /internal-api/v1/session', headersOf(cookie))).body.organizations).toMatchObject([
      { name: 'Other' },
    ])
  })
})

describe('mail', () => {
  it('needs an address for its links where others than this machine are served', () => {
    const mail = { SMTP_URL: 'smtp://localhost', MAIL_FROM: 'a@example.com' }
    expect(() => loadConfig({ ...mail, HOST: '0.0.0.0' })).toThrow('PUBLIC_URL: needed with SMTP_URL')
    expect(() => loadConfig({ SMTP_URL: mail.SMTP_URL })).toThrow('MAIL_FROM')
    expect(loadConfig(mail).mail).toEqual({ url: mail.SMTP_URL, from: mail.MAIL_FROM })
  })
})

describe('a forgotten password', () => {
  const forgot = (login: string) =>
    call('POST /internal-api/v1/password/forgot', { key: null, body: { login } })
  const reset = (token: string, newPassword = 'a fresh password') =>
    call('POST /internal-api/v1/password/reset', { key: null, body: { token, newPassword } })

  it('is replaced by the link in a mail, once; sessions and tokens end', async () => {
    const { token } = await invite('forgetful@example.com')
    const first = await acceptNew(token, { username: 'forgetful' })
    const cookie = cookieOf(first.headers)
    expect((await forgot('forgetful')).status).toBe(202)
    const mail = await mailbox.take('forgetful@example.com')
    const link = linkIn(mail)
    expect(link.page).toBe('/reset-password')
    expect((await reset(link.token, 'short')).status).toBe(400)
    const answers = await Promise.all([1, 2].map(() => reset(link.token)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    expect((await call('GET /internal-api/v1/session', headersOf(cookie))).status).toBe(401)
    expect((await signInAs(parley, 'forgetful', 'a long enough one')).status).toBe(401)
    expect((await signInAs(parley, 'forgetful@example.com', 'a fresh password')).status).toBe(200)
  })

  it('answers alike whoever is asked for, and mails only who has an address', async () => {
    const plain = await makeUser(parley, 'room_member')
    const before = mailbox.mails.length
    const answers = await Promise.all(
      [ADMIN.username, 'nobody_here', 'nobody@example.com', plain.username].map(forgot),
    )
    for (const { status, body } of answers)
      expect({ status, body }).toEqual({ status: 202, body: answers[0]?.body })
    await mailbox.take('boss@example.com')
    expect(mailbox.mails).toHaveLength(before)
  })

  it('has an hour', async () => {
    await forgot('boss@example.com')
    const { token } = linkIn(await mailbox.take('boss@example.com'))
    clock.advance(3_600_000 + 1000)
    expect((await reset(token)).body.code).toBe('reset_link_invalid')
    expect((await reset('made up')).body.code).toBe('reset_link_invalid')
  })

  it('proves the address of who registered for a key', async () => {
    await claim('mine@example.com')
    await forgot('mine@example.com')
    const { token } = linkIn(await mailbox.take('mine@example.com'))
    expect((await reset(token)).status).toBe(200)
    const { status, body } = await signInAs(parley, 'mine@example.com', 'a fresh password')
    expect(status).toBe(200)
    expect(body.organization.id).not.toBe('org_first')
  })
})
