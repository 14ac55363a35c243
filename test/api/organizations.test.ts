import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runAdminCommand } from '../../server/accounts/admin-command.ts'
import { loadConfig } from '../../server/config.ts'
import { ADMIN, startParley, TestClock, type TestParley } from '../support/parley.ts'
import { logIn, makeUser, signInAs } from '../support/users.ts'

const clock = new TestClock()
let parley: TestParley
let call: TestParley['call']
beforeAll(async () => {
  parley = await startParley({ clock, env: { TRUST_PROXY: '1', SELF_SERVICE_KEYS: 'open' } })
  ;({ call } = parley)
})
afterAll(() => parley.stop())

const asAdmin = async () => (await signInAs(parley, ADMIN.username, ADMIN.password)).cookie

describe('an organization', () => {
  it('has a name, a look, origins and a retention, that its admins change in parts', async () => {
    const before = (await call('GET /api/v1/organization')).body
    expect(before).toMatchObject({
      apiAccess: true,
      allowedOrigins: ['*'],
      branding: { accent: null, logo: null },
    })
    const patch = (body: object) => call('PATCH /api/v1/organization', { body })
    const changed = await patch({
      name: 'Acme',
      branding: { accent: '#1d4ed8' },
      allowedOrigins: ['https://app.example.com', 'https://app.example.com'],
      retention: { auditDays: 30 },
    })
    expect(changed.body).toMatchObject({
      name: 'Acme',
      branding: { accent: '#1d4ed8', logo: null },
      allowedOrigins: ['https://app.example.com'],
      retention: { auditDays: 30 },
    })
    const logo = `data:image/png;base64,${Buffer.from('a picture').toString('base64')}`
    expect((await patch({ branding: { logo } })).body.branding).toEqual({ accent: '#1d4ed8', logo })
    for (const [body, field] of [
      [{ branding: { accent: '#ffee00' } }, 'branding.accent'],
      [{ branding: { logo: 'data:text/html;base64,PGI+' } }, 'branding.logo'],
      [{ allowedOrigins: ['app.example.com'] }, 'allowedOrigins.0'],
      [{ name: ' ' }, 'name'],
      [{ retention: { auditDays: 0 } }, 'retention.auditDays'],
    ] as const)
      expect((await patch(body)).body.details[0].field).toBe(field)
    await patch({ name: before.name, retention: { auditDays: null } })
  })

  it('loses API access on the next request, and only by a superadmin', async () => {
    const made = await call('POST /auth/create-key', {
      key: null,
      body: { user_name: 'Sub', user_email: 'sub@example.com' },
    })
    const key = made.body.data.api_key
    expect((await call('GET /api/v1/rooms', { key })).status).toBe(200)
    const { id } = (await call('GET /api/v1/organization', { key })).body
    const cookie = await asAdmin()
    const put = (apiAccess: boolean) =>
      call(`PATCH /api/v1/organizations/${id}`, { cookie, body: { apiAccess } })
    expect((await put(false)).body.apiAccess).toBe(false)
    expect(await call('GET /api/v1/rooms', { key })).toMatchObject({
      status: 403,
      body: { code: 'subscription_required' },
    })
    await put(true)
    expect((await call('GET /api/v1/rooms', { key })).status).toBe(200)
    const admin = await makeUser(parley, 'admin')
    for (const route of ['GET /api/v1/organizations', `PATCH /api/v1/organizations/${id}`])
      expect(
        (
          await call(route, {
            key: null,
            headers: admin.bearer,
            ...(route.startsWith('PATCH') ? { body: {} } : {}),
          })
        ).status,
      ).toBe(403)
    const all = (await call('GET /api/v1/organizations', { cookie })).body.organizations
    expect(all.find((one: { id: string }) => one.id === id)).toMatchObject({ users: 1, rooms: 0 })
  })

  it('is one of several that a user switches between, in this session only', async () => {
    const cookie = await asAdmin()
    const second = (await call('POST /api/v1/organizations', { cookie, body: { name: 'Second' } })).body
    const room = (await call('POST /api/v1/rooms', { cookie, body: { roomName: 'In the first' } })).body
    const turn = (organizationId: string) =>
      call('PUT /internal-api/v1/session/organization', { cookie, body: { organizationId } })
    expect((await turn(second.id)).body).toMatchObject({
      organization: { name: 'Second' },
      organizations: expect.arrayContaining([{ id: second.id, name: 'Second' }]),
    })
    expect((await call('GET /api/v1/rooms', { cookie })).body.rooms).toEqual([])
    expect((await call(`GET /api/v1/rooms/${room.roomId}`, { cookie })).status).toBe(404)
    expect((await call('GET /api/v1/users', { cookie })).body.users).toHaveLength(1)
    expect((await call(`GET /api/v1/rooms/${room.roomId}`, { cookie: await asAdmin() })).status).toBe(200)
    expect((await turn('org_of_somebody_else')).body.code).toBe('organization_not_found')
    const member = await makeUser(parley, 'room_manager')
    expect(
      (
        await call('PUT /internal-api/v1/session/organization', {
          key: null,
          headers: member.bearer,
          body: { organizationId: second.id },
        })
      ).status,
    ).toBe(404)
  })
})

describe('sessions', () => {
  it('are listed without their tokens, and ended one by one or all others at once', async () => {
    const user = await makeUser(parley, 'room_manager')
    const [here, there, third] = [
      await signInAs(parley, user.username, user.password),
      await signInAs(parley, user.username, user.password),
      await signInAs(parley, user.username, user.password),
    ]
    const listed = (await call('GET /api/v1/sessions', { cookie: here.cookie })).body.sessions
    expect(listed.map(({ kind }: { kind: string }) => kind).sort()).toEqual([
      'api',
      'browser',
      'browser',
      'browser',
    ])
    expect(listed.filter(({ isCurrent }: { isCurrent: boolean }) => isCurrent)).toHaveLength(1)
    const tokens = await parley.ctx.database.db.selectFrom('session').select('token').execute()
    for (const { token } of tokens) expect(JSON.stringify(listed)).not.toContain(token)
    const stranger = await asAdmin()
    const other = listed.find(({ kind }: { kind: string }) => kind === 'api')
    expect((await call(`DELETE /api/v1/sessions/${other.id}`, { cookie: stranger })).body.code).toBe(
      'session_not_found',
    )
    expect((await call('GET /api/v1/rooms', { key: null, headers: user.bearer })).status).toBe(200)
    expect((await call(`DELETE /api/v1/sessions/${other.id}`, { cookie: here.cookie })).status).toBe(200)
    expect((await call('GET /api/v1/rooms', { key: null, headers: user.bearer })).status).toBe(401)
    await call('DELETE /api/v1/sessions', { cookie: here.cookie })
    for (const [{ cookie }, status] of [
      [here, 200],
      [there, 401],
      [third, 401],
    ] as const)
      expect((await call('GET /api/v1/rooms', { cookie })).status).toBe(status)
  })

  it('hold cookies that are Secure on https, and none believes a header from anybody', async () => {
    const attempt = (at: TestParley, headers: Record<string, string>) =>
      at.call('POST /internal-api/v1/session', {
        key: null,
        headers,
        body: { login: ADMIN.username, password: ADMIN.password },
      })
    const line = (answer: Awaited<ReturnType<typeof attempt>>) =>
      answer.headers.getSetCookie().find((one) => one.includes('session_token')) ?? ''
    expect(line(await attempt(parley, { 'x-forwarded-proto': 'https' }))).toMatch(
      /HttpOnly.*SameSite=Lax.*Secure/i,
    )
    expect(line(await attempt(parley, {}))).not.toMatch(/Secure/i)
    const plain = await startParley()
    const secure = await startParley({ env: { PUBLIC_URL: 'https://meet.example.com' } })
    try {
      expect(line(await attempt(plain, { 'x-forwarded-proto': 'https' }))).not.toMatch(/Secure/i)
      expect(line(await attempt(secure, {}))).toMatch(/^__Secure-.*Secure/)
      const cookie = (await signInAs(plain, ADMIN.username, ADMIN.password)).cookie
      await attempt(plain, { 'x-forwarded-for': '6.6.6.6' })
      const { sessions } = (await plain.call('GET /api/v1/sessions', { cookie })).body
      expect(JSON.stringify(sessions)).not.toContain('6.6.6.6')
    } finally {
      await plain.stop()
      await secure.stop()
    }
  })
})

describe('signing in', () => {
  it('is throttled by address and by account', async () => {
    const limited = await startParley({ env: { RATE_LIMITS: '{}', TRUST_PROXY: '1' } })
    try {
      const attempt = (login: string, ip: string) =>
        limited.call('POST /internal-api/v1/session', {
          key: null,
          headers: { 'x-forwarded-for': ip },
          body: { login, password: 'not the one' },
        })
      const statuses: number[] = []
      for (let i = 0; i < 11; i++) statuses.push((await attempt('admin', `10.0.0.${i}`)).status)
      expect(statuses).toEqual([...Array<number>(10).fill(401), 429])
      expect((await attempt('nobody_at_all', '10.0.0.99')).status).toBe(401)
      for (let i = 0; i < 10; i++) await attempt(`somebody_${i}`, '10.0.1.1')
      const refused = await attempt('somebody_else', '10.0.1.1')
      expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    } finally {
      await limited.stop()
    }
  })

  it('takes as long for a user who is not there', async () => {
    const time = async (login: string) => {
      const startedAt = performance.now()
      await signInAs(parley, login, 'not the one')
      return performance.now() - startedAt
    }
    const median = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
    await time('warm_up')
    const known: number[] = []
    const unknown: number[] = []
    for (let i = 0; i < 7; i++) {
      known.push(await time('admin'))
      unknown.push(await time('nobody_here'))
    }
    // Without a hash it would be a tenth of it.
    expect(median(unknown)).toBeGreaterThan(median(known) * 0.5)
    expect(median(known)).toBeGreaterThan(median(unknown) * 0.5)
  })
})

describe('the audit log', () => {
  it('tells who did what, when, from where; by actor, action and time; also as CSV', async () => {
    const cookie = await asAdmin()
    const from = new Date(clock.now()).toISOString()
    const headers = { 'x-forwarded-for': '203.0.113.9' }
    await call('POST /api/v1/keys', { cookie, headers, body: { name: '=Formula, "quoted"' } })
    await call('POST /api/v1/rooms', { cookie, headers, body: { roomName: 'Audited' } })
    const user = await makeUser(parley, 'room_member')
    await call(`PUT /api/v1/users/${user.username}/role`, { cookie, headers, body: { role: 'admin' } })
    const read = async (query: string) =>
      (await call(`GET /api/v1/audit?from=${from}&${query}`, { cookie })).body.entries
    expect(await read('action=user.role_changed')).toMatchObject([
      {
        action: 'user.role_changed',
        actor: { type: 'session', name: 'admin' },
        target: user.username,
        ip: '203.0.113.9',
        details: { role: 'admin' },
      },
    ])
    const all = await read('maxItems=100')
    expect(all.map(({ action }: { action: string }) => action)).toEqual(
      expect.arrayContaining([
        'key.created',
        'room.created',
        'user.created',
        'session.created',
        'password.changed',
      ]),
    )
    expect((await read(`actor=${user.username}`)).map(({ action }: { action: string }) => action)).toEqual(
      expect.arrayContaining(['password.changed', 'session.created']),
    )
    expect((await read('action=key')).map(({ action }: { action: string }) => action)).toEqual([
      'key.created',
    ])
    expect(
      (await call(`GET /api/v1/audit?to=${from}&action=key`, { cookie })).body.entries,
    ).not.toContainEqual(expect.objectContaining({ target: all[0].target }))
    const page = (await call(`GET /api/v1/audit?from=${from}&maxItems=2`, { cookie })).body
    expect(page.entries).toHaveLength(2)
    const next = await call(
      `GET /api/v1/audit?from=${from}&maxItems=2&nextPageToken=${page.pagination.nextPageToken}`,
      { cookie },
    )
    expect(next.body.entries[0].id).toBe(all[2].id)

    const csv = await call(`GET /api/v1/audit?from=${from}&format=csv`, { cookie })
    expect(csv.headers.get('content-type')).toContain('text/csv')
    const lines = String(csv.body).trim().split('\r\n')
    expect(lines[0]).toBe('at,actorType,actorName,action,target,ip,details')
    expect(lines).toHaveLength(all.length + 1)
    expect(
      (
        await call('GET /api/v1/audit', {
          key: null,
          headers: (await makeUser(parley, 'room_manager')).bearer,
        })
      ).status,
    ).toBe(403)
  })

  it('forgets what the organization does not want to keep', async () => {
    await call('PATCH /api/v1/organization', { body: { retention: { auditDays: 1 } } })
    await parley.ctx.organizations.applyRetention()
    expect((await call('GET /api/v1/audit?action=key')).body.entries).not.toEqual([])
    clock.advance(2 * 24 * 3_600_000)
    await parley.ctx.organizations.applyRetention()
    expect((await call('GET /api/v1/audit?action=key')).body.entries).toEqual([])
  })
})

describe('npm run admin', () => {
  it('lists admins, gives one a password to change, and takes a second factor away, beside a running server', async () => {
    const lines: string[] = []
    const run = (...args: string[]) =>
      runAdminCommand(loadConfig(parley.env), args, (line) => void lines.push(line))
    await run('list')
    expect(lines.join('\n')).toMatch(/admin +superadmin +My organization/)
    const user = await makeUser(parley, 'admin')
    await run('reset-password', user.username)
    const password = /password (\S+)/.exec(lines.at(-1) ?? '')?.[1] ?? ''
    expect((await call('GET /api/v1/rooms', { key: null, headers: user.bearer })).status).toBe(401)
    expect((await logIn(parley, user.username, password)).body.mustChangePassword).toBe(true)
    await run('reset-2fa', user.username)
    expect(lines.at(-1)).toContain('without a second factor')
    for (const args of [[], ['list', 'x'], ['reset-password'], ['reset-password', 'a', 'b'], ['drop']])
      await expect(run(...args)).rejects.toThrow('Use: npm run admin')
    await expect(run('reset-2fa', 'nobody_here')).rejects.toThrow("There is no user 'nobody_here'")
  })
})
