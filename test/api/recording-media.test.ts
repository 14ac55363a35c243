import { dispose } from '@livekit/rtc-node'
import { chromium } from '@playwright/test'
import { existsSync, readdirSync, symlinkSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type * as encodings from '../../server/recordings/encodings.ts'
import { type Bot, join } from '../support/bots.ts'
import { CHROMIUM_ARGS, chromiumPath } from '../support/chromium.ts'
import { coloursOf, frameOf, loudness, probe } from '../support/media.ts'
import { type Colour, hum, paint } from '../support/painters.ts'
import { API_KEY, eventually, startParley, type TestParley } from '../support/parley.ts'

/** A browser that cannot make H.264, as builds of Chromium without its codecs: it would refuse these types. */
const browser = vi.hoisted(() => ({ hasH264: true }))
vi.mock(import('../../server/recordings/encodings.ts'), async (original) => {
  const real: typeof encodings = await original()
  return {
    ...real,
    mimeTypesFor: (picture) =>
      real.mimeTypesFor(picture).filter((type) => browser.hasH264 || !type.includes('avc1')),
  }
})

const PICTURES = path.join(import.meta.dirname, '../../test-results/pictures')
const RED: Colour = [220, 20, 20]
const GREEN: Colour = [20, 200, 20]
const BLUE: Colour = [20, 20, 220]

let parley: TestParley
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'parley-recording-media-'))
  await mkdir(PICTURES, { recursive: true })
  parley = await startParley()
})
afterAll(async () => {
  await parley.stop()
  await rm(dir, { recursive: true, force: true })
  await dispose()
})

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function start(roomId: string, config: object = {}): Promise<string> {
  const { status, body } = await parley.call('POST /api/v1/recordings', { body: { roomId, config } })
  if (status !== 201) throw new Error(`the recording did not start: ${JSON.stringify(body)}`)
  return body.recordingId
}

/** Stops it and downloads what there is. */
async function finish(recordingId: string) {
  await parley.call(`POST /api/v1/recordings/${recordingId}/stop`)
  const { body } = await eventually(
    `recording ${recordingId} ending`,
    () => parley.call(`GET /api/v1/recordings/${recordingId}`),
    (answer) => !['starting', 'active', 'ending'].includes(answer.body.status),
    30_000,
  )
  expect(body).toMatchObject({ status: 'complete' })
  const answer = await fetch(`${parley.url}/api/v1/recordings/${recordingId}/media`, {
    headers: { 'X-API-KEY': API_KEY },
  })
  const file = path.join(dir, `${recordingId}.mp4`)
  await writeFile(file, Buffer.from(await answer.arrayBuffer()))
  return { file, recording: body as { duration: number; encoding: unknown } }
}

/** Whether two colours look the same after having been video. */
const isLike = (found: readonly number[], wanted: Colour) =>
  wanted.every((value, i) => Math.abs((found[i] ?? 0) - value) < 70)

async function meet(): Promise<{ roomId: string; ana: Bot; bruno: Bot }> {
  const { body: room } = await parley.call('POST /api/v1/rooms', { body: {} })
  const ana = await join(parley, room.moderatorUrl, 'Ana')
  const bruno = await join(parley, room.speakerUrl, 'Bruno')
  return { roomId: room.roomId, ana, bruno }
}

describe('the picture', () => {
  it('is one tile as single speaker: who speaks, then who speaks next, then a shared screen', async () => {
    const { roomId, ana, bruno } = await meet()
    const sent = [await paint(ana, 'camera', RED), await paint(bruno, 'camera', GREEN)]
    const [anasVoice, brunosVoice] = [await hum(ana), await hum(bruno)]
    const recordingId = await start(roomId, { layout: 'single-speaker' })
    anasVoice.speak(true)
    const from = performance.now()
    const sinceStart = () => (performance.now() - from) / 1000
    await wait(4000)
    const first = sinceStart()
    anasVoice.speak(false)
    brunosVoice.speak(true)
    await wait(5000)
    const second = sinceStart()
    sent.push(await paint(bruno, 'screen', BLUE))
    await wait(6000)
    const third = sinceStart()
    const { file } = await finish(recordingId)

    const moments: [string, number, Colour][] = [
      ['Ana speaks', first - 0.5, RED],
      ['Bruno speaks', second - 0.5, GREEN],
      ['Bruno shares', third - 0.5, BLUE],
    ]
    await frameOf(file, second - 0.5, path.join(PICTURES, 'recording-single-speaker.png'))
    for (const [what, seconds, colour] of moments) {
      const cells = await coloursOf(file, seconds, 16, 9)
      // All over the picture, but where the name stands.
      const others = cells.filter((cell) => !isLike(cell, colour)).length
      expect(others, `${what}, at ${seconds} s: ${String(cells[72])} in the middle`).toBeLessThan(6)
    }

    // In the grid a shared screen takes the stage, and both people stand beside it.
    const inGrid = await start(roomId, { layout: 'grid' })
    await wait(3500)
    const grid = await finish(inGrid)
    await frameOf(grid.file, 2.5, path.join(PICTURES, 'recording-screen-share.png'))
    const seen = { [String(RED)]: 0, [String(GREEN)]: 0, [String(BLUE)]: 0 }
    for (const cell of await coloursOf(grid.file, 2.5, 20, 10))
      for (const colour of [RED, GREEN, BLUE]) if (isLike(cell, colour)) seen[String(colour)]! += 1
    expect(seen[String(BLUE)]).toBeGreaterThan(80)
    expect(seen[String(RED)]).toBeGreaterThan(1)
    expect(seen[String(GREEN)]).toBeGreaterThan(1)
    expect(seen[String(RED)]).toBeLessThan(20)

    for (const one of [...sent, anasVoice, brunosVoice]) await one.stop()
    await Promise.all([ana.leave(), bruno.leave()])
  }, 90_000)
})

/** What the player's page shows of a recording in a real browser, after seeking to `seconds`. */
async function playAt(recordingId: string, seconds: number) {
  const { body } = await parley.call(`GET /api/v1/recordings/${recordingId}/url`)
  const viewer = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS })
  try {
    const page = await viewer.newPage()
    await page.goto(body.url)
    return await page.locator('video').evaluate(async (video: HTMLVideoElement, to) => {
      const until = (event: string) =>
        new Promise((resolve) => video.addEventListener(event, resolve, { once: true }))
      if (video.readyState < HTMLMediaElement.HAVE_METADATA) await until('loadedmetadata')
      const sought = until('seeked')
      video.currentTime = to
      await sought
      const drawn = new Promise((resolve) => video.requestVideoFrameCallback(resolve))
      video.muted = true
      await video.play()
      await drawn
      return {
        duration: video.duration,
        seekable: video.seekable.end(0),
        time: video.currentTime,
        width: video.videoWidth,
        error: video.error?.message ?? null,
      }
    }, seconds)
  } finally {
    await viewer.close()
  }
}

const recordColours = async () => {
  const { roomId, ana, bruno } = await meet()
  const sent = [await paint(ana, 'camera', RED), await paint(bruno, 'camera', GREEN)]
  const voice = await hum(ana)
  voice.speak(true)
  const recordingId = await start(roomId)
  const from = performance.now()
  await wait(5000)
  const seconds = (performance.now() - from) / 1000
  const finished = await finish(recordingId)
  for (const one of [...sent, voice]) await one.stop()
  await Promise.all([ana.leave(), bruno.leave()])
  return { recordingId, seconds, ...finished }
}

describe('a machine', () => {
  it('without ffmpeg records files that play and seek', async () => {
    const before = process.env.PATH ?? ''
    const bin = path.join(dir, 'bin')
    await mkdir(bin)
    for (const folder of before.split(path.delimiter).filter((one) => existsSync(one)))
      for (const name of readdirSync(folder))
        if (!name.startsWith('ff') && !existsSync(path.join(bin, name)))
          symlinkSync(path.join(folder, name), path.join(bin, name))
    let recorded
    process.env.PATH = bin
    try {
      recorded = await recordColours()
    } finally {
      process.env.PATH = before
    }
    const { recordingId, recording, file, seconds } = recorded
    const found = await probe(file)
    expect(found).toMatchObject({
      video: { codec: 'h264', width: 1280, height: 720 },
      audio: { codec: 'opus' },
    })
    expect(Math.abs(found.durationSeconds - seconds)).toBeLessThan(1)
    expect(Math.abs(found.durationSeconds - recording.duration)).toBeLessThan(0.1)
    expect(await loudness(file)).toBeGreaterThan(-40)
    const played = await playAt(recordingId, 3)
    expect(played).toMatchObject({ width: 1280, error: null })
    expect(Math.abs(played.duration - found.durationSeconds)).toBeLessThan(0.1)
    expect(played.seekable).toBeCloseTo(played.duration, 1)
    expect(played.time).toBeGreaterThanOrEqual(3)
  }, 90_000)

  it('whose browser has no H.264 records VP9 in MP4, and says so', async () => {
    browser.hasH264 = false
    let recorded
    try {
      recorded = await recordColours()
    } finally {
      browser.hasH264 = true
    }
    const { recordingId, recording, file, seconds } = recorded
    const found = await probe(file)
    expect(found).toMatchObject({
      video: { codec: 'vp9', width: 1280, height: 720 },
      audio: { codec: 'aac' },
    })
    expect(recording.encoding).toMatchObject({ video: { codec: 'DEFAULT_VC', width: 1280, height: 720 } })
    expect(Math.abs(found.durationSeconds - seconds)).toBeLessThan(1)
    const played = await playAt(recordingId, 3)
    expect(played).toMatchObject({ width: 1280, error: null })
    expect(played.seekable).toBeGreaterThan(3)
  }, 90_000)
})
