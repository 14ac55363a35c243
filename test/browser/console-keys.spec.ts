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
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Generate key' }).click()
  const key = await page.getByRole('textbox', { name: 'API key' }).inputValue()
  await page.getByRole('button', { name: 'I have saved the key' }).click()
  return key
}

async function revoke(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `Revoke ${name}` }).click()
  await page.getByLabel(`Type ${name} to confirm`).fill(name)
  await page.getByRole('button', { name: 'Revoke key' }).click()
  await expect(page.getByText(`“${name}” is revoked`)).toBeVisible()
}

const status = async (url: string, key: string) =>
  (await fetch(`${url}/api/v1/rooms`, { headers: { 'X-API-KEY': key } })).status

test('a key is shown once, works in the command beside it, and is listed without itself', async ({
  page,
  parley,
}) => {
  await page.goto(`${parley.url}/embedded`)
  await page.getByRole('button', { name: 'Generate API key' }).click()
  await expect(page.getByLabel('Name')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByText('Give the key a name')).toBeVisible()
  await page.getByLabel('Name').fill('Shop backend')
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
  await expect(row.getByRole('cell').nth(4)).toHaveText('1', { timeout: 25_000 })

  await page.reload()
  await expect(row).toBeVisible()
  expect(await page.content()).not.toContain(key)
  expect(
    await page.evaluate(() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])),
  ).not.toContain(key)
  await revoke(page, 'Shop backend')
})

test('a revoked key is refused on the next request', async ({ page, parley }) => {
  await page.goto(`${parley.url}/settings/developers`)
  const key = await generate(page, 'Short lived')
  expect(await status(parley.url, key)).toBe(200)

  await page.getByRole('button', { name: 'Revoke Short lived' }).click()
  await page.getByLabel('Type Short lived to confirm').fill('something else')
  await page.getByRole('button', { name: 'Revoke key' }).click()
  await expect(page.getByText('That is not the name of the key.')).toBeVisible()
  expect(await status(parley.url, key)).toBe(200)
  await page.keyboard.press('Escape')

  await revoke(page, 'Short lived')
  expect(await status(parley.url, key)).toBe(401)
  await expect(page.getByRole('row', { name: /Short lived/ })).toHaveCount(0)
  await page.getByRole('radio', { name: 'Revoked and expired' }).check()
  await expect(page.getByRole('row', { name: /Short lived/ })).toContainText('Revoked')
})

test('what the server refuses is told in the form', async ({ page, parley }) => {
  await page.goto(`${parley.url}/embedded`)
  const { keys } = await parley.call<{ keys: { status: string }[] }>('GET /api/v1/keys?environment=live')
  const free = 5 - keys.filter((key) => key.status === 'active').length
  const names = Array.from({ length: free }, (_, i) => `Filler ${i}`)
  for (const name of names) await generate(page, name)

  await page.getByRole('button', { name: 'Generate API key' }).click()
  await page.getByLabel('Name').fill('One too many')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('5')
  await page.keyboard.press('Escape')
  for (const name of names) await revoke(page, name)
})

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
