import { type Selectable, sql } from 'kysely'
import type { z } from 'zod'
import { type After, matchesText } from '../db/paging.ts'
import type { Db } from '../db/open.ts'
import type { AuditTable } from './audit.ts'
import type { AuditEntryView, AuditQuery } from './schema.ts'

export type AuditRow = Selectable<AuditTable>
export type AuditFilter = Pick<z.output<typeof AuditQuery>, 'actor' | 'action' | 'from' | 'to'>

/** A piece of an organization's audit log, newest first; indexes audit_by_time and audit_by_action. */
export function listAudit(
  db: Db,
  orgId: string,
  { actor, action, from, to }: AuditFilter,
  limit: number,
  after: After | undefined,
): Promise<AuditRow[]> {
  let query = db.selectFrom('audit').selectAll().where('orgId', '=', orgId)
  if (actor !== undefined && actor !== '')
    query = query.where((eb) =>
      eb.or([
        eb('actorId', '=', actor),
        matchesText('actorName', { text: actor, mode: 'partial', isCaseInsensitive: true }),
      ]),
    )
  if (action !== undefined && action !== '')
    query = query.where((eb) =>
      eb.or([
        eb('action', '=', action),
        matchesText('action', { text: `${action}.`, mode: 'prefix', isCaseInsensitive: false }),
      ]),
    )
  if (from !== undefined) query = query.where('at', '>=', from)
  if (to !== undefined) query = query.where('at', '<=', to)
  if (after !== undefined) query = query.where(sql<boolean>`("at", "seq") < (${after.value}, ${after.seq})`)
  return query.orderBy('at', 'desc').orderBy('seq', 'desc').limit(limit).execute()
}

export const viewAudit = (row: AuditRow): AuditEntryView => ({
  id: row.id,
  at: new Date(row.at).toISOString(),
  actor: { type: row.actorType, id: row.actorId, name: row.actorName },
  action: row.action,
  target: row.target,
  ip: row.ip,
  details: JSON.parse(row.details) as Record<string, unknown>,
})

const COLUMNS = ['at', 'actorType', 'actorName', 'action', 'target', 'ip', 'details'] as const
export const csvHeader = (): string => `${COLUMNS.join(',')}\r\n`

/** One line of CSV (RFC 4180). */
export const csvLine = (row: AuditRow): string =>
  `${COLUMNS.map((name) => csvField(name === 'at' ? new Date(row.at).toISOString() : (row[name] ?? ''))).join(',')}\r\n`

/** A field that spreadsheets take as text, whatever it begins with: names come from people. */
export function csvField(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
