import type { Db } from '../db/open.ts'

/** `https://app.example.com`, `https://*.example.com`, either with a port. What else is there is left out. */
const ORIGIN = /^https?:\/\/(\*\.)?([a-z0-9_-]+\.)*[a-z0-9_-]+(:\d{1,5})?$/i
const IP_ORIGIN = /^https?:\/\/\[[0-9a-f:.]+\](:\d{1,5})?$/i
const PLACE = /^\/(room|meeting|recording)\/([^/]+)/

/**
 * The origins that may frame a page: those that the organization behind its room or recording allows; `*` is any.
 * A page of something that does not exist says only so, and may be framed by anybody.
 */
export async function allowedOriginsOf(db: Db, pagePath: string): Promise<string[]> {
  const [, kind, encoded = ''] = PLACE.exec(pagePath) ?? []
  const id = decode(encoded)
  if (kind === undefined || id === null) return ['*']
  const organizations = db.selectFrom('organization').select('organization.allowedOrigins')
  const found =
    kind === 'recording'
      ? organizations
          .innerJoin('recording', 'recording.orgId', 'organization.id')
          .where('recording.recordingId', '=', id)
      : organizations
          .innerJoin('room', 'room.orgId', 'organization.id')
          .where(kind === 'room' ? 'room.roomId' : 'room.code', '=', id)
  const row = await found.executeTakeFirst()
  if (row === undefined) return ['*']
  const list: unknown = JSON.parse(row.allowedOrigins)
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string' && isOrigin(one)) : []
}

/** Whether it may stand in a header and means something there. */
const isOrigin = (text: string): boolean => text === '*' || ORIGIN.test(text) || IP_ORIGIN.test(text)

/** The sources of `frame-ancestors`; we may always frame ourselves. */
export const frameAncestors = (origins: readonly string[]): string[] =>
  origins.includes('*') ? ['*'] : ["'self'", ...origins]

function decode(encoded: string): string | null {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return null
  }
}
