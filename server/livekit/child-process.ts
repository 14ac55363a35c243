import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** LiveKit ignores signals in its first 100 ms of serving, so this is a little longer. */
const FORCE_AFTER_MS = 150
const KILL_AFTER_MS = 3_000
/** What the child gets of our environment. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'TMPDIR',
  'TEMP',
  'TMP',
  'TZ',
  'LANG',
  'SYSTEMROOT',
  'GOMAXPROCS',
  'GOMEMLIMIT',
]

/** A port that LiveKit could not open, as it says so: `listen udp 127.0.0.1:7882: bind: address already in use`. */
export class PortFault extends Error {
  override name = 'PortFault'
  readonly protocol: string
  readonly port: number
  readonly why: string

  constructor(protocol: string, port: number, why: string) {
    super(`LiveKit could not open ${protocol.toUpperCase()} port ${port}: ${why}`)
    this.protocol = protocol
    this.port = port
    this.why = why
  }
}

/** One life of the LiveKit process, from its start to its exit; starting it again makes a new one. */
export class Running {
  readonly process: ChildProcess
  readonly startedAt = Date.now()
  /** Resolves, never rejects, when the process has ended and all it said was read. */
  readonly exited: Promise<void>
  hasExited = false
  isReady = false
  /** We end it ourselves, so its end is no crash. */
  expected = false
  #how = ''
  readonly #tail: string[] = []

  constructor(
    binary: string,
    configFile: string,
    log: (level: string, message: string, fields: object) => void,
  ) {
    this.process = spawn(binary, ['--config', configFile], {
      // Only what it needs: LiveKit takes LIVEKIT_RTC_TCP_PORT, NODE_IP and hundreds of others from its
      // environment and over its config, and our secrets are none of its business.
      env: Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]])),
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own process group: Ctrl-C in the terminal reaches Parley alone, which then ends it in order.
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    this.exited = new Promise((resolve) => {
      const end = (how: string) => {
        this.#how = how
        this.hasExited = true
        resolve()
      }
      this.process.once('error', (error) => end(`could not be started (${error.message})`))
      this.process.once('close', (code, signal) =>
        end(signal === null ? `ended with code ${code}` : `was ended by ${signal}`),
      )
    })
    for (const stream of [this.process.stdout, this.process.stderr])
      if (stream !== null) this.#read(stream, log)
  }

  readonly kill = (): void => {
    this.process.kill('SIGKILL')
  }

  /** Ends it in order if it serves, with SIGKILL if that takes 3 s, and at once while it is starting. */
  async end(): Promise<void> {
    if (this.hasExited || this.process.pid === undefined) return
    if (!this.isReady) {
      this.kill()
      return this.exited
    }
    // The first SIGTERM only drains, for as long as somebody is in a room; the second closes the rooms.
    this.process.kill('SIGTERM')
    const force = setTimeout(() => this.process.kill('SIGTERM'), FORCE_AFTER_MS)
    const kill = setTimeout(this.kill, KILL_AFTER_MS)
    await this.exited
    clearTimeout(force)
    clearTimeout(kill)
  }

  /** Why it ended, for a log line or /health. */
  fault(): Error {
    // LiveKit prints what stops it from starting, and exits with code 0.
    for (const line of this.#tail) {
      const bind = /listen (udp|tcp)\d? \S*?:(\d+): bind: (.+)$/.exec(line)
      if (bind?.[1] !== undefined && bind[3] !== undefined)
        return new PortFault(bind[1], Number(bind[2]), bind[3])
    }
    return new Error(`LiveKit ${this.#how}: ${this.lastWords()}`)
  }

  lastWords(): string {
    const panic = this.#tail.find((line) => /^(panic|fatal error): /.test(line))
    return panic ?? this.#tail.at(-1) ?? 'it said nothing'
  }

  #read(stream: Readable, log: (level: string, message: string, fields: object) => void): void {
    createInterface({ input: stream }).on('line', (raw) => {
      // A refused token stands in full in LiveKit's line about it.
      const line = raw.replace(/eyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[token]')
      const entry = readEntry(line)
      if (entry === null || entry.level !== 'info') {
        this.#tail.push(entry?.message ?? line)
        if (this.#tail.length > 20) this.#tail.shift()
      }
      if (entry === null) log('debug', line, {})
      else log(entry.level, entry.message, entry.fields)
    })
  }
}

/** One JSON line of LiveKit's log, or null for anything else it prints. */
function readEntry(line: string): { level: string; message: string; fields: object } | null {
  if (!line.startsWith('{')) return null
  try {
    const { level, msg, ts: _ts, logger: _logger, ...fields } = JSON.parse(line) as Record<string, unknown>
    return { level: String(level), message: String(msg), fields }
  } catch {
    return null
  }
}
