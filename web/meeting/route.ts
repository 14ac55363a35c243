import type { Theme } from '../embed/contract.ts'

/** What the address of the call page names. */
export type Target = { kind: 'room'; roomId: string; secret: string | null } | { kind: 'code'; code: string }

export interface Route {
  /** Path before the page's own, such as `/meet`; empty at the root. */
  basePath: string
  target: Target
  /** From `?participant-name=`, the way an embedding page prefills it. */
  suggestedName: string | null
  /** From `?leave-redirect-url=`; see leave-target.ts. */
  leaveRedirectUrl: string | null
  /** From `?language=`. */
  language: string | null
  /** From `#e2ee-key=`; never part of a request. */
  e2eeKey: string | null
  /** From the query or the fragment. */
  theme: Theme
  /** The page of recordings that `?show-only-recordings=` or `?show-recording=` asks for instead. */
  recordings: string | null
}

type Address = Pick<URL, 'pathname' | 'search' | 'hash'>
const THEME = ['accent', 'background', 'surface', 'text', 'radius'] as const

/**
 * Reads `/room/:roomId?secret=` and `/meeting/:code`, below any base path. Undefined for anything else,
 * such as a room id with broken percent-encoding.
 */
export const parseRoute = (url: Address): Route | undefined => {
  const match = /^(.*)\/(room|meeting)\/([^/]+)\/?$/.exec(url.pathname)
  if (!match) return undefined
  const [, basePath = '', page, encoded = ''] = match
  const query = new URLSearchParams(url.search)
  const fragment = new URLSearchParams(url.hash.slice(1))
  let id: string
  try {
    id = decodeURIComponent(encoded)
  } catch {
    return undefined
  }
  const secret = query.get('secret') || null
  const theme: Theme = {}
  for (const name of THEME) {
    const value = fragment.get(name) || query.get(name)
    if (value) theme[name] = value
  }
  return {
    basePath,
    target: page === 'room' ? { kind: 'room', roomId: id, secret } : { kind: 'code', code: id },
    suggestedName: query.get('participant-name') || null,
    leaveRedirectUrl: query.get('leave-redirect-url') || null,
    language: query.get('language') || null,
    e2eeKey: fragment.get('e2ee-key') || query.get('e2ee-key') || null,
    theme,
    recordings: page === 'room' ? recordingsPage(basePath, encoded, query) : null,
  }
}

/** The server may know the name already: somebody signed in, or invited by name. */
export const isNameOptional = (target: Target): boolean =>
  target.kind === 'room' && (target.secret === null || target.secret.startsWith('guest-'))

/** Where a plain frame is sent that asks for recordings; the element goes there by itself. */
const recordingsPage = (basePath: string, room: string, query: URLSearchParams): string | null => {
  const isList = query.has('show-only-recordings') && query.get('show-only-recordings') !== 'false'
  if (!query.get('show-recording') && !isList) return null
  const rest = new URLSearchParams(query)
  rest.delete('show-only-recordings')
  return `${basePath}/room/${room}/recordings?${rest}`
}

/**
 * The same address with an `e2ee-key` of its query moved to the fragment, which browsers send to nobody. Null
 * where there is nothing to move.
 */
export const withoutKeyInQuery = (url: Address): string | null => {
  const query = new URLSearchParams(url.search)
  const key = query.get('e2ee-key')
  if (key === null) return null
  query.delete('e2ee-key')
  const fragment = new URLSearchParams(url.hash.slice(1))
  fragment.set('e2ee-key', key)
  return `${url.pathname}${query.size > 0 ? `?${query}` : ''}#${fragment}`
}
