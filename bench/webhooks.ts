import { fileURLToPath } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'
import { call, Measured, percentile, startParley, withDirectory } from './process.ts'

const SUBSCRIPTIONS = 50
const EVENTS = 1000
const PROBE_MS = 10
const PROBES_ALONE = 300

interface Latency {
  p50Ms: number
  p99Ms: number
}

export interface WebhooksResult {
  deliveries: number
  /** From the first event to the last delivery. */
  emptyMs: number
  eventsPerSecond: number
  deliveriesPerSecond: number
  /** Answers of GET /api/v1/rooms/{id} with nothing else to do. */
  alone: Latency
  /** While ten others make rooms as fast as they can, and webhooks tell of it. */
  making: Latency
  /** While webhooks are delivered, and nothing else is done. */
  meanwhile: Latency
}

/** A thousand events at once to fifty subscriptions, and what the API's callers notice of it. */
export const benchWebhooks = (): Promise<WebhooksResult> =>
  withDirectory(async (dataDir) => {
    const parley = await startParley(dataDir)
    let receivers: Measured | undefined
    try {
      const script = fileURLToPath(import.meta.resolve('./receivers.js'))
      receivers = await Measured.start([script], {}, /receivers (http:\S+)/)
      const { url } = receivers
      const { roomId } = await call<{ roomId: string }>(parley.url, 'POST', '/api/v1/rooms', {})
      const probe = () => timed(() => call(parley.url, 'GET', `/api/v1/rooms/${roomId}`))
      for (let i = 0; i < SUBSCRIPTIONS; i++)
        await call(parley.url, 'POST', '/api/v1/webhooks', { url: `${url}/${i}`, events: ['roomCreated'] })
      const alone: number[] = []
      for (let i = 0; i < PROBES_ALONE; i++) {
        alone.push(await probe())
        await delay(PROBE_MS)
      }

      const startedAt = Date.now()
      let isMaking = true
      const emitting = createRooms(parley.url).finally(() => (isMaking = false))
      const making: number[] = []
      const meanwhile: number[] = []
      let seen = { count: 0, lastAt: 0 }
      while (seen.count < SUBSCRIPTIONS * EVENTS) {
        for (let i = 0; i < 20; i++) {
          const phase = isMaking ? making : meanwhile
          phase.push(await probe())
          await delay(PROBE_MS)
        }
        seen = (await (await fetch(url)).json()) as typeof seen
        if (Date.now() - startedAt > 300_000) throw new Error(`only ${seen.count} deliveries in 5 minutes`)
      }
      await emitting
      const emptyMs = seen.lastAt - startedAt
      return {
        deliveries: seen.count,
        emptyMs,
        eventsPerSecond: (EVENTS * 1000) / emptyMs,
        deliveriesPerSecond: (seen.count * 1000) / emptyMs,
        alone: latencyOf(alone),
        making: latencyOf(making),
        meanwhile: latencyOf(meanwhile),
      }
    } finally {
      await receivers?.stop()
      await parley.stop()
    }
  })

const latencyOf = (all: number[]): Latency => ({ p50Ms: percentile(all, 50), p99Ms: percentile(all, 99) })

/** The events: one for each room, ten requests at a time. */
async function createRooms(url: string): Promise<void> {
  let left = EVENTS
  const run = async () => {
    while (left > 0) {
      left -= 1
      await call(url, 'POST', '/api/v1/rooms', { roomName: 'Told' })
    }
  }
  await Promise.all(Array.from({ length: 10 }, run))
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
