import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

interface HostPage {
  body: string | Buffer
  headers?: Record<string, string>
}

/** Somebody else's site: other pages of other headers, on an origin of its own. */
export interface Host extends AsyncDisposable {
  /** `http://127.0.0.1:port`, which is another site than the `localhost` of a server under test. */
  origin: string
  /** Serves this from now on at a path, as HTML unless the headers say otherwise; gives its address. */
  serve: (path: string, page: HostPage | string) => string
}

export async function startHost(): Promise<Host> {
  const pages = new Map<string, HostPage>()
  const server = createServer((req, res) => {
    const { pathname } = new URL(req.url ?? '/', 'http://host')
    const page = pages.get(pathname)
    if (page === undefined) res.writeHead(404).end('nothing here')
    else res.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', ...page.headers }).end(page.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    serve: (path, page) => {
      pages.set(path, typeof page === 'string' ? { body: page } : page)
      return origin + path
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
