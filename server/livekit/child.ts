import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { RoomServiceClient } from 'livekit-server-sdk'
import { ConfigError, type Config, isLoopbackHost } from '../config.ts'
import type { Logger } from '../log.ts'
import { childConfig, describePlan, type MediaPlan, planMedia } from './child-config.ts'
import { PortFault, Running } from './child-process.ts'

const READY_WITHIN_MS = 15_000
const STABLE_AFTER_MS = 60_000
/** How often free ports are chosen anew when another program was quicker. */
const PORT_TRIES = 5
export type ChildState = 'starting' | 'ready' | 'restarting' | 'stopped'

export interface LiveKitChildOptions {
  config: Config
  /** Path of the binary, from findLiveKit. */
  binary: string
  /** One pair per data directory; the secret has at least 32 characters. */
  apiKey: string
  apiSecret: string
  /** `http://127.0.0.1:PORT/internal-api/v1/livekit/webhook` of this Parley. */
  webhookUrl: string
  log: Logger
  /** Default: the livekit.yaml at the top level of this checkout. */
  templateFile?: string
}

/** How long to wait before the given restart, the first being 0: 0.5 s, doubled each time up to 30 s. */
export const restartDelayMs = (attempt: number): number => Math.min(500 * 2 ** attempt, 30_000)

/**
 * The LiveKit server that Parley runs itself, as a child process that lives as long as it: restarted when it
 * crashes, gone when {@link stop} resolves or Parley exits. After a `kill -9` of Parley, the next start on the
 * same data directory ends what was left. Its API listens on 127.0.0.1 only; for media see {@link planMedia}.
 * Its config, with the secret, lies in `<dataDir>/livekit/livekit.yaml` with mode 0600.
 */
export class LiveKitChild {
  readonly #options: LiveKitChildOptions
  readonly #log: Logger
  readonly #plan: MediaPlan
  readonly #directory: string
  readonly #configFile: string
  readonly #pidFile: string
  #ports: { api: number; udp: number } | null = null
  #running: Running | null = null
  #starting: Promise<void> | null = null
  #state: ChildState = 'stopped'
  #lastError: string | null = null
  #restarts = 0
  #restartTimer: NodeJS.Timeout | null = null

  constructor(options: LiveKitChildOptions) {
    this.#options = options
    this.#log = options.log
    this.#plan = planMedia(options.config)
    this.#directory = path.join(options.config.dataDir, 'livekit')
    this.#configFile = path.join(this.#directory, 'livekit.yaml')
    this.#pidFile = path.join(this.#directory, 'livekit.pid')
  }

  get state(): ChildState {
    return this.#state
  }

  /** Why it is not ready, as one sentence; null while it is. */
  get lastError(): string | null {
    return this.#lastError
  }

  /** Process id of the child, null while there is none. */
  get pid(): number | null {
    return this.#running?.process.pid ?? null
  }

  /** `http://127.0.0.1:port` of its API and signalling. Throws before the first {@link start}. */
  get url(): URL {
    if (this.#ports === null) throw new Error('LiveKit was not started yet')
    return new URL(`http://127.0.0.1:${this.#ports.api}`)
  }

  /** One sentence for the terminal: media ports, and what to open in a firewall. For after {@link start}. */
  describePorts(): string {
    return describePlan(this.#plan, this.#ports?.udp ?? this.#plan.udpPort)
  }

  /**
   * Resolves once the child answers on its API port to this Parley's key. Called again while it starts or runs
   * it changes nothing. Throws {@link ConfigError} when a port that the operator chose is in use or forbidden,
   * and `Error` when the child ends or does not answer within 15 s, with what it said last; then nothing is
   * left running.
   */
  start(): Promise<void> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      if (this.#isStopped()) throw error
      this.#starting = null
      this.#state = 'stopped'
      this.#lastError = (error as Error).message
      throw error
    })
    return this.#starting
  }

  /** Ends the child, at the latest after 3 s with SIGKILL, and resolves when it has exited; start() may follow. */
  async stop(): Promise<void> {
    const starting = this.#starting
    this.#state = 'stopped'
    this.#starting = null
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer)
    this.#restartTimer = null
    await this.#endChild()
    // A start that was under way ends with an error for whoever waits for it, and no later than this.
    await starting?.catch(() => undefined)
  }

  async #start(): Promise<void> {
    this.#state = 'starting'
    this.#restarts = 0
    this.#warnOfNarrowMedia()
    await mkdir(this.#directory, { recursive: true })
    await this.#endOrphan()
    const template = await readFile(this.#options.templateFile ?? findTemplate(), 'utf8')

    for (let attempt = 1; ; attempt++) {
      const ports = {
        api: await freeTcpPort(),
        udp: this.#plan.udpPort === 0 ? await freeUdpPort() : this.#plan.udpPort,
      }
      this.#ports = ports
      await this.#writePrivately(
        this.#configFile,
        childConfig({ ...this.#options, template, plan: this.#plan, apiPort: ports.api, udpPort: ports.udp }),
      )
      try {
        await this.#launch()
        return
      } catch (error) {
        if (error instanceof PortFault) this.#refuseChosenPort(error)
        if (!(error instanceof PortFault) || attempt === PORT_TRIES || this.#isStopped()) throw error
        this.#log.debug(`${error.message}; choosing other ports`)
      }
    }
  }

  /** What an operator set and would miss, while media stays on this machine. */
  #warnOfNarrowMedia(): void {
    if (!this.#plan.onLoopback) return
    const { http, livekit } = this.#options.config
    if (livekit.rtcTcpPort)
      this.#log.warn(
        'LIVEKIT_RTC_TCP_PORT is not used while media is on 127.0.0.1: LiveKit would open it to all',
      )
    if (
      http.publicUrl !== null &&
      !isLoopbackHost(new URL(http.publicUrl).hostname) &&
      livekit.nodeIp === null
    )
      this.#log.warn(
        `PUBLIC_URL is ${http.publicUrl}, but media is on 127.0.0.1 only, as HOST is: people elsewhere can join and ` +
          'will neither see nor hear. Set LIVEKIT_NODE_IP to the address of this machine that they reach',
      )
  }

  /** Throws when the port is one that a variable sets; returns when it was a free one that we chose. */
  #refuseChosenPort({ protocol, port, why, message }: PortFault): void {
    const variable =
      protocol === 'udp' && port === this.#plan.udpPort
        ? 'LIVEKIT_RTC_UDP_PORT'
        : protocol === 'tcp' && port === this.#plan.tcpPort
          ? 'LIVEKIT_RTC_TCP_PORT'
          : null
    if (variable === null) return
    throw new ConfigError(
      `${variable}: ${protocol.toUpperCase()} port ${port} for media cannot be opened (${why}); end the program ` +
        `that uses it or choose another port (for example ${variable}=${port + 10})`,
      { cause: message },
    )
  }

  /** Starts the process with the config that lies there and waits until it is ready; on failure it is gone. */
  async #launch(): Promise<void> {
    if (this.#isStopped()) throw new Error('LiveKit was stopped before it started')
    const child = new Running(this.#options.binary, this.#configFile, (level, message, fields) =>
      this.#logChild(level, message, fields),
    )
    this.#running = child
    process.once('exit', child.kill)
    void child.exited.then(() => {
      process.off('exit', child.kill)
      this.#onExit(child)
    })
    try {
      // Spawning failed: there is no pid, and `exited` carries the reason.
      if (child.process.pid !== undefined) await this.#writePrivately(this.#pidFile, `${child.process.pid}\n`)
      await this.#untilReady(child)
      if (this.#isStopped()) throw new Error('LiveKit was stopped while it started')
      if (child.hasExited) throw child.fault()
    } catch (error) {
      child.expected = true
      await this.#endChild()
      throw error
    }
    child.isReady = true
    this.#state = 'ready'
    this.#lastError = null
  }

  /**
   * Asks for the list of rooms with our own key: an answer of 200 to anything else could come from another
   * LiveKit that took the same free port a moment before.
   */
  async #untilReady(child: Running): Promise<void> {
    const { apiKey, apiSecret } = this.#options
    const rooms = new RoomServiceClient(this.url.origin, apiKey, apiSecret, {
      requestTimeout: 2,
      failover: false,
    })
    const deadline = Date.now() + READY_WITHIN_MS
    let answer = 'no answer'
    while (Date.now() < deadline) {
      if (child.hasExited) throw child.fault()
      const ok = await rooms.listRooms().then(
        () => true,
        (error: Error) => {
          answer = error.message
          return false
        },
      )
      if (ok && !child.hasExited) return
      await Promise.race([delay(25), child.exited])
    }
    throw new Error(
      `LiveKit did not answer within ${READY_WITHIN_MS / 1000} s on ${this.url.origin} (${answer}): ${child.lastWords()}`,
    )
  }

  #onExit(child: Running): void {
    if (this.#running === child) this.#running = null
    if (child.expected || this.#isStopped()) return
    if (!child.isReady) return // #launch tells whoever waits for it
    this.#lastError = child.fault().message
    if (Date.now() - child.startedAt > STABLE_AFTER_MS) this.#restarts = 0
    this.#scheduleRestart()
  }

  #scheduleRestart(): void {
    this.#state = 'restarting'
    const waitMs = restartDelayMs(this.#restarts++)
    this.#log.error(`${this.#lastError}; starting it again in ${waitMs / 1000} s`)
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = null
      this.#launch().then(
        () => this.#log.info('LiveKit runs again'),
        (error: Error) => {
          if (this.#isStopped()) return
          this.#lastError = error.message
          this.#scheduleRestart()
        },
      )
    }, waitMs)
  }

  /** A method, because TypeScript would take an earlier comparison of the field for still true after an await. */
  #isStopped(): boolean {
    return this.#state === 'stopped'
  }

  async #endChild(): Promise<void> {
    const child = this.#running
    if (child !== null) {
      child.expected = true
      await child.end()
    }
    await rm(this.#pidFile, { force: true })
  }

  /** What a Parley that died without a chance to stop it has left running. */
  async #endOrphan(): Promise<void> {
    const pid = Number(await readFile(this.#pidFile, 'utf8').catch(() => ''))
    if (!Number.isSafeInteger(pid) || pid <= 1 || pid === process.pid) return
    // The number may belong to another program by now. A process that has ended but was not collected by its
    // parent still has its number, and no command line.
    const isOurs = async () => (await commandLine(pid)).includes(`--config\0${this.#configFile}\0`)
    if (await isOurs()) {
      this.#log.warn(`Ending the LiveKit (process ${pid}) that a Parley which was killed has left`)
      kill(pid)
      for (let i = 0; i < 100 && (await isOurs()); i++) await delay(20)
    }
    await rm(this.#pidFile, { force: true })
  }

  /** Never readable by others, not even for a moment, and never half-written. */
  async #writePrivately(file: string, text: string): Promise<void> {
    const fresh = `${file}.${randomBytes(4).toString('hex')}`
    await writeFile(fresh, text, { mode: 0o600 })
    await rename(fresh, file)
  }

  #logChild(level: string, message: string, fields: object): void {
    const harmless =
      this.#isStopped() ||
      (this.#plan.onLoopback && message.startsWith('UDP receive buffer is too small')) ||
      // Every connection that a person ends, well or badly, makes some; the meeting's own events tell of it.
      (level === 'warn' && 'participant' in fields)
    if (harmless) this.#log.debug(fields, message)
    else if (/^(error|dpanic|panic|fatal)$/.test(level)) this.#log.error(fields, message)
    else if (level === 'warn') this.#log.warn(fields, message)
    else this.#log.debug(fields, message)
  }
}

/** The nearest livekit.yaml above this file, which stands elsewhere in a build than in the source. */
function findTemplate(): string {
  for (let directory = import.meta.dirname; ; directory = path.dirname(directory)) {
    const file = path.join(directory, 'livekit.yaml')
    if (existsSync(file)) return file
    if (directory === path.dirname(directory))
      throw new Error('livekit.yaml is missing from this installation')
  }
}

/** Arguments of a process, each followed by a NUL; empty when there is no such process or no way to know. */
async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  // On Windows an orphan is left alone: it holds nothing that a new start needs but fixed media ports.
  if (process.platform === 'win32') return ''
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(
    () => ({
      stdout: '',
    }),
  )
  return stdout.trim().replace(' --config ', '\0--config\0') + '\0'
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has just ended by itself, which is all that was wanted.
  }
}

const freeTcpPort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number } // a TCP server's address is never a string
      server.close(() => resolve(port))
    })
  })

const freeUdpPort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    socket.once('error', reject)
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })
