import { hashPassword } from 'better-auth/crypto'
import { randomBytes } from 'node:crypto'
import { audit } from '../audit/audit.ts'
import { systemClock } from '../clock.ts'
import { type Config, ConfigError } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { type Db, openDatabase } from '../db/open.ts'
import { createLogger } from '../log.ts'
import { endAccess } from './sessions.ts'
import { isSet, listMemberships } from './store.ts'
import { removeTwoFactor } from './two-factor.ts'
import { findUserByLogin, putPassword, shownEmail, updateUser, type UserRow } from './user-store.ts'

const USAGE = 'Use: npm run admin -- list | reset-password <user> | reset-2fa <user>'

/**
 * For who is locked out and has the machine: lists the admins, gives one a new password, takes a second factor away.
 * Runs beside a server. Throws {@link ConfigError} with a sentence for the operator.
 */
export async function runAdminCommand(
  config: Config,
  [command, login, ...more]: string[],
  say: (line: string) => void,
): Promise<void> {
  const isKnown = command === 'list' || command === 'reset-password' || command === 'reset-2fa'
  if (!isKnown || more.length > 0 || (command === 'list') !== (login === undefined))
    throw new ConfigError(USAGE)
  const database = await openDatabase(config, createLogger('silent'))
  try {
    await migrate(database.db, database.dialect)
    if (command === 'list') await list(database.db, say)
    else if (command === 'reset-password')
      await resetPassword(database.db, await getUser(database.db, login), say)
    else await resetTwoFactor(database.db, await getUser(database.db, login), say)
  } finally {
    await database.close()
  }
}

async function list(db: Db, say: (line: string) => void): Promise<void> {
  const rows = await db
    .selectFrom('organizationMember')
    .innerJoin('user', 'user.id', 'organizationMember.userId')
    .innerJoin('organization', 'organization.id', 'organizationMember.orgId')
    .select(['user.username', 'user.email', 'user.isSuperadmin', 'organization.name'])
    .where('organizationMember.role', '=', 'admin')
    .orderBy('organizationMember.seq')
    .execute()
  if (rows.length === 0) say('  There is no admin yet: start Parley and open the link that it prints')
  for (const row of rows)
    say(
      `  ${(row.username ?? '').padEnd(20)}  ${isSet(row.isSuperadmin) ? 'superadmin' : 'admin     '}  ${row.name}  ${shownEmail(row.email) ?? ''}`.trimEnd(),
    )
}

async function getUser(db: Db, login: string | undefined): Promise<UserRow> {
  const user = await findUserByLogin(db, login ?? '')
  if (user === undefined)
    throw new ConfigError(`There is no user '${login}': npm run admin -- list shows the admins`)
  return user
}

async function resetPassword(db: Db, user: UserRow, say: (line: string) => void): Promise<void> {
  const password = randomBytes(12).toString('base64url')
  const hash = await hashPassword(password)
  const now = systemClock.now()
  await db.transaction().execute(async (tx) => {
    await putPassword(tx, now, user.id, hash)
    await updateUser(tx, user.id, { mustChangePassword: true })
    await endAccess(tx, user.id, now)
    await tell(tx, user, now, 'password.reset_by_operator')
  })
  say(`  ${user.username} signs in with the password ${password} and has to change it then`)
}

async function resetTwoFactor(db: Db, user: UserRow, say: (line: string) => void): Promise<void> {
  const now = systemClock.now()
  await db.transaction().execute(async (tx) => {
    await removeTwoFactor(tx, user.id)
    await tell(tx, user, now, 'two_factor.reset_by_operator')
  })
  say(`  ${user.username} signs in without a second factor`)
}

async function tell(tx: Db, user: UserRow, now: number, action: string): Promise<void> {
  const [membership] = await listMemberships(tx, user.id)
  await audit(tx, now, {
    orgId: membership?.orgId ?? null,
    caller: { kind: 'nobody' },
    action,
    target: user.username ?? user.id,
  })
}
