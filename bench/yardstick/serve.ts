import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'vite'
import { ROOT } from '../process.ts'

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

export interface Yardstick {
  /** Opens the room of a Parley access link in the yardstick's page. */
  urlOf: (roomUrl: string) => string
  stop: () => void
}

/**
 * Builds the yardstick's page and serves it, brotli-compressed as Parley's are. Its tokens come from the Parley
 * at `parleyUrl` and its media from the same LiveKit.
 */
export async function serveYardstick(parleyUrl: string): Promise<Yardstick> {
  await build({ configFile: path.join(ROOT, 'bench/yardstick/vite.config.ts'), logLevel: 'error' })
  const files = new Map<string, Buffer>()
  const server = createServer((req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '/', 'http://localhost')
    if (pathname === '/token') {
      void token(parleyUrl, searchParams).then((answer) => res.end(JSON.stringify(answer)))
      return
    }
    const file = pathname === '/' ? '/index.html' : pathname
    try {
      const body =
        files.get(file) ?? brotliCompressSync(readFileSync(path.join(ROOT, 'dist/yardstick', file)))
      files.set(file, body)
      res
        .writeHead(200, { 'Content-Type': TYPES[path.extname(file)] ?? '', 'Content-Encoding': 'br' })
        .end(body)
    } catch {
      res.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server's address is never a string
  return {
    urlOf: (roomUrl) => {
      const { pathname, searchParams } = new URL(roomUrl)
      const query = new URLSearchParams({
        room: pathname.split('/').at(-1) ?? '',
        secret: searchParams.get('secret') ?? '',
      })
      return `http://127.0.0.1:${port}/?${query}`
    },
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function token(parleyUrl: string, params: URLSearchParams) {
  const response = await fetch(`${parleyUrl}/internal-api/v1/rooms/${params.get('room')}/members/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      secret: params.get('secret'),
      joinMeeting: true,
      participantName: params.get('name'),
    }),
  })
  const { token } = (await response.json()) as { token: string }
  return { serverUrl: `${parleyUrl.replace(/^http/, 'ws')}/livekit`, token }
}
