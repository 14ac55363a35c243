import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test as base } from '@playwright/test'

const MAIN = path.join(import.meta.dirname, '../../dist/server/main.js')
/** Seeded in each server under test. */
export const API_KEY = 'test-api-key-0123456789'
export const ADMIN = { username: 'admin', password: 'correct horse battery' }

/** A built Parley in a process of its own, that may not have started yet or never will. */
export interface ServerAttempt {
  dataDir: string
  process: ChildProcess
  stdout: () => string
  stderr: () => string
  /** Resolves when the process has ended and all it wrote was read. */
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** A built Parley in a process of its own, that has said where it listens. */
export interface ServerProcess {
  url: string
  /** From the terminal; null once there is an admin. */
  setupLink: string | null
  dataDir: string
  process: ChildProcess
  /** Everything written to the terminal so far. */
  output: () => string
  /** A REST call with the seeded key; throws on an answer that is not 2xx. */
  call: <T = Record<string, unknown>>(route: string, body?: unknown) => Promise<T>
  /** SIGTERM, or the given signal; resolves with the exit code. */
  stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

/** Runs `dist/server/main.js`, on a free port and a data directory of its own unless `env` says otherwise. */
export async function runServer(env: Record<string, string> = {}): Promise<ServerAttempt> {
  const dataDir = env.DATA_DIR ?? (await mkdtemp(path.join(tmpdir(), 'parley-e2e-')))
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...(process.env.LIVEKIT_SERVER_BIN === undefined
        ? {}
        : { LIVEKIT_SERVER_BIN: process.env.LIVEKIT_SERVER_BIN }),
      PORT: '0',
      DATA_DIR: dataDir,
      LOG_LEVEL: 'warn',
      RATE_LIMITS: 'off',
      INITIAL_API_KEY: API_KEY,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()))
  return {
    dataDir,
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    exited: new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal }))),
  }
}

/** Runs a server and waits until it has said where it listens. */
export async function startServer(env: Record<string, string> = {}): Promise<ServerProcess> {
  const attempt = await runServer(env)
  const { dataDir, process: child, stdout } = attempt
  const output = () => stdout() + attempt.stderr()
  const url = await until(30_000, () => {
    if (child.exitCode !== null) throw new Error(`Parley ended with ${child.exitCode}:\n${output()}`)
    // The last line of the block that tells where everything is.
    return /Media[ :]|LiveKit +ws/.test(stdout()) ? stdout().match(/Parley +(\S+)/)?.[1] : undefined
  })
  return {
    url,
    setupLink: stdout().match(/First admin +(\S+)/)?.[1] ?? null,
    dataDir,
    process: child,
    output,
    call: async (route, body) => {
      const [method = 'GET', target = '/'] = route.split(' ')
      const response = await fetch(url + target, {
        method,
        headers: {
          'X-API-KEY': API_KEY,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${route} answered ${response.status}: ${text}`)
      return JSON.parse(text === '' ? 'null' : text)
    },
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      const { code } = await attempt.exited
      if (env.DATA_DIR === undefined) await rm(dataDir, { recursive: true, force: true })
      return code
    },
  }
}

async function until<T>(withinMs: number, read: () => T | undefined): Promise<T> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const value = read()
    if (value !== undefined) return value
    if (Date.now() > deadline) throw new Error(`nothing after ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** Playwright's test with `parley`: one server for all tests of a worker, its admin made from ADMIN. */
export const test = base.extend<object, { parley: ServerProcess }>({
  parley: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads which fixtures are wanted from the pattern
    async ({}, use) => {
      const server = await startServer({ ADMIN_USERNAME: ADMIN.username, ADMIN_PASSWORD: ADMIN.password })
      await use(server)
      await server.stop()
    },
    { scope: 'worker' },
  ],
})
export { expect } from '@playwright/test'
