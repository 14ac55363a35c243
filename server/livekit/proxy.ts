import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Logger } from '../log.ts'

/**
 * LiveKit pings every WebSocket each 10 s and every client answers by itself, so a side that is silent for this
 * long is gone without having said so.
 */
const IDLE_MS = 45_000
const ANSWER_WITHIN_MS = 15_000
/** How long a refused client may take to read why. */
const LINGER_MS = 5_000
const METHODS = ['GET', 'HEAD', 'OPTIONS']

/** Only for the next hop (RFC 9110, 7.6.1), whoever the client names in Connection besides. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/**
 * What concerns this hop or a body, Parley's own credentials, which LiveKit must not see, and addresses that
 * anybody can claim to have.
 */
const NOT_FORWARDED = new Set([
  'host',
  'content-length',
  'content-type',
  'expect',
  'cookie',
  'x-api-key',
  'x-room-member-token',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'cf-connecting-ip',
])

export interface LiveKitProxyOptions {
  /** Where LiveKit's API listens now; asked for every request. If it throws, the answer is 502. */
  target: () => URL
  log: Logger
  /** The caller's address as LiveKit shall know it; default: the other end of the connection. */
  clientAddress?: (req: IncomingMessage) => string | undefined
  /** LiveKit must begin to answer within this. */
  answerWithinMs?: number
  /** A signalling connection of which one side sends nothing for this long is closed. */
  idleMs?: number
}

export interface LiveKitProxy {
  /** For `/livekit` and `/meet/livekit`: an Express handler that always answers itself, never calls next. */
  handle: (req: IncomingMessage, res: ServerResponse) => void
  /** For the server's `upgrade` event: takes over the socket, refuses what is not LiveKit's signalling. */
  upgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Signalling connections that are open now. */
  readonly openConnections: number
  /** Ends all signalling connections, which `server.close()` would wait for. */
  close: () => void
}

/**
 * Carries LiveKit's signalling through Parley's own origin: http and WebSocket below `/livekit/rtc` and
 * `/livekit/settings`. Everything else of LiveKit, above all its admin API `/twirp`, answers 404 here. Answers
 * 502 `livekit_unavailable` while LiveKit cannot be reached. Cookies and Parley's own keys and tokens are taken
 * out on the way.
 */
export function createLiveKitProxy(options: LiveKitProxyOptions): LiveKitProxy {
  const { target, log, answerWithinMs = ANSWER_WITHIN_MS, idleMs = IDLE_MS } = options
  const clientAddress = options.clientAddress ?? ((req: IncomingMessage) => req.socket.remoteAddress)
  const open = new Set<Duplex>()

  /** The request to LiveKit, not sent yet. Throws when it is unknown where LiveKit is. */
  const toLiveKit = (req: IncomingMessage, path: string, extra: Record<string, string>): ClientRequest => {
    const url = target()
    const from = clientAddress(req)
    const outgoing = request({
      host: url.hostname,
      port: url.port,
      method: req.method,
      path,
      // Requests are rare: a connection kept open would mostly be one that a restarted LiveKit has closed.
      agent: false,
      headers: {
        ...forwardable(req.headers, NOT_FORWARDED),
        host: url.host,
        ...(from === undefined ? {} : { 'x-forwarded-for': from }),
        ...extra,
      },
    })
    outgoing.setTimeout(answerWithinMs, () =>
      outgoing.destroy(new Error(`no answer within ${answerWithinMs / 1000} s`)),
    )
    // Whoever asks listens for the first error; one that follows it must not end the process.
    outgoing.on('error', () => undefined)
    return outgoing
  }

  const handle = (req: IncomingMessage, res: ServerResponse): void => {
    const path = liveKitPath(req)
    if (path === null) return answerJson(res, 404, NOT_FOUND)
    // Signalling over http has no bodies, so none is carried.
    if (!METHODS.includes(req.method ?? ''))
      return answerJson(res, 405, WRONG_METHOD, { allow: METHODS.join(', ') })
    void forward(req, res, path).catch((error: Error) => {
      // Whoever went away needs no answer, and is no fault of LiveKit's.
      if (res.destroyed) return
      log.warn(`LiveKit is not reachable: ${error.message}`)
      if (res.headersSent) res.destroy()
      else answerJson(res, 502, UNAVAILABLE)
    })
  }

  const forward = async (req: IncomingMessage, res: ServerResponse, path: string): Promise<void> => {
    const outgoing = toLiveKit(req, path, {})
    res.once('close', () => outgoing.destroy())
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve)
      outgoing.once('error', reject)
      outgoing.end()
    })
    res.writeHead(answer.statusCode ?? 502, forwardable(answer.headers, new Set()))
    await pipeline(answer, res)
  }

  const upgrade = (req: IncomingMessage, duplex: Duplex, head: Buffer): void => {
    const socket = duplex as Socket // net.Socket and tls.TLSSocket are all that http and https servers give
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    const path = liveKitPath(req)
    // Another protocol than WebSocket, h2c above all, would be a tunnel past the list of paths.
    const isWebSocket = req.method === 'GET' && req.headers.upgrade?.toLowerCase() === 'websocket'
    if (path === null || !isWebSocket) return refuse(socket, '404 Not Found', NOT_FOUND)

    const unavailable = (error: Error) => {
      if (socket.destroyed || socket.writableEnded) return
      log.warn(`LiveKit is not reachable: ${error.message}`)
      refuse(socket, '502 Bad Gateway', UNAVAILABLE)
    }
    let outgoing: ClientRequest
    try {
      outgoing = toLiveKit(req, path, { connection: 'Upgrade', upgrade: 'websocket' })
    } catch (error) {
      return unavailable(error as Error)
    }
    const abort = () => outgoing.destroy()
    socket.setTimeout(0)
    socket.once('close', abort)
    outgoing.once('error', unavailable)
    // A refusal: LiveKit's own answer, such as 401 for an expired token, which the client reads.
    outgoing.once('response', (answer) => {
      socket.write(headOf(answer, { connection: 'close' }))
      socket.setTimeout(LINGER_MS, () => socket.destroy())
      void pipeline(answer, socket).catch(() => socket.destroy())
    })
    outgoing.once('upgrade', (answer, upstream, upstreamHead) => {
      // From here each side's end reaches the other only after what it sent before: the last word of a
      // participant is that it leaves.
      socket.off('close', abort)
      outgoing.off('error', unavailable)
      upstream.setTimeout(0)
      socket.write(headOf(answer, { connection: 'Upgrade', upgrade: 'websocket' }))
      if (upstreamHead.length > 0) socket.write(upstreamHead)
      if (head.length > 0) upstream.write(head)
      join(socket, upstream, idleMs)
    })
    outgoing.end()
  }

  return {
    handle,
    upgrade,
    get openConnections() {
      return open.size
    },
    close: () => {
      for (const socket of open) socket.destroy()
    },
  }
}

const NOT_FOUND = {
  error: 'Path Not Found',
  message: 'Only the signalling of LiveKit is reachable below /livekit',
  code: 'not_found',
}
const WRONG_METHOD = {
  error: 'Method Not Allowed',
  message: `Use ${METHODS.join(', ')}`,
  code: 'method_not_allowed',
}
const UNAVAILABLE = {
  error: 'LiveKit Error',
  message: 'The LiveKit server does not answer; try again in some seconds',
  code: 'livekit_unavailable',
}

/**
 * Path and query at LiveKit, or null for what must not go there. The pattern knows no dots, percent signs or
 * double slashes, so nothing that LiveKit would decode or clean up can lead out of the two allowed branches.
 */
function liveKitPath(req: IncomingMessage): string | null {
  // Express takes the mount path off `url` and keeps the whole in `originalUrl`.
  const url = 'originalUrl' in req && typeof req.originalUrl === 'string' ? req.originalUrl : (req.url ?? '')
  return /^(?:\/meet)?\/livekit(\/(?:rtc|settings)(?:\/[\w-]+)*(?:\?[\x21-\x7e]*)?)$/.exec(url)?.[1] ?? null
}

/** Headers as they may travel on, without what is meant for this hop only. */
function forwardable(headers: IncomingHttpHeaders, without: Set<string>): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase())
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => !HOP_BY_HOP.has(name) && !without.has(name) && !named.includes(name),
    ),
  )
}

/** Status line and headers of LiveKit's answer for a socket that Node no longer speaks http on. */
function headOf(answer: IncomingMessage, extra: Record<string, string>): string {
  const headers = Object.entries({ ...forwardable(answer.headers, new Set()), ...extra }).flatMap(
    ([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => `${name}: ${one}`),
  )
  return [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`, ...headers, '', ''].join('\r\n')
}

/** Lets bytes flow both ways until a side ends, fails, or sends nothing for `idleMs`. */
function join(client: Socket, upstream: Socket, idleMs: number): void {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.setNoDelay(true)
    from.setKeepAlive(true, 15_000)
    // Each side for itself: what LiveKit sends to a laptop that was shut is no sign of life of the laptop, and
    // socket.setTimeout counts both directions.
    const silent = setTimeout(() => {
      client.destroy()
      upstream.destroy()
    }, idleMs)
    from.on('data', () => silent.refresh())
    from.pipe(to)
    from.on('error', () => to.destroy())
    // What was written still goes out, and then nothing stays half open.
    from.once('end', () => to.destroySoon())
    from.once('close', () => {
      clearTimeout(silent)
      to.destroySoon()
    })
  }
}

function answerJson(
  res: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body)
  res.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...headers,
  })
  res.end(text)
}

function refuse(socket: Socket, status: string, body: object): void {
  const text = JSON.stringify(body)
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
  socket.setTimeout(LINGER_MS, () => socket.destroy())
}
