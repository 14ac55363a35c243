import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'vite'
import { ROOT } from './process.ts'

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

export interface StaticPage {
  url: string
  stop: () => void
}

/**
 * Builds the page in `bench/<name>` into `dist/<name>` and serves it on a free loopback port, brotli-compressed as
 * Parley's are. `own` answers the paths it wants and says so.
 */
export async function serveStaticPage(
  name: string,
  own: (...request: Parameters<RequestListener>) => boolean = () => false,
): Promise<StaticPage> {
  await build({ configFile: path.join(ROOT, 'bench', name, 'vite.config.ts'), logLevel: 'error' })
  const files = new Map<string, Buffer>()
  const server = createServer((req, res) => {
    if (own(req, res)) return
    const { pathname } = new URL(req.url ?? '/', 'http://localhost')
    const file = pathname === '/' ? '/index.html' : pathname
    try {
      const body = files.get(file) ?? brotliCompressSync(readFileSync(path.join(ROOT, 'dist', name, file)))
      files.set(file, body)
      const type = TYPES[path.extname(file)] ?? 'application/octet-stream'
      res.writeHead(200, { 'Content-Type': type, 'Content-Encoding': 'br' }).end(body)
    } catch {
      res.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server's address is never a string
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
