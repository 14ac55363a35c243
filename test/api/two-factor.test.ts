import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { totpCode } from '../../server/accounts/totp.ts'
import { startParley, TestClock, type TestParley } from '../support/parley.ts'
import { logIn, makeUser, signInAs, type TestUser } from '../support/users.ts'

const clock = new TestClock()
let parley: TestParley
let call: TestParley['call']
beforeAll(async () => {
  parley = await startParley({ clock })
  ;({ call } = parley)
})
afterAll(() => parley.stop())

const AT = '/internal-api/v1/two-factor'

/** Turns base32 back into bytes, as an authenticator app does (RFC 4648). */
function fromBase32(text: string): Buffer {
  const bits = Array.from(text, (letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  )
  return Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))
}

/** A user with a second factor: their app, and their recovery codes. */
async function withApp(user: TestUser) {
  const as = (route: string, body?: object) =>
    call(route, { key: null, headers: user.bearer, ...(body === undefined ? {} : { body }) })
  const begun = await as(`POST ${AT}`)
  expect(begun.status).toBe(201)
  const secret = fromBase32(begun.body.secret)
  expect(new URL(begun.body.url).searchParams.get('secret')).toBe(begun.body.secret)
  const show = () => totpCode(secret, clock.now())
  return { as, show, secret }
}

describe('a second factor', () => {
  it('is on once a code of the app has shown that it knows the secret', async () => {
    const user = await makeUser(parley, 'room_manager')
    const { as, show } = await withApp(user)
    expect((await as(`GET ${AT}`)).body).toEqual({ isEnabled: false, recoveryCodesLeft: 0 })
    expect((await as(`PUT ${AT}`, { code: '000000' })).body.code).toBe('two_factor_code_wrong')
    // Nothing is asked for before that.
    expect((await signInAs(parley, user.username, user.password)).status).toBe(200)
    const confirmed = await as(`PUT ${AT}`, { code: show() })
    expect(confirmed.body.recoveryCodes).toHaveLength(10)
    expect((await as(`GET ${AT}`)).body).toEqual({ isEnabled: true, recoveryCodesLeft: 10 })
    expect((await as(`POST ${AT}`)).body.code).toBe('two_factor_enabled')
    expect(await signInAs(parley, user.username, user.password)).toMatchObject({
      status: 403,
      body: { code: 'two_factor_required' },
      cookie: '',
    })
    expect((await logIn(parley, user.username, user.password)).body.code).toBe('two_factor_required')
    // Whoever does not know the password learns nothing of it.
    expect((await signInAs(parley, user.username, 'not the one', { code: show() })).body.code).toBe(
      'sign_in_failed',
    )
  })

  it('takes each code and each recovery code once', async () => {
    const user = await makeUser(parley, 'room_manager')
    const { as, show } = await withApp(user)
    const code = show()
    const { recoveryCodes } = (await as(`PUT ${AT}`, { code })).body
    const attempt = (given: string) => signInAs(parley, user.username, user.password, { code: given })
    expect((await attempt(code)).body.code).toBe('two_factor_failed')
    clock.advance(30_000)
    const next = show()
    const answers = await Promise.all([1, 2, 3].map(() => attempt(next)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401])
    expect((await attempt(next)).status).toBe(401)

    const typed = ` ${recoveryCodes[0].toUpperCase().replace('-', ' ')}`
    expect((await attempt(typed)).status).toBe(200)
    expect((await attempt(recoveryCodes[0])).status).toBe(401)
    clock.advance(30_000)
    const bearer = await logIn(parley, user.username, user.password, { code: show() })
    expect(bearer.status).toBe(200)
    expect((await as(`GET ${AT}`)).body.recoveryCodesLeft).toBe(9)
    clock.advance(30_000)
    const renewed = await as(`POST ${AT}/recovery-codes`, { code: show() })
    expect(renewed.body.recoveryCodes).toHaveLength(10)
    expect((await attempt(recoveryCodes[1])).status).toBe(401)
    expect((await as(`POST ${AT}/disable`, { code: renewed.body.recoveryCodes[0] })).status).toBe(200)
    expect((await signInAs(parley, user.username, user.password)).status).toBe(200)
  })

  it('is locked for a quarter of an hour after ten wrong codes, right ones too', async () => {
    const user = await makeUser(parley, 'room_manager')
    const { as, show } = await withApp(user)
    await as(`PUT ${AT}`, { code: show() })
    clock.advance(30_000)
    const attempt = (code: string) => signInAs(parley, user.username, user.password, { code })
    for (let i = 0; i < 10; i++) expect((await attempt('000000')).status).toBe(401)
    const locked = await attempt(show())
    expect(locked).toMatchObject({ status: 429, body: { code: 'two_factor_locked' } })
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(800)
    clock.advance(15 * 60_000 + 1000)
    expect((await attempt(show())).status).toBe(200)
  })

  it('is taken away by an admin for who has lost it, and lies nowhere in plain text', async () => {
    const user = await makeUser(parley, 'room_manager')
    const { as, show, secret } = await withApp(user)
    const { recoveryCodes } = (await as(`PUT ${AT}`, { code: show() })).body
    const rows = JSON.stringify([
      await parley.ctx.database.db.selectFrom('twoFactor').selectAll().execute(),
      await parley.ctx.database.db.selectFrom('recoveryCode').selectAll().execute(),
    ])
    for (const hidden of [secret.toString('base64url'), secret.toString('hex'), ...recoveryCodes])
      expect(rows).not.toContain(hidden)
    const listed = await call(`GET /api/v1/organization/users?search=${user.username}`)
    expect(listed.body.users).toMatchObject([{ username: user.username, hasTwoFactor: true, email: null }])
    expect((await call(`DELETE /api/v1/organization/users/${user.username}/two-factor`)).status).toBe(200)
    expect((await signInAs(parley, user.username, user.password)).status).toBe(200)
  })
})
