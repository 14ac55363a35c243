import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

type TakeOver = (req: IncomingMessage, socket: Duplex, head: Buffer) => void

/** What offers another protocol, and how long the connection is kept: decided anew. */
const DROPPED = new Set(['connection', 'upgrade', 'http2-settings', 'keep-alive', 'proxy-connection'])

/**
 * Gives WebSockets to `takeOver`. What offers another protocol is a request like any other, answered as if it did
 * not (RFC 9110, 7.8), and the connection ends with it: Java's HttpClient, for one, offers h2c with its requests.
 * Node.js before 22.21 takes every offer for an upgrade once a server listens for upgrades.
 */
export const takeUpgrades = (server: Server, takeOver: TakeOver): void => {
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    const isWebSocket = req.method === 'GET' && req.headers.upgrade?.toLowerCase() === 'websocket'
    if (isWebSocket) takeOver(req, socket, head)
    else if (socket.destroyed || socket.readableEnded) socket.destroy()
    else {
      // Read once more by the server, from the first line on; node:http documents this event as a way in.
      socket.unshift(Buffer.concat([headOf(req), head]))
      server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket)
    }
  })
}

const headOf = ({ method, url, rawHeaders }: IncomingMessage): Buffer => {
  const lines = [`${method} ${url} HTTP/1.1`]
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (!DROPPED.has(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[at + 1] ?? ''}`)
  }
  return Buffer.from([...lines, 'Connection: close', '', ''].join('\r\n'), 'latin1')
}
