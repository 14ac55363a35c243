const ANY_SUBDOMAIN = /^(https?:\/\/)\*\.([^/\s*]+)\/?$/i

/**
 * One origin for each line or comma, as the server takes them: an address is cut to its origin, nothing at all
 * means everybody (`*`). `fault` is the first that is no origin.
 */
export const readOrigins = (text: string): { origins: string[]; fault: string | null } => {
  const lines = text.split(/[\s,]+/).filter(Boolean)
  const origins: string[] = []
  for (const line of lines) {
    const origin = originOf(line)
    if (origin === null) return { origins: [], fault: line }
    if (!origins.includes(origin)) origins.push(origin)
  }
  return { origins: origins.length === 0 ? ['*'] : origins, fault: null }
}

const originOf = (line: string): string | null => {
  if (line === '*') return line
  const [, scheme = '', host = ''] = ANY_SUBDOMAIN.exec(line) ?? []
  const address = host === '' ? line : scheme + host
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return null
  const { origin } = new URL(address)
  return host === '' ? origin : origin.replace('://', '://*.')
}
