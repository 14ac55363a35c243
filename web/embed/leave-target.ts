import { isAllowedOrigin } from './allowed-origins.ts'

interface Place {
  /** `leave-redirect-url`. */
  redirect: string | null
  /** Of this page. */
  origin: string
  /** Of the page around this one; null at the top. */
  parentOrigin: string | null
  isFramed: boolean
  referrer: string
  allowedOrigins: readonly string[]
}

/**
 * Where to go after `meetingClosed`, null for nowhere: absolute as it is, `/path` of the host page's origin. At
 * the top and without either: back to where the person came from. Only http(s), and only origins that the
 * organization allows.
 */
export const leaveTarget = ({
  redirect,
  origin,
  parentOrigin,
  isFramed,
  referrer,
  allowedOrigins,
}: Place): string | null => {
  const cameFrom = originOf(referrer)
  if (redirect === null) return !isFramed && cameFrom !== null && cameFrom !== origin ? referrer : null
  const host = (isFramed ? parentOrigin : cameFrom) ?? origin
  const isPath = redirect.startsWith('/')
  let target: URL
  try {
    target = isPath ? new URL(redirect, host) : new URL(redirect)
  } catch {
    return null
  }
  if (target.protocol !== 'http:' && target.protocol !== 'https:') return null
  // `//elsewhere.example` and `/\elsewhere.example` begin with a slash, too.
  if (isPath && target.origin !== host) return null
  return target.origin === origin || isAllowedOrigin(target.origin, allowedOrigins) ? target.href : null
}

export const originOf = (url: string): string | null => {
  try {
    const { origin } = new URL(url)
    return origin === 'null' ? null : origin
  } catch {
    return null
  }
}
