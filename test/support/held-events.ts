import type { WebhookEvent } from 'livekit-server-sdk'
import { vi } from 'vitest'
import { eventually, type TestParley } from './parley.ts'

/**
 * LiveKit's events stay on their way until they are let through, and nothing compares rows with LiveKit meanwhile.
 * Whoever uses it restores all mocks after each test.
 */
export function holdEvents(parley: TestParley) {
  const held: WebhookEvent[] = []
  vi.spyOn(parley.ctx.meetings, 'reconcile').mockResolvedValue()
  const handle = vi.spyOn(parley.ctx.meetings, 'handle').mockImplementation(async (event) => {
    held.push(event)
  })
  return {
    until: (count: number, name: WebhookEvent['event']) =>
      eventually(
        `${count} held ${name}`,
        async () => held.filter(({ event }) => event === name).length,
        (found) => found >= count,
      ),
    letThrough: async () => {
      handle.mockRestore()
      for (const event of held) await parley.ctx.meetings.handle(event)
    },
  }
}
