import { readFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import express from 'express'
import { createApp } from './app.ts'
import { type Config, ConfigError } from './config.ts'
import type { Context } from './context.ts'
import { answerError } from './http/answer.ts'
import { takeUpgrades } from './http/upgrades.ts'
import { findLiveKit, type FoundLiveKit, type Progress } from './livekit/binary.ts'
import { LiveKitChild } from './livekit/child.ts'
import { createLiveKitProxy, type LiveKitProxy } from './livekit/proxy.ts'
import { serveRecorder } from './recordings/page.ts'
import { livekitWebhook, WEBHOOK_PATH } from './livekit/webhook.ts'

/** A Parley that answers. */
export interface Running {
  /** The port it listens on: chosen by the system where PORT is 0. */
  port: number
  /** null with an existing LiveKit (LIVEKIT_URL). */
  child: LiveKitChild | null
  found: FoundLiveKit | null
  /** Stops taking requests, ends the LiveKit child, closes the context. Called twice it does so once. */
  stop: () => Promise<void>
}

export interface ServeOptions {
  webDir: string
  /** Told of downloads and builds of the LiveKit binary. */
  report: (progress: Progress) => void
  /** Ends a start that is under way. */
  signal?: AbortSignal
}

/**
 * Listens, then finds and starts LiveKit. Throws {@link ConfigError} for what the operator can mend (port in use,
 * certificate unreadable, no LiveKit to be had); nothing is left running then.
 */
export async function serve(ctx: Context, options: ServeOptions): Promise<Running> {
  const { config } = ctx
  const proxy = createLiveKitProxy({
    target: () => new URL(ctx.livekitPlace.url()),
    log: ctx.log.child({ name: 'proxy' }),
  })
  const server = createFront(config)
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.on('request', createApp(ctx, { webDir: options.webDir, livekitProxy: proxy }))
  takeUpgrades(server, proxy.upgrade)
  // The child tells of rooms here, and the recorder gets its page: they need no certificate and no address but
  // loopback.
  const inside = createServer(insideApp(ctx, options.webDir))
  let child: LiveKitChild | null = null
  let found: FoundLiveKit | null = null
  let stopping: Promise<void> | null = null
  const front = new Listener(server)
  const back = new Listener(inside)
  const stop = () => (stopping ??= stopAll({ front, back, proxy, child, ctx }))
  try {
    options.signal?.throwIfAborted()
    const port = await front.listen(config.http.port, config.http.host)
    const insidePort = await back.listen(0, '127.0.0.1')
    ctx.inside.url = `http://127.0.0.1:${insidePort}`
    if (config.livekit.external === null) {
      const log = ctx.log.child({ name: 'livekit' })
      found = await findLiveKit({
        config,
        log,
        report: options.report,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      })
      const own = new LiveKitChild({
        config,
        binary: found.path,
        ...ctx.credentials,
        webhookUrl: `http://127.0.0.1:${insidePort}${WEBHOOK_PATH}`,
        log,
      })
      child = own
      const interrupt = () => void own.stop()
      options.signal?.addEventListener('abort', interrupt)
      await own.start().catch((cause: unknown) => {
        if (cause instanceof ConfigError) throw cause
        throw new ConfigError(`${found?.path} does not start: ${(cause as Error).message}`, { cause })
      })
      options.signal?.removeEventListener('abort', interrupt)
      ctx.livekitPlace = {
        url: () => own.url.origin,
        fault: () =>
          own.state === 'ready' ? null : `LiveKit is ${own.state}: ${own.lastError ?? 'wait a moment'}`,
      }
    }
    ctx.meetings.start({ isNewLiveKit: child !== null })
    ctx.jobs.start()
    ctx.dispatcher.start()
    ctx.runs.start()
    return { port, child, found, stop }
  } catch (err) {
    await stop()
    // Told to stop, what it was doing failed for that reason.
    options.signal?.throwIfAborted()
    throw err
  }
}

function insideApp(ctx: Context, webDir: string) {
  const app = express()
  app.disable('x-powered-by')
  app.use(serveRecorder(webDir))
  app.post(WEBHOOK_PATH, ...livekitWebhook(ctx))
  app.use((err: unknown, req: express.Request, res: express.Response, _next: express.NextFunction) => {
    answerError(req, res, err, 'parley', ctx.log)
  })
  return app
}

function createFront(config: Config): Server {
  if (config.http.tls === null) return createServer()
  const read = (variable: string, file: string) => {
    try {
      return readFileSync(file)
    } catch (cause) {
      throw new ConfigError(`${variable}: ${file} cannot be read: ${(cause as Error).message}`, { cause })
    }
  }
  const pair = { cert: read('TLS_CERT', config.http.tls.cert), key: read('TLS_KEY', config.http.tls.key) }
  try {
    return createTlsServer(pair)
  } catch (cause) {
    throw new ConfigError(`TLS_CERT, TLS_KEY: not a certificate and its key: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/**
 * How long a connection is kept between requests. Reverse proxies and clients use one again for up to a minute; if it
 * ends here at that moment, a POST gets a reset, and nobody knows whether it was taken.
 */
const KEEP_ALIVE_MS = 65_000

/** How long answers under way may take after a stop. */
const FINISH_WITHIN_MS = 3000

/** A server that knows its sockets, those of unfinished TLS handshakes and upgrades too, and what is under way. */
class Listener {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #underWay = 0
  #isClosing = false

  constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    server.on('request', (_req, res) => this.#begin(res))
    server.on('upgrade', (_req, socket) => this.#begin(socket))
  }

  #begin(one: Duplex | ServerResponse): void {
    this.#underWay++
    one.once('close', () => {
      this.#underWay--
      this.#endIdle()
    })
  }

  #endIdle(): void {
    if (this.#isClosing && this.#underWay === 0) this.#endAll()
  }

  #endAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Resolves with the port. Throws {@link ConfigError} when it cannot be had. */
  listen(port: number, host: string): Promise<number> {
    const server = this.#server
    return new Promise((resolve, reject) => {
      server.once('error', (err: NodeJS.ErrnoException) => {
        const why =
          err.code === 'EADDRINUSE'
            ? `PORT: ${port} on ${host} is in use by another program; stop it or choose another (for example PORT=${port + 1})`
            : err.code === 'EACCES'
              ? `PORT: ${port} may not be opened by this user; choose one above 1023 (for example PORT=6080)`
              : `HOST: cannot listen on ${host}:${port}: ${err.message}; use an address of this machine (for example HOST=0.0.0.0)`
        reject(new ConfigError(why, { cause: err }))
      })
      server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
    })
  }

  /**
   * Takes no more connections, and ends those there are as soon as nothing is under way on any of them, at the
   * latest after {@link FINISH_WITHIN_MS}.
   */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    this.#isClosing = true
    const late = setTimeout(() => this.#endAll(), FINISH_WITHIN_MS)
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    // Browsers open connections ahead of use, which close() would wait for.
    this.#endIdle()
    await closed
    clearTimeout(late)
  }
}

interface Parts {
  front: Listener
  back: Listener
  proxy: LiveKitProxy
  child: LiveKitChild | null
  ctx: Context
}

async function stopAll({ front, back, proxy, child, ctx }: Parts): Promise<void> {
  const frontClosed = front.close()
  // LiveKit first: it tells participants through the proxy, and us through the back door, that meetings end. Its
  // end ends the proxy's connections, after what it said last.
  if (child === null) proxy.close()
  else await child.stop()
  await Promise.all([frontClosed, back.close()])
  await ctx.close()
}
