import { createHash, randomBytes, randomInt } from 'node:crypto'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import { type Database, type Db, needsRowLocks } from '../db/open.ts'
import { BadRequest, Conflict, Forbidden, TooManyRequests, Unauthorized } from '../errors.ts'
import type { SessionCaller } from '../http/caller.ts'
import type { Vault } from '../vault.ts'
import { matchTotp, otpauthUrl, base32 } from './totp.ts'

export interface TwoFactorTable {
  userId: string
  /** The shared secret, sealed for this user. */
  secret: string
  createdAt: number
  /** null until a first code has shown that the app knows the secret. */
  confirmedAt: number | null
  /** The last step a code was accepted for: it counts once (RFC 6238 section 5.2). */
  lastStep: number
  failures: number
  lockedUntil: number | null
}

export interface RecoveryCodeTable {
  userId: string
  /** SHA-256 of the code, hex. */
  hash: string
  usedAt: number | null
}

const SECRET_BYTES = 20
const RECOVERY_CODES = 10
const MAX_FAILURES = 10
const LOCK_MS = 15 * 60_000
/** No 0, 1, i, l, o: read off paper. */
const RECOVERY_LETTERS = '23456789abcdefghjkmnpqrstuvwxyz'

interface Options {
  database: Database
  clock: Clock
  vault: Vault
}

/** Second factor: codes of an authenticator app, and recovery codes for who has lost it. */
export class TwoFactor {
  readonly #db: Db
  readonly #clock: Clock
  readonly #vault: Vault

  constructor(options: Options) {
    this.#db = options.database.db
    this.#clock = options.clock
    this.#vault = options.vault
  }

  /** Whether the user has to give a code, and how many recovery codes are left. */
  async state(userId: string): Promise<{ isEnabled: boolean; recoveryCodesLeft: number }> {
    const row = await this.#find(this.#db, userId)
    if (row?.confirmedAt == null) return { isEnabled: false, recoveryCodesLeft: 0 }
    const { left } = await this.#db
      .selectFrom('recoveryCode')
      .select((eb) => eb.fn.countAll<number>().as('left'))
      .where('userId', '=', userId)
      .where('usedAt', 'is', null)
      .executeTakeFirstOrThrow()
    return { isEnabled: true, recoveryCodesLeft: left }
  }

  /** Which of these users have it. */
  async enabledAmong(userIds: string[]): Promise<Set<string>> {
    if (userIds.length === 0) return new Set()
    const rows = await this.#db
      .selectFrom('twoFactor')
      .select('userId')
      .where('userId', 'in', userIds)
      .where('confirmedAt', 'is not', null)
      .execute()
    return new Set(rows.map(({ userId }) => userId))
  }

  /** A new secret to put into an app; nothing changes before {@link confirm}. Throws Conflict when it is on already. */
  async begin(caller: SessionCaller, issuer: string): Promise<{ secret: string; url: string }> {
    const secret = randomBytes(SECRET_BYTES)
    const sealed = this.#vault.seal(secret.toString('base64url'), caller.userId)
    const row = { secret: sealed, createdAt: this.#clock.now(), lastStep: 0 }
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('twoFactor')
      .values({ userId: caller.userId, ...row, confirmedAt: null, failures: 0, lockedUntil: null })
      .onConflict((conflict) =>
        conflict.column('userId').doUpdateSet(row).where('twoFactor.confirmedAt', 'is', null),
      )
      .executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows !== 1n)
      throw new Conflict('two_factor_enabled', 'Two-factor sign-in is on already: switch it off first')
    return { secret: base32(secret), url: otpauthUrl(issuer, caller.username, secret) }
  }

  /**
   * Switches it on with a first code of the app. Returns the recovery codes, which are shown this once. Throws
   * BadRequest `two_factor_code_wrong` for a wrong code, Conflict when nothing was begun.
   */
  async confirm(caller: SessionCaller, code: string, ip: string): Promise<string[]> {
    const now = this.#clock.now()
    return this.#db.transaction().execute(async (tx) => {
      const row = await this.#lock(tx, caller.userId)
      if (row === undefined || row.confirmedAt !== null)
        throw new Conflict('two_factor_not_begun', 'Begin to set up two-factor sign-in first')
      const step = this.#match(row, code, now)
      if (step === null)
        throw new BadRequest(
          'two_factor_code_wrong',
          'That code is not right: enter the one that your app shows now',
        )
      await tx
        .updateTable('twoFactor')
        .set({ confirmedAt: now, lastStep: step, failures: 0, lockedUntil: null })
        .where('userId', '=', caller.userId)
        .execute()
      await audit(tx, now, { orgId: caller.orgId, caller, action: 'two_factor.enabled', ip })
      return this.#newRecoveryCodes(tx, caller.userId)
    })
  }

  /** New recovery codes; the old ones count no more. Throws what {@link demand} does. */
  async renewRecoveryCodes(caller: SessionCaller, code: string, ip: string): Promise<string[]> {
    await this.demand(caller.userId, code)
    return this.#db.transaction().execute(async (tx) => {
      await audit(tx, this.#clock.now(), {
        orgId: caller.orgId,
        caller,
        action: 'two_factor.codes_renewed',
        ip,
      })
      return this.#newRecoveryCodes(tx, caller.userId)
    })
  }

  /** Switches it off, with a code. Throws what {@link demand} does. */
  async disable(caller: SessionCaller, code: string, ip: string): Promise<void> {
    await this.demand(caller.userId, code)
    await this.#db.transaction().execute(async (tx) => {
      await removeTwoFactor(tx, caller.userId)
      await audit(tx, this.#clock.now(), {
        orgId: caller.orgId,
        caller,
        action: 'two_factor.disabled',
        ip,
      })
    })
  }

  /**
   * Lets pass who has no second factor, and who gives a code that was not used before. Throws Forbidden
   * `two_factor_required` without a code, Unauthorized `two_factor_failed` for a wrong one, and after ten of these
   * TooManyRequests `two_factor_locked` for 15 minutes.
   */
  async demand(userId: string, code: string | undefined): Promise<void> {
    if ((await this.#find(this.#db, userId))?.confirmedAt == null) return
    if (code === undefined)
      throw new Forbidden('two_factor_required', 'Enter the code that your authenticator app shows')
    const now = this.#clock.now()
    const isRight = await this.#db.transaction().execute(async (tx) => {
      const row = await this.#lock(tx, userId)
      if (row === undefined || row.confirmedAt === null) return true
      if (row.lockedUntil !== null && row.lockedUntil > now) throw locked(row.lockedUntil - now)
      const step = this.#match(row, code, now)
      const isCode = step !== null || (await this.#useRecoveryCode(tx, userId, code, now))
      const failures = isCode ? 0 : row.failures + 1
      const isLocked = failures >= MAX_FAILURES
      await tx
        .updateTable('twoFactor')
        .set({
          lastStep: step ?? row.lastStep,
          failures: isLocked ? 0 : failures,
          lockedUntil: isLocked ? now + LOCK_MS : null,
        })
        .where('userId', '=', userId)
        .execute()
      return isCode
    })
    if (!isRight) throw new Unauthorized('two_factor_failed', 'That code is not right, or was used before')
  }

  async #useRecoveryCode(tx: Db, userId: string, code: string, now: number): Promise<boolean> {
    const { numUpdatedRows } = await tx
      .updateTable('recoveryCode')
      .set({ usedAt: now })
      .where('userId', '=', userId)
      .where('hash', '=', hashCode(code))
      .where('usedAt', 'is', null)
      .executeTakeFirstOrThrow()
    return numUpdatedRows === 1n
  }

  async #newRecoveryCodes(tx: Db, userId: string): Promise<string[]> {
    const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode)
    await tx.deleteFrom('recoveryCode').where('userId', '=', userId).execute()
    await tx
      .insertInto('recoveryCode')
      .values(codes.map((code) => ({ userId, hash: hashCode(code), usedAt: null })))
      .execute()
    return codes
  }

  #match(row: TwoFactorTable, code: string, now: number): number | null {
    const secret = this.#vault.open(row.secret, row.userId)
    if (secret === null) return null
    return matchTotp(Buffer.from(secret, 'base64url'), code.replace(/\s/g, ''), now, row.lastStep)
  }

  #find(db: Db, userId: string) {
    return db.selectFrom('twoFactor').selectAll().where('userId', '=', userId).executeTakeFirst()
  }

  #lock(tx: Db, userId: string) {
    return tx
      .selectFrom('twoFactor')
      .selectAll()
      .where('userId', '=', userId)
      .$if(needsRowLocks(tx), (query) => query.forUpdate())
      .executeTakeFirst()
  }
}

/** Takes a user's second factor away, for who has lost the app and the recovery codes. */
export async function removeTwoFactor(tx: Db, userId: string): Promise<void> {
  await tx.deleteFrom('recoveryCode').where('userId', '=', userId).execute()
  await tx.deleteFrom('twoFactor').where('userId', '=', userId).execute()
}

const newRecoveryCode = (): string => {
  const letters = Array.from({ length: 10 }, () => RECOVERY_LETTERS[randomInt(RECOVERY_LETTERS.length)]).join(
    '',
  )
  return `${letters.slice(0, 5)}-${letters.slice(5)}`
}
const hashCode = (code: string): string =>
  createHash('sha256')
    .update(code.toLowerCase().replace(/[^a-z0-9]/g, ''))
    .digest('hex')

function locked(leftMs: number) {
  const seconds = Math.ceil(leftMs / 1000)
  return new TooManyRequests(
    'two_factor_locked',
    `Too many wrong codes: try again in ${Math.ceil(seconds / 60)} min`,
    { headers: { 'Retry-After': String(seconds) } },
  )
}
