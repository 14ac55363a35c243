import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type Browser, chromium, type Page } from '@playwright/test'
import { parse } from 'yaml'
import { CHROMIUM_ARGS, chromiumPath } from '../support/chromium.ts'
import { eventually } from '../support/parley.ts'
import type { ServerProcess } from '../support/server.ts'

/** A browser of its own, whose process is known. */
export interface Person {
  browser: Browser
  pid: number
  close: () => Promise<void>
}

export async function launchPerson(): Promise<Person> {
  const server = await chromium.launchServer({ executablePath: chromiumPath(), args: CHROMIUM_ARGS })
  const browser = await chromium.connect(server.wsEndpoint())
  return { browser, pid: server.process().pid ?? 0, close: () => server.close() }
}

export interface RoomLinks {
  roomId: string
  moderatorUrl: string
  speakerUrl: string
}

export const makeRoom = (parley: ServerProcess, roomName = 'Long haul'): Promise<RoomLinks> =>
  parley.call<RoomLinks & Record<string, unknown>>('POST /api/v1/rooms', { roomName })

/** LiveKit's media port, from the config that Parley wrote for it. */
export const mediaPort = (parley: ServerProcess): number => {
  const file = readFileSync(path.join(parley.dataDir, 'livekit/livekit.yaml'), 'utf8')
  return (parse(file) as { rtc: { udp_port: number } }).rtc.udp_port
}

/** Sends the media of a page to `to` instead of LiveKit's own port, and keeps LiveKit from going round it. */
export const throughRelay = ([from, to]: [number, number]): void => {
  const { prototype } = RTCPeerConnection
  // oxlint-disable-next-line typescript/unbound-method -- called with its connection below
  const { addIceCandidate, setRemoteDescription } = prototype
  const moved = (text: string | undefined) => text?.replaceAll(` ${from} typ`, ` ${to} typ`)
  Object.assign(prototype, {
    addIceCandidate(this: RTCPeerConnection, candidate: RTCIceCandidateInit = {}) {
      const text = moved(candidate.candidate)
      return Reflect.apply(addIceCandidate, this, [
        { ...candidate, ...(text !== undefined && { candidate: text }) },
      ])
    },
    setRemoteDescription(this: RTCPeerConnection, { type, sdp }: RTCSessionDescriptionInit) {
      const text = moved(sdp)
      return Reflect.apply(setRemoteDescription, this, [{ type, ...(text !== undefined && { sdp: text }) }])
    },
  })
  // The browser's own addresses stay untold: LiveKit answers where it is called from.
  Object.defineProperty(prototype, 'onicecandidate', { set: () => {}, get: () => null })
}

export const stateOf = (page: Page) => page.locator('#root').getAttribute('data-state')

export const expectState = (page: Page, state: string, withinMs = 30_000) =>
  eventually(
    `the state ${state}`,
    () => stateOf(page),
    (now) => now === state,
    withinMs,
  )

export async function join(page: Page, name: string): Promise<void> {
  await page.fill('#participant-name-input', name)
  await page.click('#join-button')
  await expectState(page, 'connected')
}

/** Frames of others that the page has decoded so far, in all tiles. */
const framesOf = (page: Page): Promise<number> =>
  page
    .locator('article[data-local="false"] video')
    .evaluateAll((videos) =>
      videos.reduce(
        (sum, video) => sum + (video as HTMLVideoElement).getVideoPlaybackQuality().totalVideoFrames,
        0,
      ),
    )

export async function expectMoving(page: Page, withinMs = 30_000): Promise<void> {
  const before = await framesOf(page)
  // A video element made anew counts from nought.
  await eventually(
    'another frame',
    () => framesOf(page),
    (now) => now !== before && now > 0,
    withinMs,
  )
}
