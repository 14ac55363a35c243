import { signIn } from './console-session.ts'
import { expect } from '../support/server.ts'
import {
  capturesOf,
  expectAccessible,
  expectState,
  join,
  joinAsBot,
  launchWith,
  makeRoom,
  picture,
  stateOf,
  test,
  WITHOUT_CAMERA,
} from './meeting-pages.ts'

const WITHOUT_CONSENT = (args: string[]) => args.filter((flag) => flag !== '--use-fake-ui-for-media-stream')
const WITHOUT_DEVICES = (args: string[]) =>
  args.map((flag) => (flag === '--use-fake-device-for-media-stream' ? `${flag}=device-count=0` : flag))

/** Width and height of a frame beside other things. */
const SIDEBAR = { width: 322, height: 500 }

test('shows the room, the camera and a moving level, and names no device', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(room.speakerUrl)
  await expect(page.getByRole('heading', { name: 'Daily standup' })).toBeVisible()
  await expect
    .poll(() => page.locator('video').evaluate((video: HTMLVideoElement) => video.videoWidth))
    .toBe(1280)
  // The fake microphone beeps once a second: asked in that rhythm, one could always meet the pause.
  await expect
    .poll(
      () => page.getByTestId('mic-level').evaluate((bar) => Number(bar.style.getPropertyValue('--level'))),
      { intervals: [30] },
    )
    .toBeGreaterThan(0)
  const captures = await capturesOf(page)
  expect(captures).toHaveLength(1)
  expect(JSON.stringify(captures)).not.toContain('deviceId')
  await picture(page, 'lobby')
})

test('is at most 110 kB of page, script and style on the wire', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(room.speakerUrl)
  await expect(page.locator('html')).toHaveAttribute('data-alive')
  const { html, files } = await page.evaluate(() => {
    const urls = new Set(
      [...document.querySelectorAll('script[src], link[rel=stylesheet], link[rel=modulepreload]')].map(
        (element) => element.getAttribute('src') ?? element.getAttribute('href') ?? '',
      ),
    )
    const linked = performance
      .getEntriesByType('resource')
      .filter((entry) => urls.has(new URL(entry.name).pathname))
    const [navigation] = performance.getEntriesByType('navigation')
    return {
      html: (navigation as PerformanceNavigationTiming).encodedBodySize,
      files: linked.map((entry) => (entry as PerformanceResourceTiming).encodedBodySize),
    }
  })
  expect(html).toBeGreaterThan(1000)
  expect(html).toBeLessThan(10_000)
  const bytes = files.reduce((sum, size) => sum + size, html)
  expect(bytes).toBeGreaterThan(50_000)
  expect(bytes).toBeLessThan(110_000)
})

test('joins with Enter, once, and remembers the name', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(room.speakerUrl, WITHOUT_CAMERA)
  const joins: string[] = []
  page.on('request', (request) => {
    if (request.postData()?.includes('"joinMeeting":true')) joins.push(request.url())
  })
  await page.fill('#participant-name-input', '  Ana  López ')
  await page.press('#participant-name-input', 'Enter')
  await page.click('#join-button', { timeout: 500, force: true }).catch(() => {})
  await expectState(page, 'connected')
  expect(joins).toHaveLength(1)
  await expect(page.getByRole('article', { name: 'Ana López (you)' })).toBeVisible()
  await page.goto(room.speakerUrl)
  await expect(page.locator('#participant-name-input')).toHaveValue('Ana López')
})

test('asks for a name and lets nothing else stand in the way', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(room.speakerUrl, WITHOUT_CAMERA)
  await page.click('#join-button')
  await expect(page.getByRole('alert')).toHaveText('Enter your name to join.')
  await expect(page.locator('#participant-name-input')).toBeFocused()
  await expectState(page, 'lobby')
})

test('denied devices are explained, and one joins without', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const browser = await launchWith(WITHOUT_CONSENT)
  const page = await open(room.speakerUrl, { browser })
  await expect(page.getByRole('alert').first()).toContainText('Camera and microphone are blocked')
  await expect(page.getByText('You join muted and without camera.')).toBeVisible()
  await expectAccessible(page, 'lobby, denied')
  await picture(page, 'lobby-denied')
  await join(page, 'Ana')
  await expect(page.getByRole('article', { name: 'Ana (you)' })).toHaveAttribute('data-microphone', 'off')

  const listener = await open(room.speakerUrl, { browser, permissions: ['camera'] })
  await expect(listener.getByRole('alert').first()).toContainText('The microphone is blocked')
  await expect(listener.locator('video')).toBeVisible()
  await picture(listener, 'lobby-microphone-denied')
  // In a frame as narrow as a sidebar nothing lies over anything, the longest language included.
  for (const [some, name] of [
    [await open(`${room.speakerUrl}&language=de`, { browser, viewport: SIDEBAR }), 'both'],
    [
      await open(`${room.speakerUrl}&language=fr`, { browser, viewport: SIDEBAR, permissions: ['camera'] }),
      'microphone',
    ],
  ] as const) {
    const said = await some.getByRole('alert').first().boundingBox()
    const switches = await some.locator('#mic-btn').boundingBox()
    if (!said || !switches) throw new Error('not drawn')
    expect(said.y + said.height, name).toBeLessThanOrEqual(switches.y)
    const again = some.getByRole('alert').first().getByRole('button')
    await expect(again).toBeInViewport({ ratio: 1 })
    await expect(some.locator('#join-button')).toBeInViewport({ ratio: 1 })
    await expectAccessible(some, `lobby, ${name} denied, narrow`)
    await picture(some, `lobby-narrow-${name}-denied`)
  }
  await browser.close()
})

test('missing devices are named, and one joins without', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const browser = await launchWith(WITHOUT_DEVICES)
  const page = await open(room.speakerUrl, { browser })
  await expect(page.getByRole('alert').first()).toContainText('No camera found')
  await picture(page, 'lobby-missing')
  await join(page, 'Ana')
  await browser.close()
})

test('a device in use is explained and asked for again', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(room.speakerUrl, {
    init: () => {
      const capture = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
      let isBusy = true
      navigator.mediaDevices.getUserMedia = (constraints) =>
        isBusy && constraints?.video
          ? Promise.reject(new DOMException('Could not start video source', 'NotReadableError'))
          : capture(constraints)
      addEventListener('click', () => (isBusy = false), { capture: true })
    },
  })
  await expect(page.getByRole('alert').first()).toContainText('The camera is used by another program')
  await picture(page, 'lobby-busy')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.locator('video')).toBeVisible()
})

test('works in a frame whose storage is closed', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(room.speakerUrl, {
    init: () =>
      Object.defineProperty(window, 'localStorage', {
        get: () => {
          throw new DOMException('The document is sandboxed', 'SecurityError')
        },
      }),
  })
  await join(page, 'Ana')
})

test('plays the test tone on the chosen speaker', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(room.speakerUrl, WITHOUT_CAMERA)
  const speaker = page.getByRole('combobox', { name: 'Speaker' })
  await expect(speaker).toBeEnabled()
  await speaker.selectOption({ index: 1 })
  const button = page.getByRole('button', { name: 'Play test sound' })
  await button.click()
  await expect(button).toBeDisabled()
  await expect(button).toBeEnabled()
})

test('a camera that is off stays off in the meeting', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(room.speakerUrl)
  await expect(page.locator('video')).toBeVisible()
  await page.click('#camera-btn')
  await expect(page.getByText('Camera is off')).toBeVisible()
  await join(page, 'Ana')
  const own = page.getByRole('article', { name: 'Ana (you)' })
  await expect(own).toHaveAttribute('data-camera', 'off')
  await expect(own).toHaveAttribute('data-microphone', 'on')
  await page.goto(room.speakerUrl)
  await expect(page.getByText('Camera is off')).toBeVisible()
})

test('speaks the language of the browser, or the one that is chosen', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(room.speakerUrl, { ...WITHOUT_CAMERA, locale: 'de-AT' })
  await expect(page.getByRole('button', { name: 'Teilnehmen' })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', 'de')
  await picture(page, 'lobby-german')
  await page.fill('#participant-name-input', 'Ana')
  await page.getByRole('combobox', { name: 'Sprache' }).selectOption({ label: 'Français' })
  await expect(page.getByRole('button', { name: 'Participer' })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', 'fr')
  await expect(page.locator('#participant-name-input')).toHaveValue('Ana')
  await page.reload()
  await page.getByRole('button', { name: 'Participer' }).click()
  await expect(page.getByRole('alert')).toHaveText('Saisissez votre nom pour participer.')
  await page.fill('#participant-name-input', 'Ana')
  // The call has been drawn by now, out of sight and in French.
  await page.getByRole('combobox', { name: 'Langue' }).selectOption({ label: 'Español' })
  await page.click('#join-button')
  await expect(page.getByRole('button', { name: 'Silenciar el micrófono' })).toBeVisible()
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1)
})

test('suggests the name of who is signed in', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(parley.url, WITHOUT_CAMERA)
  await signIn(page, parley)
  await page.goto(parley.url + new URL(room.speakerUrl).pathname)
  await expect(page.locator('#participant-name-input')).not.toHaveValue('')
  const suggested = await page.inputValue('#participant-name-input')
  await page.click('#join-button')
  await expectState(page, 'connected')
  await expect(page.getByRole('article', { name: `${suggested} (you)` })).toBeVisible()
})

test.describe('a link that leads nowhere says so', () => {
  test('wrong secret', async ({ page, parley }) => {
    const room = await makeRoom(parley)
    await page.goto(`${room.speakerUrl}x`)
    await expect(page.getByRole('heading', { name: 'This link is not valid' })).toBeVisible()
    await expect(stateOf(page)).toHaveAttribute('data-state', 'ended')
    await picture(page, 'end-wrong-link')
  })

  test('unknown room', async ({ page, parley }) => {
    await page.goto(`${parley.url}/room/nobody-knows-it?secret=x`)
    await expect(page.getByRole('heading', { name: 'There is no such meeting' })).toBeVisible()
    await picture(page, 'end-not-found')
    await page.goto(`${parley.url}/meeting/abc-def-ghi`)
    await expect(page.getByRole('heading', { name: 'There is no such meeting' })).toBeVisible()
  })

  test('no secret and nobody signed in', async ({ page, parley }) => {
    const room = await makeRoom(parley)
    const path = new URL(room.speakerUrl).pathname
    await page.goto(parley.url + path)
    await expect(page.getByRole('heading', { name: 'Sign in to join' })).toBeVisible()
    const link = page.getByRole('link', { name: 'Sign in' })
    await expect(link).toHaveAttribute('href', `/?redirectTo=${encodeURIComponent(path)}`)
    await picture(page, 'end-sign-in')
  })
})

test('a full meeting is said in the lobby, and Join tries again', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  await parley.call(`PUT /api/v1/rooms/${room.roomId}/settings`, { maxParticipants: 1 })
  const bot = await joinAsBot(parley, room, 'Ana')
  const page = await open(room.speakerUrl, WITHOUT_CAMERA)
  await page.fill('#participant-name-input', 'Bruno')
  await page.click('#join-button')
  await expect(page.getByRole('alert')).toContainText('The meeting is full')
  await picture(page, 'lobby-full')
  await bot.leave()
  await expect(async () => {
    await page.click('#join-button')
    await expectState(page, 'connected', 3_000)
  }).toPass({ timeout: 30_000 })
})

test('a server that does not answer is said in the lobby, and Join tries again', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(room.speakerUrl, WITHOUT_CAMERA)
  await page.route('**/members/token', (route) => route.abort())
  await page.fill('#participant-name-input', 'Ana')
  await page.click('#join-button')
  await expect(page.getByRole('alert')).toContainText('The server does not answer')
  await page.unroute('**/members/token')
  await page.click('#join-button')
  await expectState(page, 'connected')
})
