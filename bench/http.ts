import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { API_KEY, call, Measured, median, percentile, startParley, withDirectory } from './process.ts'

const ROUNDS = 3
const SECONDS = 4
const CONNECTIONS = 10
const ROOM = { roomName: 'Daily' }

const LIST = '/api/v1/rooms'

/** What is asked, with which keys in turns. */
export interface Target {
  path: string
  method: 'GET' | 'POST'
  keys: string[]
}

export interface Load {
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
  cpuMs: number
}

export interface HttpResult {
  get: { parley: Load; bare: Load }
  post: { parley: Load; bare: Load }
  /** After all these requests. */
  residentBytes: number
}

/**
 * Authenticated GET and POST /api/v1/rooms against a bare Express route with the same answers, in turns, so that
 * a machine that gets slower meanwhile slows both.
 */
export const benchHttp = (): Promise<HttpResult> =>
  withDirectory(async (dataDir) => {
    const parley = await startParley(dataDir)
    let bare: Measured | undefined
    try {
      const room = await call<object>(parley.url, 'POST', '/api/v1/rooms', ROOM)
      for (let i = 1; i < 20; i++) await call(parley.url, 'POST', '/api/v1/rooms', ROOM)
      const list = await call<object>(parley.url, 'GET', '/api/v1/rooms')
      const script = fileURLToPath(import.meta.resolve('./bare.js'))
      bare = await Measured.start([script, JSON.stringify({ list, room })], {}, /bare (http:\S+)/)

      const get = await compare(parley, bare, { path: LIST, method: 'GET', keys: [API_KEY] })
      const post = await compare(parley, bare, { path: LIST, method: 'POST', keys: [API_KEY] })
      return { get, post, residentBytes: parley.residentBytes() }
    } finally {
      await bare?.stop()
      await parley.stop()
    }
  })

async function compare(parley: Measured, bare: Measured, target: Target) {
  const loads: { parley: Load[]; bare: Load[] } = { parley: [], bare: [] }
  await load(parley, target, 2)
  await load(bare, target, 2)
  for (let round = 0; round < ROUNDS; round++) {
    loads.bare.push(await load(bare, target, SECONDS))
    loads.parley.push(await load(parley, target, SECONDS))
  }
  return { parley: middle(loads.parley), bare: middle(loads.bare) }
}

/** Puts load on one process for some seconds, each key in its turn. Throws when any answer is no success. */
export async function load(measured: Measured, target: Target, seconds: number): Promise<Load> {
  const { method } = target
  const latencies: number[] = []
  const cpuBefore = measured.cpuSeconds()
  const startedAt = performance.now()
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const running = autocannon(
      {
        url: measured.url,
        requests: target.keys.map((key) => ({
          method,
          path: target.path,
          headers: {
            'x-api-key': key,
            ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
          },
          ...(method === 'POST' ? { body: JSON.stringify(ROOM) } : {}),
        })),
        connections: CONNECTIONS,
        duration: seconds,
      },
      (err: unknown, done) => (err instanceof Error ? reject(err) : resolve(done)),
    )
    // autocannon's own histogram has whole milliseconds only.
    running.on('response', (_client, _status, _bytes, responseTime) => latencies.push(responseTime))
  })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${method}: ${result.non2xx} answers were no success, ${result.errors} requests failed`)
  const elapsed = (performance.now() - startedAt) / 1000
  return {
    requestsPerSecond: latencies.length / elapsed,
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
    cpuMs: ((measured.cpuSeconds() - cpuBefore) * 1000) / latencies.length,
  }
}

export const middle = (loads: Load[]): Load => ({
  requestsPerSecond: median(loads.map((one) => one.requestsPerSecond)),
  p50Ms: median(loads.map((one) => one.p50Ms)),
  p99Ms: median(loads.map((one) => one.p99Ms)),
  cpuMs: median(loads.map((one) => one.cpuMs)),
})
