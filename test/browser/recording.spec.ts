import { AxeBuilder } from '@axe-core/playwright'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { frameOf, loudness, movement, probe } from '../support/media.ts'
import { API_KEY, expect, type ServerProcess } from '../support/server.ts'
import type { Page } from '@playwright/test'
import { signIn } from './console-session.ts'
import { join, makeRoom, picture, remoteTile, test, WITHOUT_CAMERA, type Open } from './meeting-pages.ts'

const PICTURES = path.join(import.meta.dirname, '../../test-results/pictures')

interface Recording {
  recordingId: string
  status: string
  duration?: number
  size?: number
  details?: string
  startDate: number
  endDate?: number
  encoding: unknown
}

let dir: string
test.beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'parley-recording-'))
  mkdirSync(PICTURES, { recursive: true })
})
test.afterAll(() => rm(dir, { recursive: true, force: true }))

/** Two people with the browser's test pattern and beep. */
const meet = async (open: Open, parley: ServerProcess) => {
  const room = await makeRoom(parley)
  const ana = await open(room.moderatorUrl)
  await join(ana, 'Ana')
  const bruno = await open(room.speakerUrl)
  await join(bruno, 'Bruno')
  await expect(remoteTile(ana)).toBeVisible()
  return { room, ana, bruno }
}

const recordingOf = (parley: ServerProcess, id: string) =>
  parley.call<Recording & Record<string, unknown>>(`GET /api/v1/recordings/${id}`)

const untilFinished = async (parley: ServerProcess, id: string): Promise<Recording> => {
  await expect
    .poll(async () => (await recordingOf(parley, id)).status, { timeout: 30_000, intervals: [100] })
    .not.toMatch(/starting|active|ending/)
  return recordingOf(parley, id)
}

const download = async (parley: ServerProcess, id: string): Promise<string> => {
  const answer = await fetch(`${parley.url}/api/v1/recordings/${id}/media`, {
    headers: { 'X-API-KEY': API_KEY },
  })
  expect(answer.status).toBe(200)
  const file = path.join(dir, `${id}.mp4`)
  await writeFile(file, Buffer.from(await answer.arrayBuffer()))
  return file
}

const expectAccessible = async (page: Page) => {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const found = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
  expect(found).toEqual([])
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

for (const layout of ['grid', 'speaker'] as const) {
  test(`ten seconds of two people in layout ${layout} are moving pictures and sound`, async ({
    open,
    parley,
  }) => {
    const { room } = await meet(open, parley)
    const started = await parley.call<Recording & Record<string, unknown>>('POST /api/v1/recordings', {
      roomId: room.roomId,
      config: { layout },
    })
    expect(started).toMatchObject({ status: 'active', layout, encoding: 'H264_720P_30' })
    const from = Date.now()
    await wait(10_000)
    const stopped = await parley.call<Recording & Record<string, unknown>>(
      `POST /api/v1/recordings/${started.recordingId}/stop`,
    )
    const seconds = (Date.now() - from) / 1000
    expect(['ending', 'complete']).toContain(stopped.status)
    const finished = await untilFinished(parley, started.recordingId)
    const finishing = Date.now() - from - seconds * 1000
    expect(finishing).toBeLessThan(10_000)
    expect(finished).toMatchObject({ status: 'complete' })
    const file = await download(parley, started.recordingId)
    const found = await probe(file)
    expect(found.video).toMatchObject({ codec: 'h264', width: 1280, height: 720 })
    expect(found.audio.codec).toMatch(/aac|opus/)
    expect(Math.abs(found.durationSeconds - seconds)).toBeLessThan(1)
    expect(Math.abs((finished.duration ?? 0) - found.durationSeconds)).toBeLessThan(0.1)
    expect(await loudness(file)).toBeGreaterThan(-40)
    await frameOf(file, 5, path.join(PICTURES, `recording-${layout}.png`))
    const halves =
      layout === 'grid'
        ? [
            { x: 0, y: 0, width: 0.5, height: 1 },
            { x: 0.5, y: 0, width: 0.5, height: 1 },
          ]
        : [
            { x: 0, y: 0, width: 0.8, height: 1 },
            { x: 0.86, y: 0.3, width: 0.13, height: 0.4 },
          ]
    for (const area of halves) expect(await movement(file, area)).toBeGreaterThan(0.3)
    // Seeking works: from the middle there is as much picture as there should be.
    expect(await movement(file, { x: 0, y: 0, width: 1, height: 1 }, 6)).toBeGreaterThan(0.3)
  })
}

test('everybody sees that they are recorded, who comes later too; who is asked may decline', async ({
  open,
  parley,
  context,
}) => {
  const room = await makeRoom(parley)
  await parley.call(`PUT /api/v1/rooms/${room.roomId}/settings`, {
    recordingConsentText: 'We record this call for those who are away.',
  })
  const ana = await open(room.moderatorUrl, WITHOUT_CAMERA)
  await join(ana, 'Ana')
  const bruno = await open(room.speakerUrl, WITHOUT_CAMERA)
  await join(bruno, 'Bruno')
  // Whose role does not allow it has no button.
  await expect(bruno.locator('#recording-btn')).toHaveCount(0)
  await ana.click('#recording-btn')
  const badge = (page: Page) => page.getByTestId('recording-badge')
  await expect(badge(ana)).toContainText('REC', { timeout: 25_000 })
  await expect(badge(bruno)).toContainText('started by Ana', { timeout: 2000 })
  await expect(ana.getByTestId('announcer')).toContainText('is recording this meeting')
  await expect(ana.getByRole('dialog')).toHaveCount(0)
  const question = bruno.getByRole('dialog')
  await expect(question).toContainText('We record this call for those who are away.')
  await picture(bruno, 'recording-consent')
  // Escape is no answer.
  await bruno.keyboard.press('Escape')
  await expect(question).toBeVisible()
  await question.getByRole('button', { name: 'Decline and stay muted' }).click()
  await expect(question).toHaveCount(0)
  // Nothing can be switched on, by hand or by key, and it says why.
  const mic = bruno.locator('#mic-btn')
  await expect(mic).toHaveAccessibleName('Unmute microphone (Off while you are not recorded)')
  await expect(bruno.locator('#camera-btn')).toHaveAttribute('aria-disabled', 'true')
  await expect(bruno.getByTestId('recording-declined')).toContainText('microphone and camera stay off')
  await bruno.keyboard.press('Control+d')
  await expect(mic).toHaveAccessibleName(/^Unmute/)
  await picture(bruno, 'recording-declined')
  // Thinking better of it, and of that.
  await bruno.getByRole('button', { name: 'Agree now' }).click()
  await expect(bruno.getByTestId('recording-declined')).toHaveCount(0)
  await mic.click()
  await expect(mic).toHaveAccessibleName('Mute microphone')

  const carla = await open(room.speakerUrl, { ...WITHOUT_CAMERA, viewport: { width: 390, height: 844 } })
  await join(carla, 'Carla')
  await expect(badge(carla)).toContainText('started by Ana')
  await expect(carla.getByTestId('announcer')).toContainText('is recording this meeting')
  await picture(carla, 'recording-consent-phone')
  await carla.getByRole('button', { name: 'Decline and stay muted' }).click()
  await expect(carla.getByTestId('recording-declined')).toBeVisible()
  await picture(carla, 'recording-declined-phone')
  await picture(ana, 'recording')

  const [running] = (
    await parley.call<{ recordings: Recording[] }>(`GET /api/v1/recordings?roomId=${room.roomId}`)
  ).recordings
  const id = running?.recordingId ?? ''
  const { consents } = await parley.call<{ consents: { name: string; answer: string }[] }>(
    `GET /internal-api/v1/recordings/${id}/consents`,
  )
  expect(consents.map(({ name, answer }) => `${name} ${answer}`)).toEqual([
    'Ana agreed',
    'Bruno agreed',
    'Carla declined',
  ])
  await ana.click('#stop-recording-btn')
  await expect(badge(ana)).toHaveCount(0)
  await expect(badge(carla)).toHaveCount(0, { timeout: 5000 })
  expect((await untilFinished(parley, id)).details).toBe('Stopped by Ana')
  await expect(carla.getByTestId('recording-declined')).toHaveCount(0)
  await expect(carla.locator('#mic-btn')).toHaveAccessibleName('Unmute microphone')

  // What each answered stands with the recording.
  const page = await context.newPage()
  await signIn(page, parley)
  await page.goto(`${parley.url}/recording/${id}`)
  const answers = page.getByRole('region', { name: 'Consent' }).getByRole('listitem')
  await expect(answers).toHaveCount(3)
  await expect(answers.filter({ hasText: 'Carla' })).toContainText(/declined/i)
  await page.setViewportSize({ width: 390, height: 844 })
  await picture(page, 'recording-player-phone')
  await page.goto(`${parley.url}/recordings`)
  await expect(page.getByRole('row').nth(1)).toBeVisible()
  await picture(page, 'recordings-phone')
})

test('a recording is listed, played, renamed, shared for a time, and deleted', async ({
  open,
  parley,
  context,
}) => {
  const room = await makeRoom(parley, 'Weekly review')
  const ana = await open(room.moderatorUrl)
  await join(ana, 'Ana')
  const { recordingId: id } = await parley.call<Recording & Record<string, unknown>>(
    'POST /api/v1/recordings',
    { roomId: room.roomId },
  )
  await wait(4000)
  await parley.call(`POST /api/v1/recordings/${id}/stop`)
  await untilFinished(parley, id)
  await ana.context().close()

  const page = await context.newPage()
  await signIn(page, parley)
  await page.goto(`${parley.url}/recordings`)
  const row = page.getByRole('row').filter({ hasText: 'Weekly review' })
  await expect(row).toContainText('Ready')
  await expect
    .poll(() => row.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(100)
  await picture(page, 'recordings')
  await expectAccessible(page)

  await row.getByRole('button', { name: /^More for/ }).click()
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Kick-off')
  await page.getByRole('button', { name: 'Save' }).click()
  const named = page.getByRole('row').filter({ hasText: 'Kick-off' })
  await expect(named).toBeVisible()

  await named.getByRole('button', { name: 'Play Kick-off' }).click()
  await expect(page.getByRole('heading', { name: 'Kick-off' })).toBeVisible()
  const video = page.locator('video')
  const read = <K extends 'duration' | 'currentTime' | 'playbackRate'>(field: K) =>
    video.evaluate((element: HTMLVideoElement, name) => element[name], field)
  await expect.poll(() => read('duration')).toBeGreaterThan(3)
  // It can be sought in at once, and goes on from there.
  await video.evaluate(async (element: HTMLVideoElement) => {
    element.muted = true
    element.currentTime = 2
    await element.play()
  })
  await expect.poll(() => read('currentTime')).toBeGreaterThan(2.2)
  await page.getByLabel('Speed').selectOption('2')
  expect(await read('playbackRate')).toBe(2)
  await picture(page, 'recording-player')
  await expectAccessible(page)

  await page.goto(`${parley.url}/recordings`)
  await named.getByRole('button', { name: /^More for/ }).click()
  await page.getByRole('menuitem', { name: 'Share' }).click()
  await page.getByLabel('The link works for').selectOption('86400')
  const link = page.getByLabel('Link', { exact: true })
  await expect(link).toHaveValue(/recordingSecret=p\./)
  await picture(page, 'recording-share')
  const shared = await link.inputValue()
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
  // Who has the link needs no account, and sees no list of who agreed.
  const stranger = await open(`${shared}&t=1`)
  await expect(stranger.getByRole('heading', { name: 'Kick-off' })).toBeVisible()
  await expect
    .poll(() => stranger.locator('video').evaluate((element: HTMLVideoElement) => element.currentTime))
    .toBeGreaterThanOrEqual(1)
  await stranger.goto(shared.replace(/recordingSecret=.*/, 'recordingSecret=wrong'))
  await expect(stranger.getByText('Not found')).toBeVisible()
  await stranger.goto(`${parley.url}/recording/${id}`)
  await expect(stranger.getByRole('link', { name: 'Sign in' })).toBeVisible()

  // The room's link to its recordings shows them, and deletes nothing.
  const { access } = await parley.call<{ access: { anonymous: { recording: { url: string } } } }>(
    `GET /api/v1/rooms/${room.roomId}`,
  )
  await stranger.setViewportSize({ width: 390, height: 844 })
  await stranger.goto(access.anonymous.recording.url)
  await expect(stranger.getByRole('heading', { name: 'Recordings of Weekly review' })).toBeVisible()
  await picture(stranger, 'room-recordings-phone')
  await stranger.getByRole('button', { name: /^More for/ }).click()
  await expect(stranger.getByRole('menuitem', { name: 'Download' })).toBeVisible()
  await expect(stranger.getByRole('menuitem', { name: 'Delete' })).toHaveCount(0)
  await stranger.keyboard.press('Escape')
  await stranger.getByRole('button', { name: 'Play Kick-off' }).click()
  await expect(stranger.getByRole('heading', { name: 'Kick-off' })).toBeVisible()

  // As the web component's `show-recording` opens it.
  await stranger.goto(`${access.anonymous.recording.url}&show-recording=${id}`)
  await expect(stranger.getByRole('heading', { name: 'Kick-off' })).toBeVisible()
  await expect
    .poll(() => stranger.locator('video').evaluate((video: HTMLVideoElement) => video.duration))
    .toBeGreaterThan(0)
  await stranger.getByRole('link', { name: 'Recordings of Weekly review' }).click()
  await expect(stranger.getByRole('button', { name: 'Play Kick-off' })).toBeVisible()

  await page.bringToFront()
  await named.getByRole('checkbox').check()
  await expect(page.getByRole('link', { name: 'Download as zip' })).toBeVisible()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(named).toHaveCount(0)
})
