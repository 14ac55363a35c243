const CODE = /^([a-z]{3})[-\s]?([a-z]{3})[-\s]?([a-z]{3})$/
const MEETING_PATH = /^(\/meet)?\/(room\/[^/]+|meeting\/[^/]+)\/?$/

export type JoinTarget =
  | { kind: 'path'; path: string }
  | { kind: 'empty' }
  | { kind: 'invalid' }
  | { kind: 'other-server'; host: string }

/** What a person typed or pasted to join: a code in any spelling, or a room's or meeting's link of this server. */
export function joinTarget(typed: string, origin: string): JoinTarget {
  const text = typed.trim()
  if (text === '') return { kind: 'empty' }
  const code = CODE.exec(text.toLowerCase())
  if (code !== null) return { kind: 'path', path: `/meeting/${code[1]}-${code[2]}-${code[3]}` }
  const url = asUrl(text, origin)
  if (url === null || !MEETING_PATH.test(url.pathname)) return { kind: 'invalid' }
  if (url.host !== new URL(origin).host) return { kind: 'other-server', host: url.host }
  return { kind: 'path', path: url.pathname + url.search + url.hash }
}

/** Links are also pasted without `https://`, or as a bare path. */
function asUrl(text: string, origin: string): URL | null {
  const scheme = origin.slice(0, origin.indexOf('//') + 2)
  const candidate = /^https?:\/\//i.test(text) ? text : text.startsWith('/') ? origin + text : scheme + text
  return URL.canParse(candidate) ? new URL(candidate) : null
}
