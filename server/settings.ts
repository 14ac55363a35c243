import { randomBytes } from 'node:crypto'
import type { Db } from './db/open.ts'

export interface SettingTable {
  name: string
  value: string
}

export const findSetting = async (db: Db, name: string): Promise<string | undefined> =>
  (await db.selectFrom('setting').select('value').where('name', '=', name).executeTakeFirst())?.value

export async function putSetting(db: Db, name: string, value: string): Promise<void> {
  await db
    .insertInto('setting')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}

/** A random value made once for this deployment; every instance on the same database gets the same one. */
export async function getGeneratedSetting(db: Db, name: string, bytes = 32): Promise<string> {
  const value = randomBytes(bytes).toString('base64url')
  await db
    .insertInto('setting')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
  const stored = await findSetting(db, name)
  if (stored === undefined) throw new Error(`setting ${name} vanished`)
  return stored
}
