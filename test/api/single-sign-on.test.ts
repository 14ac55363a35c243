import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  browse,
  type Identity,
  type IdentityProvider,
  startIdentityProvider,
} from '../support/identity-provider.ts'
import { startParley, type TestParley } from '../support/parley.ts'

let provider: IdentityProvider
let parley: TestParley
let open: TestParley
beforeAll(async () => {
  provider = await startIdentityProvider()
  const env = {
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_CLIENT_SECRET: provider.clientSecret,
    OIDC_NAME: 'Acme login',
    ADMIN_EMAIL: 'boss@example.com',
    SELF_SERVICE_KEYS: 'open',
  }
  parley = await startParley({ env })
  open = await startParley({ env: { ...env, OIDC_NEW_USERS: 'members' } })
  for (const { url } of [parley, open]) provider.allowRedirect(`${url}/internal-api/v1/sso/callback`)
})
afterAll(async () => {
  await parley.stop()
  await open.stop()
  await provider.close()
})

const START = '/internal-api/v1/sso/start'

/** Signs in by the provider; where it ended, and the cookies of Parley. */
async function signIn(identity: Identity, at = parley, path = '/') {
  provider.identity = identity
  const jar = new Map<string, string>()
  const { host } = new URL(at.url)
  const end = await browse(
    `${at.url}${START}?redirectTo=${encodeURIComponent(path)}`,
    jar,
    (url) => url.host === host && !url.pathname.startsWith('/internal-api/'),
  )
  const cookie = [...jar]
    .filter(([name]) => name.startsWith(`${host} `))
    .map(([name, value]) => `${name.slice(host.length + 1)}=${value}`)
    .join('; ')
  return { end, cookie }
}
const whoIs = async (cookie: string, at = parley) => {
  const { status, body } = await at.call('GET /internal-api/v1/session', { cookie })
  return status === 200 ? body.user.username : status
}
const verified = (sub: string, email: string, more: Partial<Identity> = {}): Identity => ({
  sub,
  email,
  email_verified: true,
  ...more,
})

describe('single sign-on', () => {
  it('is offered by its name', async () => {
    expect((await parley.call('GET /internal-api/v1/sign-in', { key: null })).body).toEqual({
      singleSignOn: 'Acme login',
      mail: false,
    })
  })

  it('finds the account whose proven address it is, and knows it by its subject from then on', async () => {
    const first = await signIn(verified('s-boss', 'Boss@Example.com'), parley, '/rooms?q=x')
    expect(first.end.href).toBe(`${parley.url}/rooms?q=x`)
    expect(await whoIs(first.cookie)).toBe('admin')
    // The address moved on to somebody else at the provider; the subject is who it is.
    const later = await signIn(verified('s-boss', 'other@example.com'))
    expect(await whoIs(later.cookie)).toBe('admin')
  })

  it('lets nobody in who is not invited', async () => {
    const { end, cookie } = await signIn(verified('s-stranger', 'stranger@example.com'))
    expect(end.searchParams.get('problem')).toBe('sso_unknown_user')
    expect(await whoIs(cookie)).toBe(401)
    expect((await parley.call('GET /api/v1/users?name=stranger&nameMatchMode=partial')).body.users).toEqual(
      [],
    )
  })

  it('makes who was invited a user with that role', async () => {
    await parley.call('POST /api/v1/organization/invitations', {
      body: { email: 'Guest@example.com', role: 'room_member' },
    })
    const { cookie } = await signIn(
      verified('s-guest', 'guest@example.com', { name: 'Gus', preferred_username: 'Gus Guest' }),
    )
    expect(await whoIs(cookie)).toBe('gus_guest')
    expect((await parley.call('GET /api/v1/users/gus_guest')).body).toMatchObject({
      name: 'Gus',
      role: 'room_member',
    })
    expect((await parley.call('GET /api/v1/organization/invitations')).body.invitations).toEqual([])
  })

  it('makes everybody a member where the operator wants it so', async () => {
    const { cookie } = await signIn(
      verified('s-new', 'new@example.com', { preferred_username: 'admin' }),
      open,
    )
    expect(await whoIs(cookie, open)).toMatch(/^admin_[a-z0-9]{6}$/)
    expect((await open.call('GET /api/v1/organization', { cookie })).body.rootUsername).toBe('admin')
  })

  it('never believes an address that the provider has not verified', async () => {
    for (const identity of [
      { sub: 's-fake', email: 'boss@example.com', email_verified: false },
      { sub: 's-fake2', email: 'boss@example.com' },
      { sub: 's-fake3' },
    ]) {
      const { end, cookie } = await signIn(identity)
      expect(end.searchParams.get('problem')).toBe('sso_email_unverified')
      expect(await whoIs(cookie)).toBe(401)
    }
  })

  it('gives nobody the account of one who only claims the address', async () => {
    const claimed = await open.call('POST /auth/create-key', {
      key: null,
      body: { user_name: 'Mallory', user_email: 'victim@example.com' },
    })
    const { api_key: key } = claimed.body.data
    const { cookie } = await signIn(verified('s-victim', 'victim@example.com', { name: 'Vic' }), open)
    const session = (await open.call('GET /internal-api/v1/session', { cookie })).body
    expect(session.organization.id).toBe('org_first')
    expect(session.user).toMatchObject({ name: 'Vic', email: 'victim@example.com' })
    // Mallory keeps the key, and has lost the address.
    expect(
      (await open.call('GET /auth/check-key', { key: null, headers: { authorization: `Bearer ${key}` } }))
        .body.data,
    ).toMatchObject({ user_name: 'Mallory', user_email: '' })
  })

  it('counts only in the browser where it began, once, and leads nowhere else', async () => {
    provider.identity = verified('s-boss', 'boss@example.com')
    const jar = new Map<string, string>()
    const { host } = new URL(parley.url)
    const callback = await browse(
      `${parley.url}${START}?redirectTo=${encodeURIComponent('//evil.example')}`,
      jar,
      (url) => url.pathname.endsWith('/sso/callback'),
    )
    const visit = async (cookie: string) => {
      const answer = await fetch(callback, { redirect: 'manual', headers: { cookie } })
      return new URL(answer.headers.get('location') ?? '')
    }
    const flow = `parley_sso=${jar.get(`${host} parley_sso`) ?? ''}`
    expect((await visit('')).searchParams.get('problem')).toBe('sso_failed')
    expect((await visit('parley_sso=v1.forged')).searchParams.get('problem')).toBe('sso_failed')
    expect((await visit(flow)).href).toBe(`${parley.url}/`)
    expect((await visit(flow)).searchParams.get('problem')).toBe('sso_failed')
    const refused = new URL(`${parley.url}/internal-api/v1/sso/callback?error=access_denied&state=x`)
    const answer = await fetch(refused, { redirect: 'manual', headers: { cookie: flow } })
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('problem')).toBe('sso_failed')
  })

  it('says so where the provider cannot be reached, and where there is none', async () => {
    const away = await startParley({
      env: { OIDC_ISSUER: 'http://127.0.0.1:9', OIDC_CLIENT_ID: 'x', OIDC_CLIENT_SECRET: 'y' },
    })
    const none = await startParley()
    try {
      const answer = await away.call(`GET ${START}`, { key: null })
      expect(answer.headers.get('location')).toBe(`${away.url}/?problem=sso_unreachable`)
      expect(await none.call(`GET ${START}`, { key: null })).toMatchObject({
        status: 404,
        body: { code: 'sso_off' },
      })
    } finally {
      await away.stop()
      await none.stop()
    }
  })
})
