import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test'
import { readdirSync } from 'node:fs'
import { CHROMIUM_ARGS, chromiumPath } from '../test/support/chromium.ts'
import { cpuSecondsOf, parentOf } from './process.ts'

/** Moments of one page, read in the same way from Parley's page and from the yardstick's; epoch milliseconds. */
interface Moments {
  /** The first frame drawn in which there is a field for the name and a button to join, both of which answer. */
  usableAt?: number
  clickedAt?: number
  /** The first frame of somebody else that the browser has presented. */
  remoteFrameAt?: number
}
type BenchWindow = Window & { moments: Moments }

const PARLEY_CONNECTED = 'parley:connected'
/** Camera, switches and device menus as well; the yardstick's come with its form. */
const PARLEY_ALIVE = 'parley:lobby-alive'
const YARDSTICK_CONNECTED = 'connected'

/** A Chromium whose processor time can be read: two people have two of them. */
export class Person {
  readonly #browser: Browser
  readonly #pid: number
  readonly #close: () => Promise<void>

  private constructor(browser: Browser, pid: number, close: () => Promise<void>) {
    this.#browser = browser
    this.#pid = pid
    this.#close = close
  }

  static async launch(): Promise<Person> {
    const server = await chromium.launchServer({ executablePath: chromiumPath(), args: CHROMIUM_ARGS })
    const browser = await chromium.connect(server.wsEndpoint())
    return new Person(browser, server.process().pid ?? 0, () => server.close())
  }

  close(): Promise<void> {
    return this.#close()
  }

  /** Processor seconds of the browser and all its processes so far. */
  cpuSeconds(): number {
    const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
    const family = new Set([this.#pid])
    // A process can be listed before its parent.
    for (let size = 0; size !== family.size;) {
      size = family.size
      for (const pid of pids) if (family.has(parentOf(pid))) family.add(pid)
    }
    return [...family].reduce((sum, pid) => sum + cpuSecondsOf(pid), 0)
  }

  /** A page of a profile that has never been here. `slow`: slow 4G as Chrome's tools name it, and a fourth of the processor. */
  async open(url: string, isSlow = false): Promise<CallPage> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 } })
    // tsx leaves a call of this in every function, which the page does not know.
    await context.addInitScript('globalThis.__name = (value) => value')
    await context.addInitScript(watch)
    const page = await context.newPage()
    if (isSlow) await slowDown(context, page)
    await page.goto(url)
    return new CallPage(page)
  }
}

const slowDown = async (context: BrowserContext, page: Page): Promise<void> => {
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 562.5,
    downloadThroughput: (1.44 * 1e6) / 8,
    uploadThroughput: (0.675 * 1e6) / 8,
  })
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 })
}

/** One person's page, of Parley or of the yardstick. */
export class CallPage {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  /** Milliseconds from opening the page until it could be used. */
  async usableMs(): Promise<number> {
    const usableAt = await this.#moment('usableAt')
    return usableAt - (await this.#page.evaluate(() => performance.timeOrigin))
  }

  /** Milliseconds from opening the page until all of the lobby was there. */
  async completeMs(): Promise<number> {
    return (await this.#completeAt()) - (await this.#page.evaluate(() => performance.timeOrigin))
  }

  async join(name: string): Promise<void> {
    await this.#completeAt()
    await this.#page.locator('input:not([type=checkbox])').first().fill(name)
    await this.#page.getByRole('button', { name: /^join/i }).click()
  }

  clickedAt(): Promise<number> {
    return this.#moment('clickedAt')
  }

  remoteFrameAt(): Promise<number> {
    return this.#moment('remoteFrameAt')
  }

  /** When LiveKit said that the room is connected. */
  connectedAt(): Promise<number> {
    return this.#markedAt([PARLEY_CONNECTED, YARDSTICK_CONNECTED])
  }

  /**
   * Compressed bytes of the page, its scripts and styles: those fetched so far, and those that had come before all of
   * the lobby was there.
   */
  async bytes(): Promise<{ lobby: number; all: number }> {
    const completeAt = await this.#completeAt()
    await this.#page.waitForLoadState('networkidle')
    return this.#page.evaluate((lobbyBy) => {
      const files = performance
        .getEntriesByType('resource')
        .concat(performance.getEntriesByType('navigation'))
        .map((entry) => entry as PerformanceResourceTiming)
        .filter(
          ({ name, entryType }) => entryType === 'navigation' || /\.(js|css)$/.test(new URL(name).pathname),
        )
      const sum = (some: PerformanceResourceTiming[]) =>
        some.reduce((total, { encodedBodySize }) => total + encodedBodySize, 0)
      const early = files.filter(({ responseEnd }) => performance.timeOrigin + responseEnd <= lobbyBy)
      return { lobby: sum(early), all: sum(files) }
    }, completeAt)
  }

  close(): Promise<void> {
    return this.#page.context().close()
  }

  /** Parley's form is in its HTML and the rest follows, as a mark tells; the yardstick's comes at once. */
  async #completeAt(): Promise<number> {
    const usableAt = await this.#moment('usableAt')
    const isParley = await this.#page.evaluate(
      () => document.getElementById('root')?.dataset['state'] !== undefined,
    )
    return isParley ? this.#markedAt([PARLEY_ALIVE]) : usableAt
  }

  async #markedAt(names: string[]): Promise<number> {
    const handle = await this.#page.waitForFunction(
      (wanted) => {
        const mark = wanted.flatMap((name) => performance.getEntriesByName(name, 'mark'))[0]
        return mark && performance.timeOrigin + mark.startTime
      },
      names,
      { timeout: 30_000 },
    )
    return (await handle.jsonValue()) ?? Number.NaN
  }

  async #moment(name: keyof Moments): Promise<number> {
    const handle = await this.#page.waitForFunction(
      (key) => (window as unknown as BenchWindow).moments[key],
      name,
      { timeout: 60_000 },
    )
    return (await handle.jsonValue()) ?? Number.NaN
  }
}

/** Runs in the page before anything else. */
function watch(): void {
  const moments: Moments = {}
  ;(window as unknown as BenchWindow).moments = moments
  const now = () => performance.timeOrigin + performance.now()
  const isJoin = (button: Element | null) => /^join/i.test(button?.textContent?.trim() ?? '')

  const remoteTracks = new Set<string>()
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      this.addEventListener('track', ({ track }) => remoteTracks.add(track.id))
    }
  }
  const watched = new WeakSet<HTMLVideoElement>()
  const watchVideo = (video: HTMLVideoElement) =>
    video.requestVideoFrameCallback(() => {
      const track = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks()[0] : undefined
      if (track && remoteTracks.has(track.id)) moments.remoteFrameAt ??= now()
      else watchVideo(video)
    })
  new MutationObserver(() => {
    if (moments.usableAt === undefined) {
      const isThere =
        document.querySelector('input:not([type=checkbox])') &&
        [...document.querySelectorAll('button')].some(isJoin)
      if (isThere) requestAnimationFrame(() => (moments.usableAt ??= now()))
    }
    for (const video of document.querySelectorAll('video')) {
      if (watched.has(video)) continue
      watched.add(video)
      watchVideo(video)
    }
  }).observe(document, { childList: true, subtree: true })
  document.addEventListener(
    'click',
    ({ target }) => {
      if (target instanceof Element && isJoin(target.closest('button'))) moments.clickedAt ??= now()
    },
    { capture: true },
  )
}
