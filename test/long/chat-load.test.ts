import { dispose } from '@livekit/rtc-node'
import { type Browser, chromium, type Page } from '@playwright/test'
import { afterEach, describe, expect, it } from 'vitest'
import { type Bot, join } from '../support/bots.ts'
import { CHROMIUM_ARGS, chromiumPath } from '../support/chromium.ts'
import { eventually, startParley, type TestParley } from '../support/parley.ts'

/*
 * 200 messages a second from 20 bots for 15 s, in one room with a page whose chat is open. Limits are off: one
 * participant may otherwise send 30 in 10 s.
 *
 * Measured: every bot's packets in the order of arrival against the server's list; in the page every message that was
 * ever drawn (a MutationObserver), the time between a key press and the letter standing in the field, and tasks over
 * 50 ms (PerformanceObserver "longtask").
 */
const BOTS = 20
const PER_SECOND = 200
const SECONDS = 15
const TOTAL = PER_SECOND * SECONDS

let parley: TestParley | undefined
let browser: Browser | undefined
afterEach(async () => {
  await browser?.close()
  await parley?.stop()
})

interface Watched {
  drawn: number[]
  long: number[]
  typed: number[]
}
type WatchedWindow = Window & { watched: Watched }

const watch = () => {
  const watched: Watched = { drawn: [], long: [], typed: [] }
  ;(window as unknown as WatchedWindow).watched = watched
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) watched.long.push(Math.round(duration))
  }).observe({ type: 'longtask' })
  const note = (node: Node) => {
    if (!(node instanceof HTMLElement)) return
    const found = [
      ...(node.matches('[data-number]') ? [node] : []),
      ...node.querySelectorAll<HTMLElement>('[data-number]'),
    ]
    for (const { dataset } of found) watched.drawn.push(Number(dataset['number']))
  }
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) addedNodes.forEach(note)
  }).observe(document, { childList: true, subtree: true })
}

/** Types a letter each quarter of a second and measures until it has been painted. */
const typeOn = async (page: Page, signal: AbortSignal) => {
  while (!signal.aborted) {
    await page.evaluate(async () => {
      const field = document.querySelector<HTMLTextAreaElement>('#chat-input')
      if (!field) return
      const startedAt = performance.now()
      field.focus()
      document.execCommand('insertText', false, 'x')
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      ;(window as unknown as WatchedWindow).watched.typed.push(Math.round(performance.now() - startedAt))
    })
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

const numbersHeard = (bot: Bot): number[] =>
  bot.told.flatMap(({ type, messages }) =>
    type === 'chat.messages' ? (messages as { number: number }[]).map(({ number }) => number) : [],
  )
const quantile = (values: number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * part)] ?? 0

describe.each(['sqlite', 'postgres'] as const)('two hundred messages a second, on %s', (database) => {
  it('lose none, stand in one order everywhere, and leave the page quick', async () => {
    process.env.PARLEY_TEST_DATABASE = database
    const server = (parley = await startParley())
    const room = (await server.call('POST /api/v1/rooms', { body: {} })).body as {
      roomId: string
      speakerUrl: string
      moderatorUrl: string
    }
    const path = `/internal-api/v1/meetings/${room.roomId}/messages`
    browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS })
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    await context.addInitScript(watch)
    await context.addInitScript(() => localStorage.setItem('parley.call', '{"isCameraOn":false}'))
    const page = await context.newPage()
    await page.goto(room.moderatorUrl)
    await page.fill('#participant-name-input', 'Reader')
    await page.click('#join-button')
    await page.click('#chat-panel-btn')

    const bots: Bot[] = []
    for (let i = 0; i < BOTS; i++) bots.push(await join(server, room.speakerUrl, `Bot ${i}`))
    await eventually(
      'all being in',
      () =>
        server.call(`GET /internal-api/v1/meetings/${room.roomId}/participants`, {
          token: bots[0]?.token ?? '',
        }),
      ({ body }) => body.participants?.length === BOTS + 1,
      30_000,
    )

    const done = new AbortController()
    const typing = typeOn(page, done.signal)
    const startedAt = performance.now()
    const sent: Promise<{ status: number }>[] = []
    for (let i = 0; i < TOTAL; i++) {
      const dueAt = startedAt + (i * 1000) / PER_SECOND
      const aheadMs = dueAt - performance.now()
      if (aheadMs > 1) await new Promise((resolve) => setTimeout(resolve, aheadMs))
      const bot = bots[i % BOTS]
      sent.push(server.call(`POST ${path}`, { token: bot?.token ?? '', body: { text: `message ${i}` } }))
    }
    const statuses = (await Promise.all(sent)).map(({ status }) => status)
    const tookMs = performance.now() - startedAt
    expect(statuses.filter((status) => status !== 201)).toEqual([])

    // The server's order: 1 to 3000 without a gap.
    const kept: { number: number; text: string }[] = []
    for (let after = 0; kept.length < TOTAL; after = kept.at(-1)?.number ?? 0) {
      const { body } = await server.call(`GET ${path}?after=${after}&limit=200`, {
        token: bots[0]?.token ?? '',
      })
      kept.push(...body.messages)
      if (body.hasMore !== true) break
    }
    const order = Array.from({ length: TOTAL }, (_, i) => i + 1)
    expect(kept.map(({ number }) => number)).toEqual(order)
    expect(new Set(kept.map(({ text }) => text)).size).toBe(TOTAL)

    for (const bot of bots)
      await eventually(
        `${bot.identity} hearing all`,
        async () => numbersHeard(bot).length,
        (count) => count === TOTAL,
        60_000,
      )
    for (const bot of bots) expect(numbersHeard(bot)).toEqual(order)

    await page.locator(`[data-number="${TOTAL}"]`).waitFor({ timeout: 60_000 })
    done.abort()
    await typing
    const { drawn, long, typed } = await page.evaluate(() => (window as unknown as WatchedWindow).watched)
    // Redrawn ones count once: each was seen, and first seen in its turn.
    expect([...new Set(drawn)]).toEqual(order)
    const figures = {
      database,
      perSecond: Math.round(TOTAL / (tookMs / 1000)),
      typedMs: { median: quantile(typed, 0.5), p95: quantile(typed, 0.95), worst: quantile(typed, 1) },
      longTasksMs: { count: long.length, worst: Math.max(0, ...long) },
    }
    console.log(JSON.stringify(figures))
    // Generous, for a machine that runs bots, server, LiveKit and browser at once.
    expect(figures.typedMs.p95).toBeLessThan(250)
    expect(figures.perSecond).toBeGreaterThan(PER_SECOND * 0.8)
    await Promise.all(bots.map((bot) => bot.leave()))
    if (database === 'postgres') await dispose()
  })
})
