import { hashPassword, verifyPassword } from 'better-auth/crypto'
import type { Database, Db } from '../db/open.ts'
import { Unauthorized } from '../errors.ts'
import type { TwoFactor } from './two-factor.ts'
import { listMemberships } from './store.ts'
import { findPassword, findUserByLogin, type UserRow } from './user-store.ts'

interface Options {
  database: Database
  twoFactor: TwoFactor
}

export interface Credentials {
  /** Username or e-mail. */
  login: string
  password: string
  /** TOTP or recovery code, for who has a second factor. */
  code?: string | undefined
}

/** Makes sure of a user by password and second factor. */
export class SignIn {
  readonly #db: Db
  readonly #twoFactor: TwoFactor
  /** What a password is compared with where there is none, so that nobody learns by the time it takes. */
  #nobodysHash: Promise<string> | undefined

  constructor(options: Options) {
    this.#db = options.database.db
    this.#twoFactor = options.twoFactor
  }

  /**
   * The user behind the credentials. Throws Unauthorized `sign_in_failed`, alike and after the same time for an unknown
   * user, one without a password or organization, and a wrong password; then what {@link TwoFactor.demand} throws.
   */
  async check({ login, password, code }: Credentials): Promise<UserRow> {
    const user = await findUserByLogin(this.#db, login)
    const hash = user === undefined ? null : await findPassword(this.#db, user.id)
    this.#nobodysHash ??= hashPassword('nobody has this password')
    const isRight = await verifyPassword({ hash: hash ?? (await this.#nobodysHash), password })
    if (user === undefined || hash === null || !isRight) throw failed()
    if ((await listMemberships(this.#db, user.id)).length === 0) throw failed()
    await this.#twoFactor.demand(user.id, code)
    return user
  }

  /** Whether this is the user's password now. */
  async isPassword(userId: string, password: string): Promise<boolean> {
    const hash = await findPassword(this.#db, userId)
    return hash !== null && (await verifyPassword({ hash, password }))
  }
}

const failed = () => new Unauthorized('sign_in_failed', 'Wrong user name or password')
