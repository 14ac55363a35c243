import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from '../support/server.ts'
import { signIn, watchFaults } from './console-session.ts'

const PAGES = [
  { path: '/overview', ready: 'Live now' },
  { path: '/rooms', ready: 'Rooms' },
  { path: '/recordings', ready: 'No recordings yet' },
  { path: '/embedded', ready: 'Embed a room' },
  { path: '/settings/account', ready: 'Your account' },
  { path: '/settings/organization', ready: 'Organization' },
  { path: '/settings/developers', ready: 'API keys' },
  { path: '/settings/users', ready: 'Users' },
  { path: '/settings/security', ready: 'Two-factor sign-in' },
  { path: '/settings/appearance', ready: 'Appearance' },
  { path: '/settings/audit', ready: 'Audit log' },
]
const LOOKS = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  { name: 'phone', colorScheme: 'light', viewport: { width: 390, height: 844 } },
] as const

async function serious(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

for (const look of LOOKS) {
  test.describe(look.name, () => {
    test.use({ colorScheme: look.colorScheme, viewport: look.viewport })

    test(`every page passes axe and keeps to the content security policy (${look.name})`, async ({
      page,
      parley,
    }) => {
      test.slow()
      // Colours are measured as they end up, not half-way through a transition.
      await page.emulateMedia({ reducedMotion: 'reduce' })
      const faults = watchFaults(page)
      await page.goto(parley.url)
      await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
      await page.getByRole('button', { name: 'Join' }).click()
      expect(await serious(page), 'signed out').toEqual([])

      const { roomId } = await parley.call<{ roomId: string }>('POST /api/v1/rooms', {
        roomName: 'Looked at',
      })
      await signIn(page, parley)
      for (const { path, ready } of [...PAGES, { path: `/rooms/${roomId}`, ready: 'Links' }]) {
        await page.goto(parley.url + path)
        await expect(page.getByRole('main').getByRole('heading', { name: ready }).first()).toBeVisible()
        await expect(page.locator('[class*=skeleton]')).toHaveCount(0)
        expect(await serious(page), path).toEqual([])
      }

      await page.goto(`${parley.url}/embedded`)
      await page.getByRole('button', { name: 'Generate API key' }).click()
      await page.getByRole('button', { name: 'Generate key' }).click()
      expect(await serious(page), 'key form').toEqual([])
      await page.keyboard.press('Escape')
      await page.goto(`${parley.url}/rooms`)
      await page.getByRole('button', { name: 'More actions for Looked at' }).first().click()
      expect(await serious(page), 'menu').toEqual([])
      await page.getByRole('menuitem', { name: 'Delete room' }).click()
      expect(await serious(page), 'delete dialog').toEqual([])
      await page.keyboard.press('Escape')
      expect(faults).toEqual([])
    })
  })
}

test('nothing is wider than a screen of 320 px', async ({ page, parley }) => {
  const { roomId } = await parley.call<{ roomId: string }>('POST /api/v1/rooms', {
    roomName: 'A_room_with_a_name_that_has_no_place_to_break',
  })
  await page.setViewportSize({ width: 320, height: 640 })
  await signIn(page, parley)
  for (const { path } of [...PAGES, { path: `/rooms/${roomId}` }]) {
    await page.goto(parley.url + path)
    await expect(page.getByRole('main').getByRole('heading').first()).toBeVisible()
    await expect(page.locator('[class*=skeleton]')).toHaveCount(0)
    const excess = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(excess, path).toBe(0)
  }
  await page.getByRole('button', { name: 'Open navigation' }).click()
  await page.getByRole('dialog', { name: 'Main' }).getByRole('link', { name: 'Embedded' }).click()
  await expect(page).toHaveURL(`${parley.url}/embedded`)
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

test('menus and dialogs work by keyboard and give the focus back', async ({ page, parley }) => {
  await parley.call('POST /api/v1/rooms', { roomName: 'By keyboard' })
  await signIn(page, parley)
  await page.goto(`${parley.url}/rooms?q=By%20keyboard`)
  const trigger = page.getByRole('button', { name: 'More actions for By keyboard' })
  await expect(trigger).toBeVisible()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused()

  await trigger.focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('End')
  await expect(page.getByRole('menuitem', { name: 'Delete room' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Cancel' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(trigger).toBeFocused()

  await page.keyboard.press('Enter')
  await page.keyboard.press('End')
  await expect(page.getByRole('menuitem', { name: 'Delete room' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Cancel' })).toBeFocused()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Room deleted')).toBeVisible()
  await expect(page.getByRole('heading', { level: 1, name: 'Rooms' })).toBeFocused()
})

test('when the server does not answer, the list stays and says that it is old', async ({ page, parley }) => {
  await parley.call('POST /api/v1/rooms', { roomName: 'Still here' })
  await signIn(page, parley)
  await page.goto(`${parley.url}/rooms`)
  await expect(page.getByRole('link', { name: 'Still here', exact: true }).first()).toBeVisible()
  await page.route('**/api/v1/rooms?*', (route) => route.abort())
  await expect(page.getByText('Connection to the server lost')).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('link', { name: 'Still here', exact: true }).first()).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { name: 'This could not be loaded' })).toBeVisible({
    timeout: 30_000,
  })
  await page.unroute('**/api/v1/rooms?*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('link', { name: 'Still here', exact: true }).first()).toBeVisible()
})

test('the whole console costs at most 250 kB on the wire', async ({ page, parley }) => {
  await signIn(page, parley)
  // After a while the console fetches other pages' code ahead, which on a slow machine is before the network is idle.
  await page.route(/\/assets\/(meetings-page|meeting-list|recordings-page)-/, (route) => route.abort())
  const sizes = new Map<string, number>()
  for (const path of [
    '/overview',
    '/rooms',
    '/embedded',
    '/settings/account',
    '/settings/organization',
    '/settings/developers',
  ]) {
    await page.goto(parley.url + path)
    await expect(page.getByRole('main').getByRole('heading').first()).toBeVisible()
    await page.waitForLoadState('networkidle')
    const loaded = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .filter((entry): entry is PerformanceResourceTiming => entry instanceof PerformanceResourceTiming)
        .filter((entry) => entry.name.includes('/assets/'))
        .map((entry) => [entry.name, entry.encodedBodySize] as const),
    )
    for (const [name, bytes] of loaded) sizes.set(name, Math.max(bytes, sizes.get(name) ?? 0))
  }
  const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
  expect(sizes.size).toBeGreaterThan(10)
  expect(total).toBeLessThan(250_000)
})
