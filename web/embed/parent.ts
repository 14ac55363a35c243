import { isAllowedOrigin, readAllowedOrigins } from './allowed-origins.ts'
import { originOf } from './leave-target.ts'

/** Of the page around this one, as the browser tells it; null at the top, and where the browser does not tell. */
export const findParentOrigin = (): string | null => {
  if (window.parent === window) return null
  const ancestors = (location as Location & { ancestorOrigins?: DOMStringList }).ancestorOrigins
  return originOf(ancestors ? (ancestors[0] ?? '') : document.referrer)
}

/** The parent's origin where messages may go to it: our own, or one that the organization allows. */
export const findTrustedParent = (): string | null => {
  const origin = findParentOrigin()
  if (origin === null) return null
  return origin === location.origin || isAllowedOrigin(origin, readAllowedOrigins(document)) ? origin : null
}
