import { hashPassword } from 'better-auth/crypto'
import { findUserByLogin, putPassword } from '../../server/accounts/user-store.ts'
import type { TestParley } from './parley.ts'

export type OpenViduRole = 'admin' | 'room_manager' | 'room_member'

export interface TestUser {
  username: string
  password: string
  /** Headers of their access token. */
  bearer: { authorization: string }
  refreshToken: string
}

let count = 0

/** The cookies of an answer, as the next request sends them. */
export const cookieOf = (headers: Headers): string =>
  headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')

/** Makes a user of the first organization, who has chosen a password of their own and holds tokens. */
export async function makeUser(parley: TestParley, role: OpenViduRole, name = 'Pia'): Promise<TestUser> {
  count += 1
  const username = `${role}_${count}`.slice(0, 20)
  const made = await parley.call('POST /api/v1/users', {
    body: { userId: username, name, role, password: 'given by the admin' },
  })
  if (made.status !== 201) throw new Error(`no user: ${JSON.stringify(made.body)}`)
  const { body: first } = await logIn(parley, username, 'given by the admin')
  const password = `own password ${count}`
  const changed = await parley.call('POST /internal-api/v1/users/change-password', {
    key: null,
    headers: { authorization: `Bearer ${first.accessToken}` },
    body: { currentPassword: 'given by the admin', newPassword: password },
  })
  if (changed.status !== 200) throw new Error(`no own password: ${JSON.stringify(changed.body)}`)
  const { accessToken, refreshToken } = changed.body
  return { username, password, bearer: { authorization: `Bearer ${accessToken}` }, refreshToken }
}

/** OpenVidu's login. */
export const logIn = (parley: TestParley, userId: string, password: string, more: object = {}) =>
  parley.call('POST /internal-api/v1/auth/login', { key: null, body: { userId, password, ...more } })

/** Signs in to the console; the answer and the cookie header. */
export async function signInAs(parley: TestParley, login: string, password: string, more: object = {}) {
  const answer = await parley.call('POST /internal-api/v1/session', {
    key: null,
    body: { login, password, ...more },
  })
  return { ...answer, cookie: cookieOf(answer.headers) }
}

/** A session of a self-service user, who is given a password for it. */
export async function signInSelfMade(parley: TestParley, email: string): Promise<string> {
  const { db } = parley.ctx.database
  const user = await findUserByLogin(db, email)
  if (user === undefined) throw new Error(`nobody has the address ${email}`)
  await putPassword(db, Date.now(), user.id, await hashPassword('chosen by the test'))
  return (await signInAs(parley, email, 'chosen by the test')).cookie
}
