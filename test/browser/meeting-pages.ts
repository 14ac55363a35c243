import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { Room } from '@livekit/rtc-node'
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from '@playwright/test'
import { CHROMIUM_ARGS, chromiumPath } from '../support/chromium.ts'
import { expect, test as base, type ServerProcess } from '../support/server.ts'

export interface RoomLinks {
  roomId: string
  moderatorUrl: string
  speakerUrl: string
}

export const makeRoom = (parley: ServerProcess, roomName = 'Daily standup'): Promise<RoomLinks> =>
  parley.call<RoomLinks & Record<string, unknown>>('POST /api/v1/rooms', { roomName })

/** What `watchMedia` leaves in the page. */
interface Watched {
  peers: RTCPeerConnection[]
  captures: MediaStreamConstraints[]
}
type WatchedWindow = Window & { watched: Watched }

/** Keeps the page's peer connections and what it asked of getUserMedia, for tests to look at. */
const watchMedia = (context: BrowserContext) =>
  context.addInitScript(() => {
    const watched: Watched = { peers: [], captures: [] }
    ;(window as unknown as WatchedWindow).watched = watched
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration)
        watched.peers.push(this)
      }
    }
    const capture = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
    navigator.mediaDevices.getUserMedia = (constraints = {}) => {
      watched.captures.push(constraints)
      return capture(constraints)
    }
  })

interface OpenOptions extends BrowserContextOptions {
  /** Preferences that an earlier visit left; without the camera a page costs a tenth of the CPU. */
  saved?: object
  /** Runs in the page before anything else. */
  init?: () => void
  /** Instead of the browser of the test run. */
  browser?: Browser
}

export const WITHOUT_CAMERA: OpenOptions = { saved: { isCameraOn: false } }

export type Open = (url: string, options?: OpenOptions) => Promise<Page>

/** `open` gives each person a browser profile of their own and closes all of them after the test. */
export const test = base.extend<{ open: Open }>({
  open: async ({ browser }, use) => {
    const contexts: BrowserContext[] = []
    await use(async (url, { saved, init, browser: other, ...options } = {}) => {
      const context = await (other ?? browser).newContext({
        viewport: { width: 1280, height: 800 },
        ...options,
      })
      contexts.push(context)
      await watchMedia(context)
      if (init) await context.addInitScript(init)
      if (saved) {
        await context.addInitScript((preferences) => {
          if (!localStorage.getItem('parley.call'))
            localStorage.setItem('parley.call', JSON.stringify(preferences))
        }, saved)
      }
      const page = await context.newPage()
      await page.goto(url)
      return page
    })
    // A page left open goes on capturing and encoding, at the cost of every test after it.
    await Promise.all(contexts.map((context) => context.close()))
  },
})

export const stateOf = (page: Page) => page.locator('#root')

export const expectState = (page: Page, state: string, timeout = 20_000) =>
  expect(stateOf(page)).toHaveAttribute('data-state', state, { timeout })

export const join = async (page: Page, name: string): Promise<void> => {
  await page.fill('#participant-name-input', name)
  await page.click('#join-button')
  await expectState(page, 'connected')
}

export const tileOf = (page: Page, name: string) => page.getByRole('article', { name, exact: true })

export const remoteTile = (page: Page) => page.locator('article[data-local="false"][data-source="camera"]')

/** Decoded video frames of a tile go up: what is seen moves. */
export const expectMoving = async (page: Page, tile: ReturnType<typeof tileOf>): Promise<void> => {
  const frames = () =>
    tile
      .locator('video')
      .evaluate((video: HTMLVideoElement) => video.getVideoPlaybackQuality().totalVideoFrames)
  const before = await frames()
  await expect.poll(frames, { message: 'no new frame was decoded' }).toBeGreaterThan(before + 5)
}

/** Bytes of audio go on arriving. */
export const expectSound = async (page: Page): Promise<void> => {
  const bytes = () =>
    page.evaluate(async () => {
      let sum = 0
      for (const peer of (window as unknown as WatchedWindow).watched.peers) {
        for (const report of (await peer.getStats()).values()) {
          if (report.type === 'inbound-rtp' && report.kind === 'audio') sum += report.bytesReceived
        }
      }
      return sum
    })
  const before = await bytes()
  await expect.poll(bytes, { message: 'no audio arrived' }).toBeGreaterThan(before + 1000)
}

/** axe finds nothing serious. `where` is for the message. */
export const expectAccessible = async (page: Page, where: string) => {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(
    grave.map(({ id, nodes }) => `${where}: ${id} ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
  ).toEqual([])
}

/** What the page asked of getUserMedia so far. */
export const capturesOf = (page: Page): Promise<MediaStreamConstraints[]> =>
  page.evaluate(() => (window as unknown as WatchedWindow).watched.captures)

/** Chromium with other flags than the config's: another set of devices, or nobody to allow them. */
export const launchWith = (change: (args: string[]) => string[]): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath(), args: change([...CHROMIUM_ARGS]) })

/** For people to look at, beside the assertions. */
export const picture = (page: Page, name: string) =>
  page.screenshot({
    path: path.join(import.meta.dirname, '../../test-results/pictures', `meeting-${name}.png`),
  })

/** A participant without a browser, by the speaker's link. */
export const joinAsBot = async (
  parley: ServerProcess,
  { roomId, speakerUrl }: RoomLinks,
  participantName: string,
) => {
  const post = async (path: string, token: string | null, body: object) => {
    const response = await fetch(`${parley.url}/internal-api/v1/${path}`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(token !== null && { 'X-Room-Member-Token': `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as { token: string } }
  }
  const secret = new URL(speakerUrl).searchParams.get('secret')
  const { body } = await post(`rooms/${roomId}/members/token`, null, {
    secret,
    joinMeeting: true,
    participantName,
  })
  const room = new Room()
  await room.connect(`${parley.url.replace(/^http/, 'ws')}/livekit`, body.token, {
    autoSubscribe: false,
    dynacast: false,
  })
  return {
    room,
    /** Writes in the chat; waits until the server knows that the bot is in. */
    say: async (text: string): Promise<void> => {
      for (let tries = 0; tries < 50; tries++) {
        const { status } = await post(`meetings/${roomId}/messages`, body.token, { text })
        if (status === 201) return
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      throw new Error(`"${text}" could not be said`)
    },
    leave: () => room.disconnect(),
  }
}
