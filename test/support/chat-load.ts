import { Room, RoomEvent } from '@livekit/rtc-node'
import { type Browser, chromium, type Page } from '@playwright/test'
import { SIGNATURE_BYTES } from '../../server/livekit/voice.ts'
import { CHROMIUM_ARGS, chromiumPath } from './chromium.ts'
import { eventually } from './parley.ts'
import type { ServerProcess } from './server.ts'
import { mintToken, type RoomAnswer } from './site.ts'

export interface ChatLoadOptions {
  bots: number
  perSecond: number
  seconds: number
}

/** What a crowd that writes all the time did, and how the page of one reader took it. */
export interface ChatLoad {
  total: number
  /** Answers to what was sent, in the order of sending; 0 where the connection broke. */
  statuses: number[]
  /** What broke connections. */
  faults: string[]
  perSecond: number
  /** From asking until the answer. */
  answeredMs: number[]
  /** From asking until each of the bots heard it. */
  deliveredMs: number[]
  /** Numbers of messages in the order in which they came, for each bot. */
  heard: number[][]
  /** What the server keeps, oldest first. */
  kept: { number: number; text: string }[]
  page: {
    /** Numbers in the order in which they were first drawn; a slow page may draw none of many that came at once. */
    drawn: number[]
    /** Numbers that stand in the page in the end, down to its oldest, top down. */
    held: number[]
    /** PerformanceObserver "longtask": over 50 ms. */
    longTasksMs: number[]
    /** From a key press to the frame after. */
    typedMs: number[]
  }
}

/** Hears and does no more than it must: twenty of them share the machine with what is measured. */
interface Bot {
  room: Room
  token: string
}

async function connect(server: ServerProcess, roomUrl: string, name: string): Promise<Bot> {
  const token = await mintToken(server, roomUrl, name)
  const room = new Room()
  const options = { autoSubscribe: false, dynacast: false }
  await room.connect(`${server.url.replace(/^http/, 'ws')}/livekit`, token, options)
  return { room, token }
}

interface Watched {
  drawn: number[]
  longTasksMs: number[]
  typedMs: number[]
}
type WatchedWindow = Window & { watched: Watched }

/** Runs in the page before its scripts. */
const watch = () => {
  const watched: Watched = { drawn: [], longTasksMs: [], typedMs: [] }
  ;(window as unknown as WatchedWindow).watched = watched
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) watched.longTasksMs.push(Math.round(duration))
  }).observe({ type: 'longtask' })
  const seen = new Set<number>()
  const note = (node: Node) => {
    if (!(node instanceof HTMLElement)) return
    const found = [node, ...node.querySelectorAll<HTMLElement>('[data-number]')]
    for (const { dataset } of found) {
      const number = Number(dataset['number'] ?? 0)
      if (number === 0 || seen.has(number)) continue
      seen.add(number)
      watched.drawn.push(number)
    }
  }
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) addedNodes.forEach(note)
  }).observe(document, { childList: true, subtree: true })
}

/** Types a letter each quarter of a second and measures until it has been painted. */
async function typeUntil(page: Page, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await page.evaluate(async () => {
      const field = document.querySelector<HTMLTextAreaElement>('#chat-input')
      if (!field) return
      const startedAt = performance.now()
      field.focus()
      document.execCommand('insertText', false, 'x')
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      ;(window as unknown as WatchedWindow).watched.typedMs.push(Math.round(performance.now() - startedAt))
    })
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

const numbersShown = (page: Page): Promise<number[]> =>
  page
    .locator('[data-number]')
    .evaluateAll((nodes) => nodes.map((node) => Number((node as HTMLElement).dataset['number'])))

/** Asks for earlier messages until there are none. */
async function scrollToTop(page: Page): Promise<number[]> {
  const earlier = page.getByRole('button', { name: 'Earlier messages' })
  let shown = await numbersShown(page)
  while (await earlier.isVisible()) {
    await earlier.click()
    const before = shown.length
    shown = await eventually(
      'earlier messages',
      () => numbersShown(page),
      (now) => now.length > before,
      30_000,
    )
  }
  return shown
}

/**
 * Bots send messages at an even pace into one room, in which a page has its chat open. The server's limits have to be
 * off: one participant may otherwise send 30 in 10 s.
 */
export async function loadChat(server: ServerProcess, options: ChatLoadOptions): Promise<ChatLoad> {
  const room = await server.call<RoomAnswer & Record<string, unknown>>('POST /api/v1/rooms', {})
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS })
  const bots: Bot[] = []
  try {
    const page = await openReader(browser, room.moderatorUrl)
    for (let i = 0; i < options.bots; i++) bots.push(await connect(server, room.speakerUrl, `Bot ${i}`))
    return await run(server, room.roomId, { ...options, bots, page })
  } finally {
    await Promise.all(bots.map((bot) => bot.room.disconnect()))
    await browser.close()
  }
}

async function openReader(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  await context.addInitScript(watch)
  await context.addInitScript(() => localStorage.setItem('parley.call', '{"isCameraOn":false}'))
  const page = await context.newPage()
  await page.goto(url)
  await page.fill('#participant-name-input', 'Reader')
  await page.click('#join-button')
  await page.click('#chat-panel-btn')
  return page
}

interface Parts extends Omit<ChatLoadOptions, 'bots'> {
  bots: Bot[]
  page: Page
}

async function run(
  server: ServerProcess,
  roomId: string,
  { bots, page, perSecond, seconds }: Parts,
): Promise<ChatLoad> {
  const total = perSecond * seconds
  const path = `${server.url}/internal-api/v1/meetings/${roomId}/messages`
  const headersOf = ({ token }: Bot) => ({
    'Content-Type': 'application/json',
    'X-Room-Member-Token': `Bearer ${token}`,
  })
  const sentAt: number[] = []
  const answeredMs: number[] = []
  const deliveredMs: number[] = []
  const heard = bots.map((bot) => listen(bot, (i) => deliveredMs.push(performance.now() - (sentAt[i] ?? 0))))
  const faults: string[] = []
  const send = async (i: number, bot: Bot) => {
    const startedAt = (sentAt[i] = performance.now())
    try {
      const body = JSON.stringify({ text: `message ${i}` })
      const response = await fetch(path, { method: 'POST', headers: headersOf(bot), body })
      await response.arrayBuffer()
      answeredMs.push(performance.now() - startedAt)
      return response.status
    } catch (err) {
      const cause = err instanceof Error ? err.cause : err
      faults.push(`message ${i} after ${Math.round(performance.now() - startedAt)} ms: ${String(cause)}`)
      return 0
    }
  }

  const done = new AbortController()
  const typing = typeUntil(page, done.signal)
  const startedAt = performance.now()
  const sent: Promise<number>[] = []
  for (let i = 0; i < total; i++) {
    const aheadMs = startedAt + (i * 1000) / perSecond - performance.now()
    if (aheadMs > 1) await new Promise((resolve) => setTimeout(resolve, aheadMs))
    const bot = bots[i % bots.length]
    if (bot !== undefined) sent.push(send(i, bot))
  }
  const statuses = await Promise.all(sent)
  const tookMs = performance.now() - startedAt
  const taken = statuses.filter((status) => status === 201).length

  const kept: ChatLoad['kept'] = []
  for (;;) {
    const response = await fetch(`${path}?after=${kept.at(-1)?.number ?? 0}&limit=200`, {
      headers: bots[0] === undefined ? {} : headersOf(bots[0]),
    })
    const { messages, hasMore } = (await response.json()) as { messages: typeof kept; hasMore: boolean }
    kept.push(...messages)
    if (!hasMore) break
  }
  await eventually(
    'every bot hearing all',
    async () => heard.map(({ length }) => length),
    (counts) => counts.every((count) => count >= taken),
    60_000,
  ).catch(() => undefined)
  await page.locator(`[data-number="${kept.at(-1)?.number}"]`).waitFor({ timeout: 60_000 })
  done.abort()
  await typing
  const watched = await page.evaluate(() => (window as unknown as WatchedWindow).watched)
  const { drawn, longTasksMs, typedMs } = structuredClone(watched)
  const held = await scrollToTop(page)
  return {
    total,
    statuses,
    faults,
    perSecond: taken / (tookMs / 1000),
    answeredMs,
    deliveredMs,
    heard,
    kept,
    page: { drawn, held, longTasksMs, typedMs },
  }
}

/** Numbers of messages as they come; tells the index that stands in each one's text. */
function listen(bot: Bot, onMessage: (index: number) => void): number[] {
  const numbers: number[] = []
  bot.room.on(RoomEvent.DataReceived, (payload, participant, _kind, topic) => {
    if (topic !== 'parley' || participant !== undefined) return
    const told = JSON.parse(new TextDecoder().decode(payload.slice(SIGNATURE_BYTES))) as {
      type: string
      messages?: { number: number; text: string }[]
    }
    if (told.type !== 'chat.messages') return
    for (const { number, text } of told.messages ?? []) {
      numbers.push(number)
      onMessage(Number(text.split(' ')[1]))
    }
  })
  return numbers
}
