import { dispose } from '@livekit/rtc-node'
import { loadChat } from '../test/support/chat-load.ts'
import { startServer } from '../test/support/server.ts'
import { percentile } from './process.ts'

export interface ChatResult {
  perSecond: number
  /** Messages that were refused, or heard by somebody out of order or not at all. */
  lost: number
  /** From the request until each of the bots heard it. */
  delivered: { p50Ms: number; p95Ms: number }
  /** In a page with its chat open: from a key press to the frame after, and the longest task. */
  typedP95Ms: number
  longestTaskMs: number
}

/** Twenty bots that write two hundred messages a second into one room, and a page that reads along. */
export async function benchChat(): Promise<ChatResult> {
  const server = await startServer()
  try {
    const { total, statuses, perSecond, deliveredMs, heard, page } = await loadChat(server, {
      bots: 20,
      perSecond: 200,
      seconds: 15,
    })
    const inOrder = [...heard, page.held].map(
      (numbers) => numbers.filter((number, i) => number === i + 1).length,
    )
    return {
      perSecond,
      lost: Math.max(total - Math.min(...inOrder), statuses.filter((status) => status !== 201).length),
      delivered: { p50Ms: percentile(deliveredMs, 50), p95Ms: percentile(deliveredMs, 95) },
      typedP95Ms: percentile(page.typedMs, 95),
      longestTaskMs: Math.max(0, ...page.longTasksMs),
    }
  } finally {
    await server.stop()
    await dispose()
  }
}
