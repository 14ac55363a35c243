/**
 * Whether an origin is one of the organization's: the same reading of the list as that of `frame-ancestors`,
 * where `https://*.example.com` is every subdomain, and `*` anybody.
 */
export const isAllowedOrigin = (origin: string, allowed: readonly string[]): boolean =>
  allowed.some((one) => {
    if (one === '*' || one.toLowerCase() === origin.toLowerCase()) return true
    const [scheme = '', host = ''] = one.toLowerCase().split('://*')
    return host !== '' && origin.startsWith(`${scheme}://`) && origin.endsWith(host)
  })

/** What the server wrote into the page; without it anybody may. */
export const readAllowedOrigins = (page: Document): string[] =>
  page
    .querySelector<HTMLMetaElement>('meta[name="parley-allowed-origins"]')
    ?.content.split(' ')
    .filter(Boolean) ?? ['*']
