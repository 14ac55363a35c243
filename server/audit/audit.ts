import type { Generated } from 'kysely'
import type { Db } from '../db/open.ts'
import type { Caller } from '../http/caller.ts'
import { newId } from '../ids.ts'

export interface AuditTable {
  seq: Generated<number>
  id: string
  orgId: string | null
  at: number
  actorType: string
  actorId: string | null
  actorName: string | null
  action: string
  target: string | null
  ip: string | null
  details: string
}

export interface AuditEntry {
  orgId: string | null
  caller: Caller
  /** Dotted, past: `key.created`, `room.deleted`, `session.created`. */
  action: string
  target?: string
  ip?: string
  details?: Record<string, unknown>
}

/** Writes one line of the audit log; give the transaction of the change that it tells of. */
export async function audit(db: Db, at: number, entry: AuditEntry): Promise<void> {
  const { caller } = entry
  const actor =
    caller.kind === 'key'
      ? { actorId: caller.keyId, actorName: caller.name }
      : caller.kind === 'session'
        ? { actorId: caller.userId, actorName: caller.username }
        : caller.kind === 'roomMember'
          ? { actorId: caller.identity, actorName: caller.name }
          : { actorId: null, actorName: null }
  const app = caller.kind === 'session' && caller.app !== undefined ? caller.app : null
  await db
    .insertInto('audit')
    .values({
      id: newId('audit'),
      orgId: entry.orgId,
      at,
      actorType: app === null ? caller.kind : 'oauth',
      ...actor,
      action: entry.action,
      target: entry.target ?? null,
      ip: entry.ip ?? null,
      details: JSON.stringify({
        ...entry.details,
        ...(app === null ? {} : { app: { id: app.clientId, name: app.name } }),
      }),
    })
    .execute()
}
