import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { holdsPermission, type KeyPermission } from '../../server/http/caller.ts'
import type { AnyEndpoint } from '../../server/http/endpoint.ts'
import { endpoints } from '../../server/endpoints.ts'
import { findUserByLogin, updateUser } from '../../server/accounts/user-store.ts'
import type { Permission } from '../../server/rooms/permissions.ts'
import { askToken, claimsOf, secretOf } from '../support/bots.ts'
import { CALLERS } from '../support/caller-table.ts'
import { ADMIN, startParley, type TestParley } from '../support/parley.ts'
import { logIn, makeUser, signInAs, signInSelfMade } from '../support/users.ts'

const all: readonly AnyEndpoint[] = endpoints
const nameOf = ({ method, path }: AnyEndpoint) => `${method} ${path}`

/** What a row of the table says. */
function rowOf(one: AnyEndpoint) {
  const words = (CALLERS[nameOf(one)] ?? '').split(' ')
  const after = (prefix: string) =>
    words.find((word) => word.startsWith(`${prefix}:`))?.slice(prefix.length + 1)
  return {
    key: after('key'),
    user: after('user'),
    app: after('app'),
    participant: words.includes('participant') ? (true as const) : after('participant'),
    isForAnybody: words.includes('anybody'),
    isOptional: words.includes('optional'),
    isForced: words.includes('forced'),
  }
}
type Row = ReturnType<typeof rowOf>

/** `through`: the endpoint itself answers; `none`: 401; else the text of a 403. */
type Outcome = 'through' | 'none' | RegExp

interface Caller {
  name: string
  headers: Record<string, string>
  expected: (row: Row) => Outcome
}

const unlooked = (row: Row): Outcome => (row.isForAnybody ? 'through' : 'none')
const ROLES = ['member', 'manager', 'admin', 'superadmin']

const byKey = (permissions: KeyPermission[]) => (row: Row) =>
  row.key === undefined
    ? unlooked(row)
    : holdsPermission(permissions, row.key as KeyPermission)
      ? 'through'
      : /This key may not do that/
const byUser = (role: string) => (row: Row) =>
  row.user === undefined
    ? unlooked(row)
    : ROLES.indexOf(role) >= ROLES.indexOf(row.user)
      ? 'through'
      : /^Insufficient permissions$/
const byForced = (row: Row) =>
  row.user === undefined
    ? unlooked(row)
    : row.isForced || row.isOptional
      ? 'through'
      : /^Password change required$/
const byParticipant = (held: Record<string, boolean>) => (row: Row) =>
  row.participant === undefined
    ? unlooked(row)
    : row.participant === true || held[row.participant] === true
      ? 'through'
      : /^Insufficient permissions to access this resource$/

let parley: TestParley
let callers: Caller[] = []
let roomId = ''
beforeAll(async () => {
  parley = await startParley({ env: { SELF_SERVICE_KEYS: 'open' } })
  const { call } = parley
  const keyOf = async (body: object) =>
    (await call('POST /api/v1/keys', { body: { name: 'matrix', ...body } })).body.key as string
  const room = (await call('POST /api/v1/rooms', { body: {} })).body
  ;({ roomId } = room)
  const participant = async (url: string) => {
    const { body } = await askToken(parley, roomId, { secret: secretOf(url) })
    const held = claimsOf(body.token).metadata.permissions as Record<Permission, boolean>
    return { headers: { 'x-room-member-token': `Bearer ${body.token}` }, expected: byParticipant(held) }
  }
  const key = async (name: string, permissions: KeyPermission[], environment = 'live') => ({
    name,
    headers: { 'x-api-key': await keyOf({ permissions, environment }) },
    expected: byKey(permissions),
  })
  const cookie = async (username: string, password: string) => ({
    cookie: (await signInAs(parley, username, password)).cookie,
    origin: parley.url,
  })
  const users: Caller[] = []
  for (const [openVidu, role] of [
    ['room_member', 'member'],
    ['room_manager', 'manager'],
    ['admin', 'admin'],
  ] as const) {
    const [one, other] = [await makeUser(parley, openVidu), await makeUser(parley, openVidu)]
    users.push(
      { name: `${role} by access token`, headers: one.bearer, expected: byUser(role) },
      {
        name: `${role} by cookie`,
        headers: await cookie(other.username, other.password),
        expected: byUser(role),
      },
    )
  }
  // Each ends its user's other sessions, so no two belong to one user.
  const second = await makeUser(parley, 'admin')
  const { db } = parley.ctx.database
  await updateUser(db, (await findUserByLogin(db, second.username))?.id ?? '', { isSuperadmin: true })
  for (const userId of ['fresh_user', 'fresh_too'])
    await call('POST /api/v1/users', {
      body: { userId, name: 'Fresh', role: 'admin', password: 'secret' },
    })
  const fresh = await logIn(parley, 'fresh_user', 'secret')
  const foreign = await call('POST /auth/create-key', {
    key: null,
    body: { user_name: 'Eve', user_email: 'eve@example.com' },
  })
  callers = [
    { name: 'nobody', headers: {}, expected: unlooked },
    await key('a key that reads', ['read']),
    await key('a key that writes', ['write']),
    await key('a key of everything', ['admin']),
    await key('a test key of everything', ['admin'], 'test'),
    {
      name: 'a key as bearer',
      headers: { authorization: `Bearer ${await keyOf({ permissions: ['read'] })}` },
      expected: byKey(['read']),
    },
    {
      name: 'a key of another organization',
      headers: { 'x-api-key': foreign.body.data.api_key },
      expected: byKey(['admin']),
    },
    {
      name: 'an admin of another organization',
      headers: { cookie: await signInSelfMade(parley, 'eve@example.com'), origin: parley.url },
      expected: byUser('admin'),
    },
    ...users,
    {
      name: 'the superadmin by access token',
      headers: second.bearer,
      expected: byUser('superadmin'),
    },
    {
      name: 'the superadmin by cookie',
      headers: await cookie(ADMIN.username, ADMIN.password),
      expected: byUser('superadmin'),
    },
    {
      name: 'who has to change the password, by access token',
      headers: { authorization: `Bearer ${fresh.body.accessToken}` },
      expected: byForced,
    },
    {
      name: 'who has to change the password, by cookie',
      headers: await cookie('fresh_too', 'secret'),
      expected: byForced,
    },
    { name: 'a moderator', ...(await participant(room.moderatorUrl)) },
    { name: 'a speaker', ...(await participant(room.speakerUrl)) },
    { name: 'a reader of recordings', ...(await participant(room.access.anonymous.recording.url)) },
  ]
})
afterAll(() => parley.stop())

/** These end what the caller holds, so they come last and in this order. */
const ENDS = [
  'delete /api/v1/sessions',
  'delete /internal-api/v1/session',
  'post /internal-api/v1/auth/logout',
]
/** A participant sees only themselves there, and these are no members. */
const OWN_ONLY = new Set(['get /api/v1/rooms/:roomId/members/:memberId'])
const AT_ONCE = 8

async function ask(one: AnyEndpoint, headers: Record<string, string>) {
  // A participant has no other room than their own.
  const { key, user, participant } = rowOf(one)
  const isOfMeeting = participant !== undefined && key === undefined && user === undefined
  const path = one.path
    .replace(':roomId', isOfMeeting ? roomId : 'room-aaaaaaaaaaaaaaa')
    .replace(':recordingId', 'room-a--EG_x--abcdefghij')
    .replace(/:\w+/g, 'somebody')
  const abort = new AbortController()
  const answer = await fetch(parley.url + path, {
    method: one.method.toUpperCase(),
    redirect: 'manual',
    signal: abort.signal,
    headers: { ...headers, ...(one.body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(one.body === undefined ? {} : { body: '{}' }),
  })
  // Server-sent events never end.
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true
  const text = isStream ? '' : await answer.text()
  abort.abort()
  return { status: answer.status, text }
}

describe('every endpoint', () => {
  it('has a row in the table of callers, and no row is left over', () => {
    expect(Object.keys(CALLERS).sort()).toEqual([...new Set(all.map(nameOf))].sort())
  })

  it.each(all.map((one) => [nameOf(one), one] as const))(
    'asks of its callers what its row says: %s',
    (_, one) => {
      const { needs, scope } = one
      expect(rowOf(one)).toEqual({
        key: needs.key,
        user: needs.session,
        app: scope,
        participant: needs.roomMember,
        isForAnybody: needs.anonymous === true,
        isOptional: needs.isSessionOptional === true,
        isForced: needs.duringPasswordChange === true,
      })
    },
  )

  it('lets through whom its row names, and nobody else', async () => {
    const faults: string[] = []
    const check = async ({ name, headers, expected }: Caller, one: AnyEndpoint) => {
      const row = rowOf(one)
      const wanted = expected(row)
      const { status, text } = await ask(one, headers)
      const message = /"message":"([^"]*)"/.exec(text)?.[1] ?? ''
      // Where anybody may call, the endpoint itself may still ask for a secret.
      const mayRefuse = row.isForAnybody || (row.participant === true && OWN_ONLY.has(nameOf(one)))
      const isRight =
        wanted === 'none'
          ? status === 401
          : wanted === 'through'
            ? status < 500 && (mayRefuse || (status !== 401 && status !== 403))
            : status === 403 && wanted.test(message)
      if (!isRight) faults.push(`${name}, ${nameOf(one)}: wanted ${String(wanted)}, got ${status} ${message}`)
    }
    const lasting = all.filter((one) => !ENDS.includes(nameOf(one)))
    for (const caller of callers) {
      for (let i = 0; i < lasting.length; i += AT_ONCE)
        await Promise.all(lasting.slice(i, i + AT_ONCE).map((one) => check(caller, one)))
      for (const name of ENDS)
        for (const one of all.filter((each) => nameOf(each) === name)) await check(caller, one)
    }
    expect(faults).toEqual([])
    expect(callers.length * all.length).toBeGreaterThan(2000)
    // Some 3,600 requests: seconds on a machine of its own, minutes on a busy one.
  }, 300_000)

  it('of a session changes nothing on behalf of another site', async () => {
    const { cookie } = await signInAs(parley, ADMIN.username, ADMIN.password)
    const changing = all.filter(({ method, needs }) => method !== 'get' && needs.session !== undefined)
    expect(changing.length).toBeGreaterThan(50)
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      {},
    ]
    for (const one of changing)
      for (const from of foreign) {
        const { status, text } = await ask(one, { cookie, ...from })
        // Where a session is optional, the request goes on as nobody's.
        if (one.needs.isSessionOptional === true) expect(status, nameOf(one)).toBeLessThan(500)
        else expect([status, text.includes('foreign_site')], nameOf(one)).toEqual([403, true])
      }
    expect((await parley.call('GET /internal-api/v1/session', { cookie })).status).toBe(200)
  })
})
