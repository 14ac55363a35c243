import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '../support/server.ts'
import { signIn } from './console-session.ts'

test.beforeEach(async ({ page, parley }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await signIn(page, parley)
})

const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText())

/** Generates a key on the page that is open and returns it; its dialog is closed. */
async function generate(page: Page, name: string): Promise<string> {
  await page.getByRole('button', { name: 'Generate API key' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Generate key' }).click()
  const key = await page.getByRole('textbox', { name: 'API key' }).inputValue()
  await page.getByRole('button', { name: 'I have saved the key' }).click()
  return key
}

/** Opens the menu of a key in the list and takes an entry. */
async function choose(page: Page, name: string, entry: string): Promise<void> {
  await page.getByRole('button', { name: `More actions for ${name},` }).click()
  await page.getByRole('menuitem', { name: entry }).click()
}

async function revoke(page: Page, name: string): Promise<void> {
  await choose(page, name, 'Revoke')
  await page.getByLabel(`Type ${name} to confirm`).fill(name)
  await page.getByRole('button', { name: 'Revoke key' }).click()
  await expect(page.getByText(`“${name}” is revoked`)).toBeVisible()
}

/** What axe finds serious; colours are measured as they end up. */
async function serious(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

const status = async (url: string, key: string) =>
  (await fetch(`${url}/api/v1/rooms`, { headers: { 'X-API-KEY': key } })).status

test('a key is shown once, works in the command beside it, and is listed without itself', async ({
  page,
  parley,
}) => {
  await page.goto(`${parley.url}/embedded`)
  await page.getByRole('button', { name: 'Generate API key' }).click()
  await expect(page.getByRole('dialog').getByLabel('Name')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByText('Give the key a name')).toBeVisible()
  await page.getByRole('dialog').getByLabel('Name').fill('Shop backend')
  await page.keyboard.press('Enter')

  const dialog = page.getByRole('dialog', { name: 'Your new API key' })
  const key = await dialog.getByRole('textbox', { name: 'API key' }).inputValue()
  expect(key).toMatch(/^parley_live_[0-9A-Za-z]{32}$/)
  // A stray Escape, or two, must not lose it.
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await expect(dialog).toBeVisible()
  await dialog.getByRole('button', { name: 'Copy API key' }).click()
  expect(await clipboard(page)).toBe(key)
  await dialog.getByRole('button', { name: 'Copy command' }).click()
  const created = JSON.parse(execFileSync('sh', ['-c', `${await clipboard(page)} -s`], { encoding: 'utf8' }))
  expect(created).toMatchObject({ roomName: 'Daily', status: 'open' })
  await dialog.getByRole('button', { name: 'I have saved the key' }).click()
  await expect(page.getByRole('button', { name: 'Generate API key' })).toBeFocused()

  const row = page.getByRole('row', { name: /Shop backend/ })
  await expect(row).toContainText(`${key.slice(0, 16)}…${key.slice(-4)}`)
  await expect(row).toContainText('Active')
  // Counts are at most five seconds behind, and the list is asked for every ten.
  await expect(row.getByRole('cell').nth(3)).toHaveText('1', { timeout: 25_000 })

  await page.reload()
  await expect(row).toBeVisible()
  expect(await page.content()).not.toContain(key)
  await revoke(page, 'Shop backend')
})

test('a revoked key is refused on the next request', async ({ page, parley }) => {
  await page.goto(`${parley.url}/settings/developers`)
  const key = await generate(page, 'Short lived')
  expect(await status(parley.url, key)).toBe(200)

  await choose(page, 'Short lived', 'Revoke')
  await page.getByLabel('Type Short lived to confirm').fill('something else')
  await page.getByRole('button', { name: 'Revoke key' }).click()
  await expect(page.getByText('That is not the name of the key.')).toBeVisible()
  expect(await status(parley.url, key)).toBe(200)
  await page.keyboard.press('Escape')

  await revoke(page, 'Short lived')
  expect(await status(parley.url, key)).toBe(401)
  await expect(page.getByRole('row', { name: /Short lived/ })).toHaveCount(0)
  await page.getByLabel('Status', { exact: true }).selectOption('Revoked')
  const row = page.getByRole('row', { name: /Short lived/ })
  await expect(row).toContainText(/Revoked \w+ \d+, \d{4}/)
  await row.getByRole('button', { name: 'More actions' }).click()
  await expect(page.getByRole('menuitem')).toHaveText(['Activity'])
})

test('what the server refuses is told in the form', async ({ page, parley }) => {
  await page.goto(`${parley.url}/embedded`)
  const { keys } = await parley.call<{ keys: { status: string }[] }>('GET /api/v1/keys?environment=live')
  const free = 5 - keys.filter((key) => key.status === 'active').length
  const names = Array.from({ length: free }, (_, i) => `Filler ${i}`)
  for (const name of names) await generate(page, name)

  await page.getByRole('button', { name: 'Generate API key' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('One too many')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('5')
  await page.keyboard.press('Escape')
  for (const name of names) await revoke(page, name)
})

test('a key gets permissions, allowed addresses and an expiry, and each faulty address is named', async ({
  page,
  parley,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto(`${parley.url}/embedded`)
  await page.getByRole('button', { name: 'Generate API key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Reader')
  await dialog.getByLabel('Admin').uncheck()
  await dialog.getByLabel('Write').uncheck()
  await dialog.getByLabel('Allowed addresses').fill('203.0.113.0/24\n10.0.0.300, 2001:db8::/129')
  await dialog.getByLabel('Expires').selectOption('On a date')
  await dialog.getByRole('button', { name: 'Generate key' }).click()
  await expect(dialog.getByText('Choose the last day')).toBeVisible()
  await expect(dialog.getByLabel('Last day')).toBeFocused()
  await dialog.getByLabel('Last day').fill('2020-01-01')
  await expect(dialog.getByText('Choose a day that is not over.')).toBeVisible()
  await dialog.getByLabel('Last day').fill('2090-01-31')
  await dialog.getByRole('button', { name: 'Generate key' }).click()

  const addresses = dialog.getByLabel('Allowed addresses')
  await expect(addresses).toBeFocused()
  await expect(addresses).toHaveAccessibleDescription(/10\.0\.0\.300: Not an IPv4 or IPv6 address/)
  await expect(addresses).toHaveAccessibleDescription(/2001:db8::\/129: Not/)
  await expect(addresses).not.toHaveAccessibleDescription(/203\.0\.113\.0\/24/)
  expect(await serious(page)).toEqual([])
  await addresses.fill('203.0.113.0/24\n2001:db8::/32')
  await dialog.getByRole('button', { name: 'Generate key' }).click()
  await expect(dialog.getByRole('region', { name: 'Try it: list the rooms' })).toContainText('curl')
  const key = await dialog.getByRole('textbox', { name: 'API key' }).inputValue()
  expect(await serious(page)).toEqual([])
  await dialog.getByRole('button', { name: 'I have saved the key' }).click()
  // We call from elsewhere.
  expect(await status(parley.url, key)).toBe(403)

  const row = page.getByRole('row', { name: /Reader/ })
  await expect(row).toContainText('Read only')
  await expect(row).toContainText('Expires Jan 31, 2090')

  // Changing it keeps what was not touched.
  await choose(page, 'Reader', 'Edit')
  await expect(dialog.getByLabel('Allowed addresses')).toHaveValue('203.0.113.0/24\n2001:db8::/32')
  await expect(dialog.getByLabel('Last day')).toHaveValue('2090-01-31')
  await dialog.getByLabel('Name').fill('Reader of rooms')
  await dialog.getByLabel('Allowed addresses').fill('127.0.0.1\n::1')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('“Reader of rooms” is changed')).toBeVisible()
  expect(await status(parley.url, key)).toBe(200)
  await page.getByRole('link', { name: 'Reader of rooms' }).click()
  await expect(page.getByRole('listitem').getByText('127.0.0.1', { exact: true })).toBeVisible()
  await expect(page.getByText('Jan 31, 2090').first()).toBeVisible()
  await page.getByRole('link', { name: 'All API keys' }).click()
  await expect(page.getByRole('link', { name: 'Reader of rooms' })).toBeFocused()
  await revoke(page, 'Reader of rooms')
})

test('a rotated key works until its grace ends, which the list tells', async ({ page, parley }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto(`${parley.url}/settings/developers`)
  const old = await generate(page, 'Rotated')
  await choose(page, 'Rotated', 'Rotate')
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('In 24 hours')).toBeChecked()
  await expect(dialog.getByLabel('In 24 hours')).toBeFocused()
  await expect(dialog.getByRole('listitem')).toHaveCount(3)
  expect(await serious(page)).toEqual([])
  await dialog.getByLabel('In 7 days').check()
  await dialog.getByRole('button', { name: 'Rotate key' }).click()
  const fresh = await dialog.getByRole('textbox', { name: 'API key' }).inputValue()
  await expect(dialog).toContainText(`…${old.slice(-4)} works until`)
  await page.keyboard.press('Escape')
  await expect(dialog).toBeVisible()
  await dialog.getByRole('button', { name: 'I have saved the key' }).click()
  expect(fresh).not.toBe(old)
  expect(await status(parley.url, fresh)).toBe(200)
  expect(await status(parley.url, old)).toBe(200)

  const inAWeek = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium' }).format(
    Date.now() + 7 * 86_400_000,
  )
  const oldRow = page.getByRole('row', { name: old.slice(-4) })
  await expect(oldRow).toContainText('Expiring')
  await expect(oldRow).toContainText(`Works until ${inAWeek}`)
  await oldRow.getByRole('button', { name: 'More actions' }).click()
  await expect(page.getByRole('menuitem')).toHaveText(['Activity', 'Edit', 'Revoke'])
  await page.getByRole('menuitem', { name: 'Activity' }).click()
  await page.getByRole('link', { name: `…${fresh.slice(-4)}` }).click()
  await expect(page.getByText(`${fresh.slice(0, 16)}…${fresh.slice(-4)}`).first()).toBeVisible()

  // At once: for a key that has leaked.
  await page.getByRole('button', { name: 'Rotate' }).click()
  await dialog.getByLabel('At once').check()
  await dialog.getByRole('button', { name: 'Rotate key' }).click()
  await expect(dialog).toContainText('is refused from now on')
  const last = await dialog.getByRole('textbox', { name: 'API key' }).inputValue()
  await dialog.getByRole('button', { name: 'I have saved the key' }).click()
  expect(await status(parley.url, fresh)).toBe(401)
  expect(await status(parley.url, last)).toBe(200)
  await page.getByRole('link', { name: 'All API keys' }).click()
  for (const key of [old, last]) {
    await page
      .getByRole('row', { name: key.slice(-4) })
      .getByRole('button', { name: 'More actions' })
      .click()
    await page.getByRole('menuitem', { name: 'Revoke' }).click()
    await page.getByLabel('Type Rotated to confirm').fill('Rotated')
    await page.getByRole('button', { name: 'Revoke key' }).click()
    await expect(page.getByRole('row', { name: key.slice(-4) })).toHaveCount(0)
  }
})

test('keys are found by name, beginning or end, environment and status', async ({ page, parley }) => {
  const made = await Promise.all(
    (['live', 'test'] as const).map((environment) =>
      parley.call<{ id: string; key: string }>('POST /api/v1/keys', {
        name: `Found ${environment}`,
        environment,
      }),
    ),
  )
  const testKey = made[1]?.key ?? ''
  await page.goto(`${parley.url}/embedded`)
  const named = page.getByRole('link', { name: /^Found/ })
  await expect(named).toHaveCount(2)
  await page.getByLabel('Environment', { exact: true }).selectOption('Test')
  await expect(named).toHaveText(['Found test'])
  await page.getByLabel('Environment', { exact: true }).selectOption('Live and test')
  await page.getByRole('searchbox', { name: 'Search API keys' }).fill(testKey.slice(-4))
  await expect(named).toHaveText(['Found test'])
  await page.getByRole('searchbox').fill('parley_live')
  await expect(named).toHaveText(['Found live'])
  await page.getByRole('searchbox').fill('nobody has this')
  await expect(page.getByRole('heading', { name: 'No key matches' })).toBeVisible()
  await page.getByRole('button', { name: 'Show all keys' }).click()
  await expect(named).toHaveCount(2)
  for (const { id } of made) await parley.call(`DELETE /api/v1/keys/${id}`)
})

test('a key that should be rotated, and one that has expired, say so', async ({ page, parley }) => {
  const old = await parley.call<{ id: string }>('POST /api/v1/keys', { name: 'Older than 90 days' })
  const over = await parley.call<{ id: string }>('POST /api/v1/keys', {
    name: 'Over',
    expiresAt: '2026-01-31T12:00:00Z',
  })
  // Time as the tests have it does not pass that far.
  await page.route('**/api/v1/keys', async (route) => {
    const response = await route.fetch()
    const { keys } = (await response.json()) as { keys: { id: string; rotationDue: boolean }[] }
    for (const key of keys) key.rotationDue = key.id === old.id
    await route.fulfill({ response, json: { keys } })
  })
  await page.goto(`${parley.url}/embedded`)
  const row = page.getByRole('row', { name: /Older than 90 days/ })
  await expect(row).toContainText('Rotation due')
  await expect(page.getByRole('row', { name: /Over/ })).toHaveCount(0)
  await page.getByLabel('Status', { exact: true }).selectOption('Expired')
  await expect(page.getByRole('row', { name: /Over/ })).toContainText('Ended Jan 31, 2026')
  await page.goto(`${parley.url}/embedded?key=${old.id}`)
  await expect(page.getByText('Time to rotate this key')).toBeVisible()
  for (const { id } of [old, over]) await parley.call(`DELETE /api/v1/keys/${id}`)
})

test('the activity of a key: nothing yet, its requests by status, and a server that does not answer', async ({
  page,
  parley,
}) => {
  test.slow()
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const { id, key } = await parley.call<{ id: string; key: string }>('POST /api/v1/keys', { name: 'Busy' })
  await page.goto(`${parley.url}/embedded?key=${id}`)
  await expect(page.getByRole('heading', { name: 'No requests yet' })).toBeVisible()
  expect(await serious(page)).toEqual([])

  for (let i = 0; i < 3; i++) expect(await status(parley.url, key)).toBe(200)
  await fetch(`${parley.url}/api/v1/rooms/nowhere`, { headers: { 'X-API-KEY': key } })
  const chart = page.getByRole('img', {
    name: 'Requests in the last 24 hours: 4, of which 1 refused and 0 failed',
  })
  await expect(chart).toBeVisible({ timeout: 25_000 })
  await expect(chart.locator('[data-outcome="succeeded"]')).toHaveCount(1)
  await expect(chart.locator('[data-outcome="refused"]')).toHaveCount(1)

  await chart.locator('[data-outcome="succeeded"]').hover()
  const tip = page.locator('[class*=tip]').filter({ hasText: 'Refused' })
  await expect(tip).toHaveText(/Succeeded \(2xx\) ?3Refused \(4xx\) ?1Failed \(5xx\) ?0/)

  // The same to read with the keyboard and as a table.
  await page.getByRole('group', { name: /^Chart/ }).focus()
  await page.keyboard.press('End')
  const told = page.getByText(/: Succeeded \(2xx\) 3, Refused \(4xx\) 1, Failed \(5xx\) 0$/)
  await expect(told).toBeAttached()
  await page.keyboard.press('ArrowLeft')
  await expect(page.getByText(/: Succeeded \(2xx\) 0, Refused \(4xx\) 0, Failed \(5xx\) 0$/)).toBeAttached()
  await page.getByText('Show as a table').click()
  await expect(page.getByRole('table', { name: 'Show as a table' }).getByRole('row').nth(1)).toHaveText(
    /310$/,
  )
  const requests = page.getByRole('table', { name: 'Last 50 requests' }).getByRole('row')
  await expect(requests).toHaveCount(5)
  await expect(requests.nth(1)).toContainText('GET /api/v1/rooms/:roomId')
  await expect(requests.nth(1)).toContainText('404')
  await expect(requests.nth(2)).toContainText(/127\.0\.0\.1.*\d+ ms/)
  for (const look of [{ colorScheme: 'light' }, { colorScheme: 'dark' }] as const) {
    await page.emulateMedia({ ...look, reducedMotion: 'reduce' })
    expect(await serious(page), look.colorScheme).toEqual([])
  }
  await page.setViewportSize({ width: 320, height: 640 })
  const excess = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  await page.getByRole('group', { name: /^Chart/ }).focus()
  // The middle, where the tip needs most room.
  await page.keyboard.press('Home')
  for (let i = 0; i < 11; i++) await page.keyboard.press('ArrowRight')
  await expect(tip).toBeVisible()
  await expect.poll(excess).toBe(0)
  await page.getByRole('radio', { name: '30 days' }).check()
  await expect(page.getByRole('img', { name: /^Requests in the last 30 days: 4/ })).toBeVisible()

  await page.route('**/usage?*', (route) => route.abort())
  await expect(page.getByText('Connection to the server lost')).toBeVisible({ timeout: 30_000 })
  await page.reload()
  await expect(page.getByRole('heading', { name: 'This could not be loaded' })).toBeVisible({
    timeout: 30_000,
  })
  await page.unroute('**/usage?*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(chart).toBeVisible()

  await page.goto(`${parley.url}/embedded?key=key_of_nobody`)
  await expect(page.getByRole('heading', { name: 'There is no such key' })).toBeVisible()
  await parley.call(`DELETE /api/v1/keys/${id}`)
})

test('no storage of the browser holds a key', async ({ page, parley }) => {
  await page.goto(`${parley.url}/embedded`)
  const generated = await generate(page, 'Kept nowhere')
  await choose(page, 'Kept nowhere', 'Rotate')
  await page.getByRole('button', { name: 'Rotate key' }).click()
  const rotated = await page.getByRole('textbox', { name: 'API key' }).inputValue()
  const stored = () => page.evaluate(readStorage)
  const open = await stored()
  await page.getByRole('button', { name: 'I have saved the key' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  const closed = await stored()
  const html = await page.content()
  const cookies = JSON.stringify(await page.context().cookies())
  // What is looked through is not empty, or the test would prove nothing.
  expect(open).toContain('parley.')
  for (const key of [generated, rotated])
    for (const text of [open, closed, html, cookies]) {
      expect(text).not.toContain(key)
      expect(text).not.toContain(key.slice(16, -4))
    }
  const { keys } = await parley.call<{ keys: { id: string; name: string }[] }>('GET /api/v1/keys')
  for (const { id, name } of keys) if (name === 'Kept nowhere') await parley.call(`DELETE /api/v1/keys/${id}`)
})

/** Runs in the page: all that script can read of what the browser keeps for this origin. */
async function readStorage(): Promise<string> {
  localStorage.setItem('parley.probe', 'x')
  const databases = []
  for (const { name = '' } of await indexedDB.databases()) {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name)
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', () => reject(new Error(name)))
    })
    for (const store of database.objectStoreNames) {
      const rows = await new Promise<unknown[]>((resolve, reject) => {
        const request = database.transaction(store).objectStore(store).getAll()
        request.addEventListener('success', () => resolve(request.result as unknown[]))
        request.addEventListener('error', () => reject(new Error(store)))
      })
      databases.push(name, store, rows)
    }
    database.close()
  }
  const cached = []
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const request of await cache.keys())
      cached.push(request.url, await (await cache.match(request))?.text())
  }
  return JSON.stringify([
    Object.entries(localStorage),
    Object.entries(sessionStorage),
    document.cookie,
    location.href,
    history.state,
    window.name,
    databases,
    cached,
  ])
}

test('the snippets carry this server and the chosen room', async ({ page, parley }) => {
  const room = await parley.call<{ roomId: string; speakerUrl: string; moderatorUrl: string }>(
    'POST /api/v1/rooms',
    {
      roomName: 'Embed me',
    },
  )
  await page.goto(`${parley.url}/embedded`)
  await page.getByRole('tab', { name: 'Node.js' }).click()
  await page.getByRole('button', { name: 'Copy Node.js code' }).click()
  expect(await clipboard(page)).toContain(`${parley.url}/api/v1/rooms`)

  await page.getByLabel('Room', { exact: true }).selectOption('Embed me')
  await page.getByRole('tab', { name: 'Frame', exact: true }).click()
  await page.getByRole('button', { name: 'Copy Frame code' }).click()
  expect(await clipboard(page)).toContain(`src="${room.speakerUrl}"`)
  await page.getByLabel('People join as').selectOption('Moderator')
  await page.getByRole('button', { name: 'Copy Frame code' }).click()
  const frame = await clipboard(page)
  expect(frame).toContain(`src="${room.moderatorUrl}"`)

  // In a page of another origin, as a customer would paste it.
  const shop = createServer((_req, res) => {
    res.setHeader('Content-Type', 'text/html').end(`<!doctype html>${frame}`)
  })
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve))
  try {
    const host = await page.context().newPage()
    await host.goto(`http://127.0.0.1:${(shop.address() as AddressInfo).port}/`)
    await expect(host.frameLocator('iframe').getByLabel('Your name')).toBeVisible()
    await host.close()
  } finally {
    shop.close()
  }
})
