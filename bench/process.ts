import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export const ROOT = path.join(import.meta.dirname, '..')
export const API_KEY = 'bench-api-key-0123456789'

/** A process that is measured from outside, by what the operating system says of it. */
export class Measured {
  readonly url: string
  readonly startedInMs: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, url: string, startedInMs: number) {
    this.#child = child
    this.url = url
    this.startedInMs = startedInMs
  }

  /** Runs `node args` until a line of its output matches `ready`, whose first group is its address. */
  static async start(args: string[], env: Record<string, string>, ready: RegExp): Promise<Measured> {
    const startedAt = performance.now()
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const url = await new Promise<string>((resolve, reject) => {
      const take = (chunk: Buffer) => {
        output += String(chunk)
        const found = ready.exec(output)?.[1]
        if (found !== undefined) resolve(found)
      }
      child.stdout.on('data', take)
      child.stderr.on('data', take)
      child.once('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}: ${output}`)))
      setTimeout(
        () => reject(new Error(`${args.join(' ')} was not ready within 60 s: ${output}`)),
        60_000,
      ).unref()
    })
    return new Measured(child, url, performance.now() - startedAt)
  }

  /** CPU seconds that the process has used so far, in user and kernel mode. */
  cpuSeconds(): number {
    return cpuSecondsOf(this.#pid)
  }

  /** Resident memory in bytes. */
  residentBytes(): number {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.#pid}/status`, 'utf8'))?.[1]
    return Number(kilobytes) * 1024
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await exited
  }

  get #pid(): number {
    return this.#child.pid ?? 0
  }
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** Fields of /proc/<pid>/stat after the program's name, which stands in brackets and may hold spaces. */
const statOf = (pid: number): string[] => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** CPU seconds that a process has used so far, in user and kernel mode; 0 once it has ended. */
export function cpuSecondsOf(pid: number): number {
  try {
    const fields = statOf(pid)
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  } catch {
    return 0
  }
}

/** 0 once the process has ended. */
export function parentOf(pid: number): number {
  try {
    return Number(statOf(pid)[1])
  } catch {
    return 0
  }
}

/** Requests are counted as ever, but none is refused. */
const HIGH_LIMITS = { read: 1e9, crud: 1e9, create: 1e9, join: 1e9, anonymous: 1e9, webhooks: 1e9 }

/** The built Parley on a free port with an API key, as `entry` starts it, on `dataDir`. */
export const startParley = (dataDir: string, entry = 'dist/server/main.js'): Promise<Measured> =>
  Measured.start(
    [entry],
    {
      PORT: '0',
      DATA_DIR: dataDir,
      RATE_LIMITS: JSON.stringify(HIGH_LIMITS),
      INITIAL_API_KEY: API_KEY,
      ADMIN_PASSWORD: 'bench password',
      LOG_LEVEL: 'warn',
    },
    /Parley +(http:\S+)/,
  )

/** Gives `use` a fresh directory and removes it afterwards. */
export async function withDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(path.join(tmpdir(), 'parley-bench-'))
  try {
    return await use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Calls the API with the bench's key; throws on any other status than 2xx. */
export async function call<T>(url: string, method: string, target: string, body?: object): Promise<T> {
  const response = await fetch(url + target, {
    method,
    headers: { 'X-API-KEY': API_KEY, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok)
    throw new Error(`${method} ${target} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}

export function median(values: number[]): number {
  return percentile(values, 50)
}

/** Nearest-rank percentile. */
export function percentile(values: number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN
}
