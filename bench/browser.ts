import { setTimeout as delay } from 'node:timers/promises'
import { type Browser, chromium, type Page } from '@playwright/test'
import { CHROMIUM_ARGS, chromiumPath } from '../test/support/chromium.ts'
import { call, median, startParley, withDirectory } from './process.ts'

const RUNS = 7

export interface JoinResult {
  /** From the click on Join to the first frame of the other participant that the browser has decoded. */
  firstFrameMs: number[]
  medianMs: number
  /** From the click to LiveKit's connection, of the same runs. */
  connectedMedianMs: number
}

export interface LobbyResult {
  scriptBytes: number
  styleBytes: number
  files: { name: string; bytes: number; isBeforeLobby: boolean }[]
  /** From opening the page to a lobby that answers. */
  usableMs: number
  /** JS and CSS that are fetched after that, while the person reads the lobby. */
  laterBytes: number
}

interface RoomLinks {
  access: { anonymous: Record<'moderator' | 'speaker', { url: string }> }
}

/** Both benches that need a browser, on one server with its LiveKit. */
export const benchBrowser = (): Promise<{ join: JoinResult; lobby: LobbyResult }> =>
  withDirectory(async (dataDir) => {
    const parley = await startParley(dataDir)
    const browsers: Browser[] = []
    try {
      const room = await call<RoomLinks>(parley.url, 'POST', '/api/v1/rooms', { roomName: 'Bench' })
      const { moderator, speaker } = room.access.anonymous
      // Two processes, as two people have them: the one who waits must not share a renderer with the one measured.
      const [first, second] = [await launch(), await launch()]
      browsers.push(first, second)
      const lobby = await measureLobby(second, speaker.url)
      const waiting = await openLobby(first, moderator.url)
      await joinAs(waiting, 'Moderator')
      const join = await measureJoins(second, speaker.url)
      return { join, lobby }
    } finally {
      for (const browser of browsers) await browser.close()
      await parley.stop()
    }
  })

const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS })

/** A page of a browser that has never been here, in its lobby. */
async function openLobby(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(url)
  await timing(page, 'parley:lobby-usable')
  return page
}

async function joinAs(page: Page, name: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  await page.getByRole('button', { name: 'Join', exact: true }).click()
  await timing(page, 'parley:connected')
}

/** Milliseconds since the page was opened at which it marked `moment`; waits up to 30 s for it. */
async function timing(page: Page, moment: string): Promise<number> {
  const handle = await page.waitForFunction(
    (name) => performance.getEntriesByName(name, 'mark')[0]?.startTime,
    moment,
    {
      timeout: 30_000,
    },
  )
  return (await handle.jsonValue()) ?? Number.NaN
}

async function measureJoins(browser: Browser, url: string): Promise<JoinResult> {
  const firstFrameMs: number[] = []
  const connectedMs: number[] = []
  for (let run = 1; run <= RUNS; run++) {
    const page = await openLobby(browser, url)
    // As long as somebody needs to read the lobby and type a name.
    await delay(3000)
    await joinAs(page, `Runner ${run}`)
    const clickedAt = await timing(page, 'parley:join-click')
    firstFrameMs.push((await timing(page, 'parley:first-remote-frame')) - clickedAt)
    connectedMs.push((await timing(page, 'parley:connected')) - clickedAt)
    await page.context().close()
  }
  return { firstFrameMs, medianMs: median(firstFrameMs), connectedMedianMs: median(connectedMs) }
}

/** Compressed bodies of the scripts and styles that the page asked for before its lobby could be used. */
async function measureLobby(browser: Browser, url: string): Promise<LobbyResult> {
  const page = await openLobby(browser, url)
  const usableMs = await timing(page, 'parley:lobby-usable')
  await page.waitForLoadState('networkidle')
  const resources = await page.evaluate(() =>
    performance.getEntriesByType('resource').map((entry) => {
      const { name, encodedBodySize, startTime } = entry as PerformanceResourceTiming
      return { name: new URL(name).pathname, bytes: encodedBodySize, startTime }
    }),
  )
  await page.context().close()
  const files = resources
    .filter(({ name }) => /\.(js|css)$/.test(name))
    .map(({ name, bytes, startTime }) => ({ name, bytes, isBeforeLobby: startTime < usableMs }))
  const sum = (isCounted: (file: LobbyResult['files'][number]) => boolean) =>
    files.filter(isCounted).reduce((total, { bytes }) => total + bytes, 0)
  return {
    scriptBytes: sum((file) => file.isBeforeLobby && file.name.endsWith('.js')),
    styleBytes: sum((file) => file.isBeforeLobby && file.name.endsWith('.css')),
    files,
    usableMs,
    laterBytes: sum((file) => !file.isBeforeLobby),
  }
}
