import { RE2JS } from 're2js'
import { type RawBuilder, sql } from 'kysely'
import { Invalid } from '../errors.ts'

/** Where a page of a list begins: after the row with this sort value and seq. */
export interface After {
  value: number | string | null
  seq: number
}

/** The token of the next page: the last row's place and the sort that it belongs to. */
export const encodeCursor = (after: After, sortField: string, sortOrder: string): string =>
  Buffer.from(JSON.stringify([sortField, sortOrder, after.value, after.seq])).toString('base64url')

/** Reads a page token back; '' and undefined begin at the first page. Throws Invalid for one that is not of this sort. */
export function decodeCursor(
  token: string | undefined,
  sortField: string,
  sortOrder: string,
): After | undefined {
  if (token === undefined || token === '') return undefined
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    const [field, order, value, seq] = Array.isArray(parts) ? (parts as unknown[]) : []
    const isValue = value === null || typeof value === 'string' || Number.isSafeInteger(value)
    if (field === sortField && order === sortOrder && isValue && Number.isSafeInteger(seq))
      return { value: value as After['value'], seq: seq as number }
  } catch {
    // Falls through: damaged is as good as forged.
  }
  throw new Invalid([{ field: 'nextPageToken', message: 'Invalid page token' }])
}

/** How a text filter matches (contract/openvidu-meet.md 0.6). */
export interface TextMatch {
  text: string
  mode: 'exact' | 'prefix' | 'partial' | 'regex'
  isCaseInsensitive: boolean
}

/** A text filter from the query; empty text does not filter. */
export const textMatch = (
  text: string | undefined,
  mode: TextMatch['mode'],
  isCaseInsensitive: boolean,
): TextMatch | undefined =>
  text === undefined || text === '' ? undefined : { text, mode, isCaseInsensitive }

/** The filter as SQL that means the same on both databases; `regex` is matched outside, by {@link regexMatcher}. */
export function matchesText(
  column: string,
  { text, mode, isCaseInsensitive }: TextMatch,
): RawBuilder<boolean> {
  const ref = sql.ref(column)
  if (mode === 'regex') return sql<boolean>`1 = 1`
  if (isCaseInsensitive) {
    const pattern = `${mode === 'partial' ? '%' : ''}${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}${mode === 'exact' ? '' : '%'}`
    return sql<boolean>`lower(${ref}) like ${pattern} escape '\\'`
  }
  if (mode === 'exact') return sql<boolean>`${ref} = ${text}`
  // SQLite's LIKE ignores case for ASCII, so exact-case matching compares pieces of the text itself.
  return mode === 'prefix'
    ? sql<boolean>`substr(${ref}, 1, ${Array.from(text).length}) = ${text}`
    : sql<boolean>`${ref} <> replace(${ref}, ${text}, '')`
}

const MAX_PATTERN = 256

/**
 * Tells whether a text matches, in linear time whatever the pattern (RE2); null for other modes. Throws Invalid
 * at `field` for a pattern that is no regular expression or over 256 characters.
 */
export function regexMatcher(
  match: TextMatch | undefined,
  field: string,
): ((text: string) => boolean) | null {
  if (match?.mode !== 'regex') return null
  if (match.text.length > MAX_PATTERN)
    throw new Invalid([{ field, message: `A regular expression may have ${MAX_PATTERN} characters` }])
  try {
    const pattern = RE2JS.compile(match.text, match.isCaseInsensitive ? RE2JS.CASE_INSENSITIVE : 0)
    return (text) => pattern.matcher(text).find()
  } catch {
    throw new Invalid([{ field, message: 'Invalid regular expression pattern' }])
  }
}

const SCAN = 500

/**
 * A page of at most `limit` rows and whether there are more. With a matcher the list is read in pieces until
 * enough rows match; without one it is a single query.
 */
export async function readPage<Row>(
  read: (limit: number, after: After | undefined) => Promise<Row[]>,
  place: (row: Row) => After,
  wanted: { limit: number; after: After | undefined; matches: ((row: Row) => boolean) | null },
): Promise<{ rows: Row[]; next: After | null }> {
  const { limit, matches } = wanted
  let { after } = wanted
  const rows: Row[] = []
  for (;;) {
    const piece = await read(matches === null ? limit + 1 : SCAN, after)
    rows.push(...(matches === null ? piece : piece.filter(matches)))
    const last = piece.at(-1)
    const isDone = matches === null || piece.length < SCAN || last === undefined
    if (rows.length > limit || isDone) break
    after = place(last)
  }
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return { rows: page, next: rows.length > limit && last !== undefined ? place(last) : null }
}
