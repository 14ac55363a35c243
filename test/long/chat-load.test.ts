import { dispose } from '@livekit/rtc-node'
import { afterAll, describe, expect, it } from 'vitest'
import { loadChat } from '../support/chat-load.ts'
import { createDatabase } from '../support/parley.ts'
import { startServer } from '../support/server.ts'

/** In the letter of the demand: 200 messages a second from 20 bots in one room. */
const LOAD = { bots: 20, perSecond: 200, seconds: 20 }

afterAll(dispose)

const quantile = (values: number[], part: number): number =>
  Math.round(values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * part)] ?? 0)

describe.each(['sqlite', 'postgres'])('two hundred messages a second, on %s', (kind) => {
  it('lose none, stand in one order everywhere, and leave the page quick', async () => {
    const database = await createDatabase(kind)
    const server = await startServer(database.env)
    try {
      const load = await loadChat(server, LOAD)
      const { page } = load
      const figures = {
        kind,
        perSecond: Math.round(load.perSecond),
        deliveredMs: { p50: quantile(load.deliveredMs, 0.5), p95: quantile(load.deliveredMs, 0.95) },
        typedMs: { p50: quantile(page.typedMs, 0.5), p95: quantile(page.typedMs, 0.95) },
        longTasksMs: { count: page.longTasksMs.length, longest: Math.max(0, ...page.longTasksMs) },
      }
      process.stdout.write(`${JSON.stringify(figures)}\n`)
      expect(load.faults).toEqual([])
      expect(load.statuses.filter((status) => status !== 201)).toEqual([])

      const order = Array.from({ length: load.total }, (_, i) => i + 1)
      expect(load.kept.map(({ number }) => number)).toEqual(order)
      expect(new Set(load.kept.map(({ text }) => text)).size).toBe(load.total)
      for (const numbers of load.heard) expect(numbers).toEqual(order)
      expect(page.held).toEqual(order)
      // What it drew at once it drew in this order, too.
      expect(page.drawn).toEqual(page.drawn.toSorted((a, b) => a - b))

      // Generous, for a machine that runs bots, server, LiveKit and browser at once.
      expect(figures.typedMs.p95).toBeLessThan(250)
      expect(figures.longTasksMs.longest).toBeLessThan(500)
      expect(figures.perSecond).toBeGreaterThan(LOAD.perSecond * 0.9)
    } finally {
      await server.stop()
      await database.drop()
    }
  })
})
