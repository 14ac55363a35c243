/** What the address of the call page names. */
export type Target = { kind: 'room'; roomId: string; secret: string | null } | { kind: 'code'; code: string }

export interface Route {
  /** Path before the page's own, such as `/meet`; empty at the root. */
  basePath: string
  target: Target
  /** From `?participant-name=`, the way an embedding page prefills it. */
  suggestedName: string | null
}

/**
 * Reads `/room/:roomId?secret=` and `/meeting/:code`, below any base path. Undefined for anything else,
 * such as a room id with broken percent-encoding.
 */
export const parseRoute = (url: Pick<URL, 'pathname' | 'search'>): Route | undefined => {
  const match = /^(.*)\/(room|meeting)\/([^/]+)\/?$/.exec(url.pathname)
  if (!match) return undefined
  const [, basePath = '', page, encoded = ''] = match
  const query = new URLSearchParams(url.search)
  let id: string
  try {
    id = decodeURIComponent(encoded)
  } catch {
    return undefined
  }
  return {
    basePath,
    target:
      page === 'room'
        ? { kind: 'room', roomId: id, secret: query.get('secret') || null }
        : { kind: 'code', code: id },
    suggestedName: query.get('participant-name') || null,
  }
}
