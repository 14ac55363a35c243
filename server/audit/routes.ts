import { z } from 'zod'
import { decodeCursor, encodeCursor, readPage } from '../db/paging.ts'
import { consoleCaller } from '../http/caller.ts'
import { endpoint, Streamed } from '../http/endpoint.ts'
import { paginationOf } from '../rooms/fields.ts'
import { pagination } from '../http/lists.ts'
import { csvHeader, csvLine, listAudit, viewAudit } from './list.ts'
import { AuditEntryView, AuditQuery } from './schema.ts'

const CSV_PIECE = 1000

export const readAudit = endpoint({
  method: 'get',
  path: '/api/v1/audit',
  summary: 'The audit log, newest first',
  description:
    'The whole of it as a CSV file with `format=csv` or `Accept: text/csv`. Entries go when the retention of the organization says so.',
  group: 'read',
  needs: { key: 'admin', session: 'admin' },
  query: AuditQuery,
  answer: {
    status: 200,
    alsoType: 'text/csv',
    body: z.object({
      entries: z.array(AuditEntryView).meta({ description: 'One page' }),
      pagination,
    }),
  },
  act: async (ctx, { caller, query, req, res }) => {
    const { orgId } = consoleCaller(caller)
    const { db } = ctx.database
    if (query.format === 'csv' || (query.format === undefined && req.get('accept') === 'text/csv')) {
      res.setHeader('Content-Type', 'text/csv; charset=utf-8')
      res.setHeader('Content-Disposition', 'attachment; filename="audit.csv"')
      res.write(csvHeader())
      let after: { value: number; seq: number } | undefined
      for (;;) {
        const rows = await listAudit(db, orgId, query, CSV_PIECE, after)
        if (rows.length > 0) res.write(rows.map(csvLine).join(''))
        const last = rows.at(-1)
        if (last === undefined || rows.length < CSV_PIECE || res.destroyed) break
        after = { value: last.at, seq: last.seq }
      }
      res.end()
      return new Streamed()
    }
    const { rows, next } = await readPage(
      (limit, after) => listAudit(db, orgId, query, limit, after),
      (row) => ({ value: row.at, seq: row.seq }),
      { limit: query.maxItems, after: decodeCursor(query.nextPageToken, 'at', 'desc'), matches: null },
    )
    const nextPageToken = next === null ? undefined : encodeCursor(next, 'at', 'desc')
    return { entries: rows.map(viewAudit), pagination: paginationOf(query.maxItems, nextPageToken) }
  },
})
