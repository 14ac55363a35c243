import { dispose } from '@livekit/rtc-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { presentParticipants } from '../../server/meetings/lists.ts'
import { connect } from '../support/bots.ts'
import { eventually, startParley, type TestParley } from '../support/parley.ts'
import { logIn, makeUser, signInAs } from '../support/users.ts'

let parley: TestParley
let call: TestParley['call']
beforeAll(async () => {
  parley = await startParley()
  ;({ call } = parley)
})
afterAll(async () => {
  await parley.stop()
  await dispose()
})

const newUser = (userId: string, more: object = {}) =>
  call('POST /api/v1/users', {
    body: { userId, name: 'Ada', role: 'room_manager', password: 'secret', ...more },
  })
const asToken = (accessToken: string) => ({ key: null, headers: { authorization: `Bearer ${accessToken}` } })

describe('POST /users', () => {
  it('makes a user who must change the password at the first sign-in', async () => {
    const made = await newUser('ada_lovelace')
    expect(made.status).toBe(201)
    expect(made.headers.get('location')).toBe(`${parley.url}/api/v1/users/ada_lovelace`)
    expect(made.body).toEqual({
      userId: 'ada_lovelace',
      name: 'Ada',
      role: 'room_manager',
      registrationDate: expect.any(Number),
      roleUpdatedAt: made.body.registrationDate,
    })
    expect((await call('GET /api/v1/users/ada_lovelace')).body).toEqual(made.body)

    const login = await logIn(parley, 'ada_lovelace', 'secret')
    expect(login).toMatchObject({ status: 200, body: { mustChangePassword: true } })
    expect(login.body.message).toContain('password change is required')
    expect(login.body).not.toHaveProperty('refreshToken')
    const token = asToken(login.body.accessToken)
    expect((await call('GET /internal-api/v1/users/me', token)).body.userId).toBe('ada_lovelace')
    for (const route of ['GET /api/v1/rooms', 'GET /api/v1/organization', 'GET /api/v1/sessions'])
      expect(await call(route, token), route).toMatchObject({
        status: 403,
        body: { message: 'Password change required' },
      })
    const change = (body: object) => call('POST /internal-api/v1/users/change-password', { ...token, body })
    expect(await change({ currentPassword: 'wrong', newPassword: 'another one' })).toMatchObject({
      status: 400,
      body: { error: 'Change Password Error', message: 'Invalid current password' },
    })
    expect((await change({ currentPassword: 'secret', newPassword: 'secret' })).body.code).toBe(
      'password_unchanged',
    )
    const changed = await change({ currentPassword: 'secret', newPassword: 'another one' })
    expect(changed.status).toBe(200)
    expect(changed.body.message).toContain('changed successfully')
    expect((await call('GET /api/v1/rooms', asToken(changed.body.accessToken))).status).toBe(200)
    expect((await call('GET /internal-api/v1/users/me', token)).status).toBe(401)
  })

  it('names each fault in the body', async () => {
    const faults = async (body: object) => {
      const answer = await call('POST /api/v1/users', { body })
      expect(answer.status).toBe(422)
      expect(answer.body).toMatchObject({ error: 'Unprocessable Entity', message: 'Invalid request' })
      return Object.fromEntries(
        answer.body.details.map(({ field, message }: { field: string; message: string }) => [field, message]),
      )
    }
    expect(await faults({})).toEqual({
      userId: 'Required',
      name: 'Required',
      role: 'Required',
      password: 'Required',
    })
    expect(await faults({ userId: 'abcd', name: '', role: 'king', password: 'four' })).toEqual({
      userId: 'userId must be at least 5 characters long',
      name: 'name cannot be empty',
      role: expect.stringContaining("Expected 'admin' | 'room_manager' | 'room_member'"),
      password: 'password must be at least 5 characters long',
    })
    expect(await faults({ userId: 'a'.repeat(21), name: 'n'.repeat(51) })).toMatchObject({
      userId: 'userId cannot exceed 20 characters',
      name: 'name cannot exceed 50 characters',
    })
    expect(await faults({ userId: 'Ada-Lovelace' })).toMatchObject({
      userId: 'userId must contain only lowercase letters, numbers, and underscores',
    })
  })

  it('refuses a name that is taken, however many ask at once', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => newUser('taken_once')))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409])
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      error: 'User Error',
      message: expect.stringContaining('already exists'),
    })
  })
})

describe('GET /users', () => {
  it('pages, sorts and filters: userId and name are alternatives, the role is demanded', async () => {
    for (const [userId, name, role] of [
      ['list_one', 'Listed Anna', 'room_member'],
      ['list_two', 'Listed Bert', 'admin'],
      ['list_three', 'Listed Carl', 'room_member'],
    ] as const)
      expect((await newUser(userId, { name, role })).status).toBe(201)
    const ids = async (query: string) =>
      (await call(`GET /api/v1/users?${query}`)).body.users.map(({ userId }: { userId: string }) => userId)
    const listed = 'name=Listed&nameMatchMode=prefix'
    expect(await ids(listed)).toEqual(['list_three', 'list_two', 'list_one'])
    expect(await ids(`${listed}&sortField=name&sortOrder=asc`)).toEqual([
      'list_one',
      'list_two',
      'list_three',
    ])
    expect(await ids(`${listed}&role=room_member`)).toEqual(['list_three', 'list_one'])
    expect(await ids('userId=list_two&name=Listed%20Anna')).toEqual(['list_two', 'list_one'])
    expect(await ids('userId=list_two&name=Listed%20Anna&role=admin')).toEqual(['list_two'])
    expect(await ids('name=%5EListed%20%5BAC%5D&nameMatchMode=regex&userId=list_two')).toEqual([
      'list_three',
      'list_two',
      'list_one',
    ])
    expect(await ids('userId=nobody_here')).toEqual([])
    const seen: string[] = []
    let nextPageToken = ''
    do {
      const { body } = await call(
        `GET /api/v1/users?maxItems=2&sortField=name&sortOrder=asc&nextPageToken=${nextPageToken}`,
      )
      seen.push(...body.users.map(({ name }: { name: string }) => name))
      expect(body.pagination.isTruncated).toBe(body.pagination.nextPageToken !== undefined)
      nextPageToken = body.pagination.nextPageToken ?? ''
    } while (nextPageToken !== '')
    expect(seen.length).toBeGreaterThan(4)
    expect(new Set(seen).size).toBeLessThanOrEqual(seen.length)
    expect((await call('GET /api/v1/users?nextPageToken=forged')).status).toBe(422)
    expect((await call('GET /api/v1/users?name=%5B&nameMatchMode=regex')).body.details[0].message).toBe(
      'Invalid regular expression pattern',
    )
  })

  it('is for managers and admins; a room member is refused', async () => {
    const member = await makeUser(parley, 'room_member')
    const manager = await makeUser(parley, 'room_manager')
    for (const route of ['GET /api/v1/users', 'GET /api/v1/users/admin']) {
      expect((await call(route, { key: null, headers: manager.bearer })).status, route).toBe(200)
      expect(await call(route, { key: null, headers: member.bearer }), route).toMatchObject({
        status: 403,
        body: { error: 'Authorization Error', message: 'Insufficient permissions' },
      })
    }
    expect((await call('GET /api/v1/users/not_there')).body).toMatchObject({
      error: 'User Error',
      message: expect.stringContaining('not found'),
    })
  })
})

describe('what nobody may do to a user', () => {
  it('is told in the contract’s order: own before root for passwords, root before own for the rest', async () => {
    const boss = await makeUser(parley, 'admin')
    const asBoss = (route: string, body?: object) =>
      call(route, { key: null, headers: boss.bearer, ...(body === undefined ? {} : { body }) })
    for (const [answer, message] of [
      [
        await call('PUT /api/v1/users/admin/password', { body: { newPassword: 'secret' } }),
        'Cannot reset your own password',
      ],
      [
        await asBoss('PUT /api/v1/users/admin/password', { newPassword: 'secret' }),
        'Cannot reset password for the root admin user',
      ],
      [
        await call('PUT /api/v1/users/admin/role', { body: { role: 'room_member' } }),
        'Cannot change the role of the root admin user',
      ],
      [
        await asBoss(`PUT /api/v1/users/${boss.username}/role`, { role: 'room_member' }),
        'Cannot change your own role',
      ],
      [await call('DELETE /api/v1/users/admin'), 'Cannot delete the root admin user'],
      [await asBoss(`DELETE /api/v1/users/${boss.username}`), 'Cannot delete your own account'],
    ] as const)
      expect(answer).toMatchObject({ status: 403, body: { error: 'User Error', message } })
    expect(
      (await call('PUT /api/v1/users/not_there/password', { body: { newPassword: 'secret' } })).status,
    ).toBe(404)
    expect(
      (await call('PUT /api/v1/users/admin/password', { body: { newPassword: 'four' } })).body.details,
    ).toEqual([{ field: 'newPassword', message: 'New password must be at least 5 characters long' }])
  })
})

describe('a reset password', () => {
  it('leaves the user nothing but to change it', async () => {
    const user = await makeUser(parley, 'room_manager')
    const console_ = await signInAs(parley, user.username, user.password)
    const reset = await call(`PUT /api/v1/users/${user.username}/password`, {
      body: { newPassword: 'given' },
    })
    expect(reset.status).toBe(200)
    expect(reset.body.message).toContain('reset successfully')
    expect(reset.body.message).toContain('must change password on next login')
    expect(await call('GET /api/v1/rooms', { key: null, headers: user.bearer })).toMatchObject({
      status: 403,
      body: { message: 'Password change required' },
    })
    expect((await call('GET /api/v1/rooms', { cookie: console_.cookie })).status).toBe(401)
    expect((await logIn(parley, user.username, user.password)).status).toBe(404)
    const again = await signInAs(parley, user.username, 'given')
    expect(again.body.mustChangePassword).toBe(true)
    expect((await call('GET /api/v1/rooms', { cookie: again.cookie })).status).toBe(403)
    const own = await call('PUT /internal-api/v1/session/password', {
      cookie: again.cookie,
      body: { currentPassword: 'given', newPassword: 'a whole new one' },
    })
    expect(own).toMatchObject({ status: 200, body: { mustChangePassword: false } })
    expect((await call('GET /api/v1/rooms', { cookie: again.cookie })).status).toBe(200)
    expect((await call('GET /api/v1/rooms', { key: null, headers: user.bearer })).status).toBe(401)
  })
})

describe('a role', () => {
  it('that is lowered ends sessions and tokens, and gives the rooms to the root admin', async () => {
    const user = await makeUser(parley, 'room_manager')
    const { cookie } = await signInAs(parley, user.username, user.password)
    const room = (await call('POST /api/v1/rooms', { key: null, headers: user.bearer, body: {} })).body
    expect(room.owner).toBe(user.username)
    const put = (role: string) => call(`PUT /api/v1/users/${user.username}/role`, { body: { role } })
    const before = (await call(`GET /api/v1/users/${user.username}`)).body
    expect((await put('room_manager')).body).toEqual(before)
    expect((await call('GET /api/v1/rooms', { cookie })).status).toBe(200)

    const lowered = await put('room_member')
    expect(lowered.body).toMatchObject({ role: 'room_member' })
    expect(lowered.body.roleUpdatedAt).toBeGreaterThan(before.roleUpdatedAt)
    expect((await call(`GET /api/v1/rooms/${room.roomId}`)).body.owner).toBe('admin')
    expect(await call('GET /api/v1/rooms', { key: null, headers: user.bearer })).toMatchObject({
      status: 401,
      body: { message: 'Invalid token' },
    })
    expect((await call('GET /api/v1/rooms', { cookie })).status).toBe(401)
    expect(
      await call('POST /internal-api/v1/auth/refresh', {
        key: null,
        headers: { 'x-refresh-token': `Bearer ${user.refreshToken}` },
      }),
    ).toMatchObject({ status: 400, body: { message: 'Invalid refresh token' } })
  })

  it('that is raised to admin ends memberships, and reaches a running meeting at once', async () => {
    const user = await makeUser(parley, 'room_member')
    const room = (await call('POST /api/v1/rooms', { body: {} })).body
    await call(`POST /api/v1/rooms/${room.roomId}/members`, {
      body: { userId: user.username, baseRole: 'speaker' },
    })
    const asked = await call(`POST /internal-api/v1/rooms/${room.roomId}/members/token`, {
      key: null,
      headers: user.bearer,
      body: { joinMeeting: true },
    })
    const bot = await connect(parley, asked.body.token)
    try {
      await eventually(
        'being in the meeting',
        () => presentParticipants(parley.ctx.database.db, room.roomId),
        (all) => all.length === 1,
      )
      await call(`PUT /api/v1/users/${user.username}/role`, { body: { role: 'admin' } })
      const members = await call(`GET /api/v1/rooms/${room.roomId}/members`)
      expect(members.body.members).toEqual([])
      expect(await presentParticipants(parley.ctx.database.db, room.roomId)).toMatchObject([
        { badge: 'admin' },
      ])
      // The token from before speaks of a role that is no more.
      expect((await call(`GET /api/v1/rooms/${room.roomId}`, { token: asked.body.token })).status).toBe(401)
    } finally {
      await bot.leave()
    }
  })
})

describe('DELETE /users', () => {
  it('takes the user out of everything, and their tokens name nobody', async () => {
    const user = await makeUser(parley, 'room_manager')
    const { cookie } = await signInAs(parley, user.username, user.password)
    const own = (await call('POST /api/v1/rooms', { key: null, headers: user.bearer, body: {} })).body
    const joined = (await call('POST /api/v1/rooms', { body: {} })).body
    await call(`POST /api/v1/rooms/${joined.roomId}/members`, {
      body: { userId: user.username, baseRole: 'moderator' },
    })
    const asked = await call(`POST /internal-api/v1/rooms/${own.roomId}/members/token`, {
      key: null,
      headers: user.bearer,
      body: { joinMeeting: true },
    })
    const bot = await connect(parley, asked.body.token)
    await eventually(
      'being in the meeting',
      () => presentParticipants(parley.ctx.database.db, own.roomId),
      (all) => all.length === 1,
    )
    const deleted = await call(`DELETE /api/v1/users/${user.username}`)
    expect(deleted.status).toBe(200)
    expect(deleted.body.message).toContain('deleted successfully')
    expect(deleted.body.message).toContain(user.username)
    await bot.disconnected
    expect((await call(`GET /api/v1/rooms/${own.roomId}`)).body.owner).toBe('admin')
    expect((await call(`GET /api/v1/rooms/${joined.roomId}/members`)).body.members).toEqual([])
    expect(await call('GET /api/v1/rooms', { key: null, headers: user.bearer })).toMatchObject({
      status: 403,
      body: { error: 'Authorization Error', message: 'Invalid token subject' },
    })
    expect((await call('GET /api/v1/rooms', { cookie })).status).toBe(401)
    expect((await call(`GET /api/v1/rooms/${own.roomId}`, { token: asked.body.token })).status).toBe(401)
    expect(
      (
        await call('POST /internal-api/v1/auth/refresh', {
          key: null,
          headers: { 'x-refresh-token': `Bearer ${user.refreshToken}` },
        })
      ).status,
    ).toBe(403)
    expect((await call(`DELETE /api/v1/users/${user.username}`)).status).toBe(404)
  })

  it('in bulk tells what came of each', async () => {
    for (const userId of ['bulk_one', 'bulk_two', 'bulk_three']) await newUser(userId)
    expect((await call('DELETE /api/v1/users?userIds=bulk_one,%20bulk_two,,bulk_one')).body).toEqual({
      message: 'All users deleted successfully',
      deleted: ['bulk_one', 'bulk_two'],
      failed: [],
    })
    expect(await call('DELETE /api/v1/users?userIds=bulk_three,admin,not_there')).toMatchObject({
      status: 400,
      body: {
        message: '2 user(s) could not be deleted',
        deleted: ['bulk_three'],
        failed: [
          { userId: 'admin', error: 'Cannot delete the root admin user' },
          { userId: 'not_there', error: 'User not found' },
        ],
      },
    })
    for (const query of ['', '?userIds=', '?userIds=,%20,'])
      expect((await call(`DELETE /api/v1/users${query}`)).body.details[0].message).toBe(
        'At least one userId is required',
      )
  })
})

describe('rooms', () => {
  it('are out of a room member’s hands, before anything else is looked at', async () => {
    const member = await makeUser(parley, 'room_member')
    const manager = await makeUser(parley, 'room_manager')
    const room = (await call('POST /api/v1/rooms', { body: { access: { user: { enabled: true } } } })).body
    const as = (who: typeof member, route: string, body?: object) =>
      call(route, { key: null, headers: who.bearer, ...(body === undefined ? {} : { body }) })
    for (const route of [
      'POST /api/v1/rooms',
      'DELETE /api/v1/rooms?roomIds=x',
      'DELETE /api/v1/rooms/not-there',
      'PUT /api/v1/rooms/not-there/config',
      'PUT /api/v1/rooms/not-there/status',
      'PUT /api/v1/rooms/not-there/roles',
      'PUT /api/v1/rooms/not-there/access',
      'POST /api/v1/rooms/not-there/members',
      'GET /api/v1/rooms/not-there/members',
      'GET /api/v1/rooms/not-there/members/x',
    ])
      expect(
        await as(member, route, route.startsWith('GET') ? undefined : { status: 7 }),
        route,
      ).toMatchObject({
        status: 403,
        body: { error: 'Authorization Error', message: 'Insufficient permissions' },
      })
    expect((await as(manager, 'PUT /api/v1/rooms/not-there/status', { status: 'open' })).status).toBe(404)
    expect(
      (await as(manager, `PUT /api/v1/rooms/${room.roomId}/status`, { status: 'closed' })).body,
    ).toMatchObject({
      error: 'Authorization Error',
      message: 'Insufficient permissions to access this resource',
    })
    const bulk = await as(manager, `DELETE /api/v1/rooms?roomIds=${room.roomId}`)
    expect(bulk.body.failed).toEqual([
      { roomId: room.roomId, error: 'Authorization Error', message: expect.any(String) },
    ])
    expect((await as(member, `GET /api/v1/rooms/${room.roomId}`)).body).not.toHaveProperty('moderatorUrl')
    const listed = (await as(member, 'GET /api/v1/rooms?userAccess=true')).body.rooms
    expect(listed.map(({ roomId }: { roomId: string }) => roomId)).toContain(room.roomId)
    for (const query of ['owner=admin', `member=${manager.username}`])
      expect((await as(member, `GET /api/v1/rooms?${query}`)).status, query).toBe(403)
  })
})
