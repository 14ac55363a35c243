import type { Page } from '@playwright/test'
import { expect } from '../support/server.ts'
import {
  expectAccessible,
  expectState,
  join,
  makeRoom,
  picture,
  remoteTile,
  test,
  WITHOUT_CAMERA,
} from './meeting-pages.ts'

const SIZES = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
  'phone-landscape': { width: 844, height: 390 },
  narrow: { width: 320, height: 568 },
}

const expectNoSidewaysScroll = (page: Page) =>
  expect
    .poll(() =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
    )
    .toBeLessThanOrEqual(0)

const expectTouchable = async (page: Page) => {
  const small = await page.locator('button:visible').evaluateAll((buttons) =>
    buttons
      .map((button) => ({
        label: button.getAttribute('aria-label') ?? button.textContent,
        box: button.getBoundingClientRect(),
      }))
      .filter(({ box }) => box.width > 0 && (box.width < 44 || box.height < 44))
      .map(({ label, box }) => `${label} ${box.width}x${box.height}`),
  )
  expect(small).toEqual([])
}

/** No button of the bar lies over another. */
const expectApart = (page: Page) =>
  expect
    .poll(() =>
      page.locator('footer button:visible').evaluateAll((buttons) => {
        const boxes = buttons.map((button) => ({
          id: button.id || button.ariaLabel,
          box: button.getBoundingClientRect(),
        }))
        return boxes.flatMap(({ id, box }, index) =>
          boxes
            .slice(index + 1)
            .filter(({ box: other }) => other.left < box.right - 1 && box.left < other.right - 1)
            .map((other) => `${id} and ${other.id}`),
        )
      }),
    )
    .toEqual([])

for (const [name, viewport] of Object.entries(SIZES)) {
  test(`lobby and call at ${name}: fits, is accessible, can be touched`, async ({ open, parley }) => {
    const isTouch = name !== 'desktop'
    const room = await makeRoom(parley, `Weekly review ${'🎉'.repeat(18)}`)
    const page = await open(room.moderatorUrl, {
      viewport,
      hasTouch: isTouch,
      isMobile: isTouch,
    })
    await expect(page.locator('video')).toBeVisible()
    await expectNoSidewaysScroll(page)
    await expectAccessible(page, 'lobby')
    if (isTouch) await expectTouchable(page)
    await expect(page.locator('#join-button')).toBeInViewport({ ratio: 1 })
    await picture(page, `lobby-${name}`)

    await join(page, 'Ana')
    const other = await open(room.speakerUrl)
    await join(other, '<b>Bruno</b> "with a rather long" & odd name')
    await expect(remoteTile(page).locator('video')).toBeVisible()
    await expectNoSidewaysScroll(page)
    await expectAccessible(page, 'call')
    await expectApart(page)
    if (isTouch) await expectTouchable(page)
    await picture(page, `call-${name}`)

    await page.click('#participants-panel-btn')
    await expect(page.getByRole('complementary')).toBeVisible()
    await expectAccessible(page, 'people')
    await picture(page, `people-${name}`)
    await page.keyboard.press('Escape')
    await page.click('#chat-panel-btn')
    await expectAccessible(page, 'chat')
    await picture(page, `chat-${name}`)
    await page.keyboard.press('Escape')
    await page.click('#leave-btn')
    await expect(page.getByRole('heading', { name: 'You left the meeting' })).toBeVisible()
    await expectAccessible(page, 'end')
    await picture(page, `end-${name}`)
  })
}

test('nothing shifts after the lobby is painted, however late its font and long its words', async ({
  open,
  parley,
}) => {
  const room = await makeRoom(parley, 'Weekly review of everything that anybody has made')
  const page = await open(`${parley.url}/health`, {
    locale: 'de-AT',
    init: () => {
      const shifts: number[] = []
      Object.assign(window, { shifts })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          shifts.push((entry as PerformanceEntry & { value: number }).value)
      }).observe({ type: 'layout-shift', buffered: true })
    },
  })
  await page.route('**/*.woff2', async (route) => {
    await page.locator('video').waitFor()
    await route.continue()
  })
  await page.goto(room.speakerUrl)
  await expect(page.getByRole('heading', { name: 'Weekly review' })).toBeVisible()
  await expect(page.locator('video')).toBeVisible()
  await page.evaluate(() => document.fonts.ready)
  await picture(page, 'lobby-long-name')
  expect(await page.evaluate(() => document.fonts.check('16px "Inter Variable"'))).toBe(true)
  expect(await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts)).toEqual([])
})

test('the page keeps to its own origin and its content security policy', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(`${parley.url}/health`, {
    init: () => {
      const violations: string[] = []
      Object.assign(window, { violations })
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
        violations.push(`${violatedDirective} ${blockedURI}`),
      )
    },
  })
  const foreign: string[] = []
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (origin !== parley.url && protocol !== 'blob:' && protocol !== 'data:') foreign.push(request.url())
  })
  await page.goto(room.moderatorUrl)
  await join(page, 'Ana')
  await expect(page.getByRole('article')).toBeVisible()
  expect(foreign).toEqual([])
  expect(await page.evaluate(() => (window as unknown as { violations: string[] }).violations)).toEqual([])
})

test('the whole way from lobby to leaving goes by keyboard', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(room.moderatorUrl, WITHOUT_CAMERA)
  await expect(page.locator('#participant-name-input')).toBeFocused()
  await page.keyboard.type('Ana')
  await page.keyboard.press('Enter')
  await expectState(page, 'connected')
  const tabTo = async (id: string) => {
    for (let presses = 0; presses < 30; presses++) {
      if (await page.evaluate((wanted) => document.activeElement?.id === wanted, id)) return
      await page.keyboard.press('Tab')
    }
    throw new Error(`${id} is not reached with Tab`)
  }
  await tabTo('mic-btn')
  await page.keyboard.press('Space')
  await expect(page.getByRole('button', { name: 'Unmute microphone' })).toBeFocused()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('menuitemradio', { name: 'System default' }).first()).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Choose microphone and speaker' })).toBeFocused()
  await tabTo('leave-btn')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'You left the meeting' })).toBeFocused()
})

test('less motion, forced colours, 200 % zoom and 4K are provided for, in menus and settings too', async ({
  open,
  parley,
}) => {
  const room = await makeRoom(parley)
  const page = await open(room.moderatorUrl, WITHOUT_CAMERA)
  const other = await open(room.speakerUrl)
  await join(other, 'Bruno')

  await page.emulateMedia({ reducedMotion: 'reduce', forcedColors: 'active' })
  await picture(page, 'lobby-forced-colours')
  await join(page, 'Ana')
  await expect(remoteTile(page).locator('video')).toBeVisible()
  const moving = await page.evaluate(() =>
    document
      .getAnimations()
      .filter((animation) => Number(animation.effect?.getComputedTiming().duration) > 1)
      .map((animation) => (animation instanceof CSSAnimation ? animation.animationName : 'transition')),
  )
  expect(moving).toEqual([])
  // What is told by colour alone elsewhere has an edge of its own here.
  for (const selector of ['article', '#mic-btn', '#leave-btn'])
    expect(
      await page
        .locator(selector)
        .first()
        .evaluate((element) => {
          const { borderTopWidth, outlineStyle } = getComputedStyle(element)
          const { borderTopWidth: around } = getComputedStyle(element.parentElement ?? element)
          return borderTopWidth !== '0px' || around !== '0px' || outlineStyle !== 'none'
        }),
      selector,
    ).toBe(true)
  await picture(page, 'call-forced-colours')
  await page.emulateMedia({ reducedMotion: null, forcedColors: null })

  // At 200 % a window of 1280 by 800 has 640 by 400 pixels of CSS.
  for (const [name, viewport] of [
    ['zoomed', { width: 640, height: 400 }],
    ['4k', { width: 3840, height: 2160 }],
  ] as const) {
    await page.setViewportSize(viewport)
    await expectNoSidewaysScroll(page)
    await expectApart(page)
    await page.getByRole('button', { name: 'More' }).click()
    const menu = page.getByRole('menu')
    await expect(menu).toBeVisible()
    await expectAccessible(page, `${name}: more`)
    await picture(page, `more-${name}`)
    await menu.getByRole('menuitem', { name: 'Settings' }).click()
    const done = page.getByRole('button', { name: 'Done' })
    await done.scrollIntoViewIfNeeded()
    await expect(done).toBeInViewport()
    await expectAccessible(page, `${name}: settings`)
    await picture(page, `settings-${name}`)
    await done.click()
    await picture(page, `call-${name}`)
  }
})
