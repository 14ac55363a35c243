const CONSOLE = /^\/(overview|rooms|meetings|recordings|embedded|settings)(\/|$)/

export interface RedirectTarget {
  /** Path, query and fragment on this server. */
  path: string
  /** False for pages that are not part of this web app, such as a meeting: those need a real page load. */
  isConsole: boolean
}

/**
 * Where to go after signing in. Only paths on this server count; anything that a browser would read as another origin
 * (`//host`, `/\host`, `javascript:`) and the sign-in page itself give the overview.
 */
export function redirectTarget(wanted: string | null, origin: string): RedirectTarget {
  const overview = { path: '/overview', isConsole: true }
  if (wanted === null || !wanted.startsWith('/')) return overview
  let url: URL
  try {
    url = new URL(wanted, origin)
  } catch {
    return overview
  }
  if (url.origin !== origin || url.pathname === '/' || url.pathname === '/setup') return overview
  return { path: url.pathname + url.search + url.hash, isConsole: CONSOLE.test(url.pathname) }
}
