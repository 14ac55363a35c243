import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client } from 'pg'
import { inject } from 'vitest'
import type { Clock } from '../../server/clock.ts'
import { loadConfig } from '../../server/config.ts'
import { type Context, createContext } from '../../server/context.ts'
import { createLogger } from '../../server/log.ts'
import { serve } from '../../server/serve.ts'
import { expectDocumented } from './documented.ts'

/** Seeded in every server under test, with all permissions. */
export const API_KEY = 'test-api-key-0123456789'
export const ADMIN = { username: 'admin', password: 'correct horse battery' }

export interface Answer {
  status: number
  headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  body: any
}

export interface CallOptions {
  key?: string | null
  token?: string
  cookie?: string
  headers?: Record<string, string>
  body?: unknown
}

/** A whole Parley in this process: real database, real LiveKit child, a real port. */
export interface TestParley {
  ctx: Context
  url: string
  dataDir: string
  env: Record<string, string>
  /**
   * `call('POST /api/v1/rooms', { body })`, with {@link API_KEY} unless `key` says otherwise. Throws where the answer
   * is not one that the API reference describes.
   */
  call: (route: string, options?: CallOptions) => Promise<Answer>
  /** Signs the admin in and returns the cookie header. */
  signIn: () => Promise<string>
  stop: () => Promise<void>
}

/** Steers the time of a server under test; it starts at the real one and moves on with it. */
export class TestClock implements Clock {
  #aheadMs = 0
  now(): number {
    return Date.now() + this.#aheadMs
  }
  advance(ms: number): void {
    this.#aheadMs += ms
  }
}

/** Starts a server on the database of this vitest project. Stop it in `afterAll`. */
export async function startParley(
  options: { env?: Record<string, string>; clock?: Clock; dataDir?: string } = {},
): Promise<TestParley> {
  const ownDir = options.dataDir === undefined
  const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'parley-test-')))
  const database = await createDatabase()
  const env: Record<string, string> = {
    PORT: '0',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
    RATE_LIMITS: 'off',
    INITIAL_API_KEY: API_KEY,
    ADMIN_USERNAME: ADMIN.username,
    ADMIN_PASSWORD: ADMIN.password,
    MEETING_DEPARTURE_TIMEOUT: '1',
    ...(process.env.LIVEKIT_SERVER_BIN === undefined
      ? {}
      : { LIVEKIT_SERVER_BIN: process.env.LIVEKIT_SERVER_BIN }),
    ...database.env,
    ...options.env,
  }
  const config = loadConfig(env)
  const ctx = await createContext(
    config,
    createLogger(config.logLevel),
    options.clock === undefined ? {} : { clock: options.clock },
  )
  const running = await serve(ctx, {
    webDir: path.join(import.meta.dirname, '../../dist/web'),
    report: () => undefined,
  })
  const url = `${config.http.tls === null ? 'http' : 'https'}://localhost:${running.port}`

  const call = async (
    route: string,
    { key = API_KEY, token, cookie, headers = {}, body }: CallOptions = {},
  ): Promise<Answer> => {
    const [method = 'GET', target = '/'] = route.split(' ')
    const response = await fetch(url + target, {
      method,
      redirect: 'manual',
      headers: {
        ...(key === null || token !== undefined || cookie !== undefined ? {} : { 'X-API-KEY': key }),
        ...(token === undefined ? {} : { 'X-Room-Member-Token': `Bearer ${token}` }),
        ...(cookie === undefined ? {} : { cookie, origin: url }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const answer = { status: response.status, headers: response.headers, body: parse(text) }
    if (!response.headers.get('content-type')?.startsWith('text/csv'))
      expectDocumented(method, target, answer.status, answer.body)
    return answer
  }

  return {
    ctx,
    url,
    dataDir,
    env,
    call,
    signIn: async () => {
      const { status, headers, body } = await call('POST /internal-api/v1/session', {
        key: null,
        body: { login: ADMIN.username, password: ADMIN.password },
      })
      if (status !== 200) throw new Error(`sign-in answered ${status}: ${JSON.stringify(body)}`)
      return headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ')
    },
    stop: async () => {
      await running.stop()
      await database.drop()
      if (ownDir) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** A database of its own: on PostgreSQL where the project, or the caller, asks for it; otherwise none is named. */
export async function createDatabase(
  kind = process.env.PARLEY_TEST_DATABASE,
): Promise<{ env: Record<string, string>; drop: () => Promise<void> }> {
  if (kind !== 'postgres') return { env: {}, drop: async () => undefined }
  const base = inject('postgresUrl')
  const name = `test_${randomBytes(8).toString('hex')}`
  const run = async (statement: string) => {
    const client = new Client({ connectionString: `${base}/postgres` })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  await run(`create database ${name}`)
  return { env: { DATABASE_URL: `${base}/${name}` }, drop: () => run(`drop database ${name} with (force)`) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Asks again until `isDone` holds; fails with what was seen last. */
export async function eventually<T>(
  what: string,
  read: () => Promise<T>,
  isDone: (value: T) => boolean,
  withinMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const value = await read()
    if (isDone(value)) return value
    if (Date.now() > deadline)
      throw new Error(`${what} did not happen within ${withinMs} ms; last seen: ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
