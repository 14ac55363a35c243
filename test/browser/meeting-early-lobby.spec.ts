import type { Page } from '@playwright/test'
import { expect } from '../support/server.ts'
import { expectAccessible, expectState, makeRoom, picture, test, WITHOUT_CAMERA } from './meeting-pages.ts'

/** Holds the scripts of the page back until the test lets them come. Its HTML comes at once. */
const holdScripts = async (page: Page) => {
  let release = (): void => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  await page.route('**/assets/*.js', async (route) => {
    await released
    await route.continue()
  })
  return release
}

/** Adds up what moves by itself. */
const watchShifts = () => {
  const shifts: number[] = []
  Object.assign(window, { shifts })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) shifts.push((entry as PerformanceEntry & { value: number }).value)
  }).observe({ type: 'layout-shift', buffered: true })
}

/** Opens the link without waiting for its scripts. */
const openEarly = async (page: Page, url: string) => {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  await page.goto(url, { waitUntil: 'commit' })
  await expect(page.locator('#participant-name-input')).toBeVisible()
  return faults
}

const expectAlive = (page: Page) => expect(page.locator('html')).toHaveAttribute('data-alive')

test('before any script has come there is a form, and what is typed in it stays', async ({
  open,
  parley,
}) => {
  const room = await makeRoom(parley)
  const page = await open(`${parley.url}/health`, { init: watchShifts })
  const release = await holdScripts(page)
  const faults = await openEarly(page, room.speakerUrl)
  await expect(page.locator('#participant-name-input')).toBeFocused()
  await page.keyboard.type('Ana Löpez')
  await expectAccessible(page, 'early lobby')
  await picture(page, 'lobby-early')
  for (let presses = 0; presses < 4; presses++) await page.keyboard.press('ArrowLeft')
  await page.locator('#participant-name-input').evaluate((input) => (input.dataset['mark'] = 'same'))
  // What would not answer is not there yet.
  await expect(page.locator('button')).toHaveCount(1)
  await expect(page.locator('html')).not.toHaveAttribute('data-alive')

  release()
  await expectAlive(page)
  const input = page.locator('#participant-name-input')
  await expect(input).toHaveValue('Ana Löpez')
  // The very same element: its caret, and what a phone's keyboard is composing, are left alone.
  await expect(input).toHaveAttribute('data-mark', 'same')
  await page.keyboard.type('\u00b7')
  await expect(input).toHaveValue('Ana L·öpez')
  await expect(page.locator('#mic-btn')).toBeVisible()
  await expect(page.locator('video')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Daily standup' })).toBeVisible()
  await page.evaluate(() => document.fonts.ready)
  expect(await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts)).toEqual([])
  await expectState(page, 'lobby')
  expect(faults).toEqual([])
})

test('Join that is pressed before any script has come joins, once, with the name', async ({
  open,
  parley,
}) => {
  const room = await makeRoom(parley)
  const page = await open(`${parley.url}/health`, WITHOUT_CAMERA)
  const joins: string[] = []
  page.on('request', (request) => {
    if (request.postData()?.includes('"joinMeeting":true')) joins.push(request.url())
  })
  const release = await holdScripts(page)
  const faults = await openEarly(page, room.speakerUrl)
  await page.click('#join-button')
  await expect(page.getByRole('alert')).toHaveText('Enter your name to join.')
  await expect(page.locator('#participant-name-input')).toBeFocused()
  await page.keyboard.type('  Ana   López ')
  await expect(page.getByRole('alert')).toHaveText('')
  await page.keyboard.press('Enter')
  await expect(page.locator('#join-button')).toHaveText('Joining')
  await expect(page.locator('#join-button')).toHaveAttribute('aria-busy', 'true')
  await page.click('#join-button', { force: true })
  await picture(page, 'lobby-early-joining')
  release()
  await expectState(page, 'connected')
  await expect(page.getByRole('article', { name: 'Ana López (you)' })).toBeVisible()
  expect(joins).toHaveLength(1)
  expect(faults).toEqual([])
})

test('a name that was refused early is still refused later, in the language of the browser', async ({
  open,
  parley,
}) => {
  const room = await makeRoom(parley)
  const page = await open(`${parley.url}/health`, { ...WITHOUT_CAMERA, locale: 'de-AT' })
  const release = await holdScripts(page)
  const faults = await openEarly(page, room.speakerUrl)
  await expect(page.locator('html')).toHaveAttribute('lang', 'de')
  await page.getByRole('button', { name: 'Teilnehmen' }).click()
  await expect(page.getByRole('alert')).toHaveText('Geben Sie Ihren Namen ein, um teilzunehmen.')
  release()
  await expectAlive(page)
  await expect(page.getByRole('alert')).toHaveText('Geben Sie Ihren Namen ein, um teilzunehmen.')
  await page.fill('#participant-name-input', 'Ana')
  await expect(page.getByRole('alert')).toHaveText('')
  // The name is remembered and shown early the next time, in the language that was chosen.
  await page.getByRole('combobox', { name: 'Sprache' }).selectOption({ label: 'Français' })
  await page.keyboard.press('Tab')
  await page.getByRole('button', { name: 'Participer' }).click()
  await expectState(page, 'connected')
  const again = await page.context().newPage()
  await holdScripts(again)
  await openEarly(again, room.speakerUrl)
  await expect(again.getByRole('button', { name: 'Participer' })).toBeVisible()
  await expect(again.locator('#participant-name-input')).toHaveValue('Ana')
  expect(faults).toEqual([])
})

test('scripts that do not come are said, and Join fetches them again', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(`${parley.url}/health`, WITHOUT_CAMERA)
  await page.route('**/assets/*.js', (route) => route.abort())
  await openEarly(page, room.speakerUrl)
  await expect(page.getByRole('alert')).toContainText('The page did not load completely')
  await picture(page, 'lobby-incomplete')
  await page.fill('#participant-name-input', 'Ana')
  await page.unroute('**/assets/*.js')
  await page.click('#join-button')
  await expectAlive(page)
  await expect(page.locator('#participant-name-input')).toHaveValue('Ana')
  await page.click('#join-button')
  await expectState(page, 'connected')
})
