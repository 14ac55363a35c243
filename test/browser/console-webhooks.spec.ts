import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import path from 'node:path'
import { Receiver, signatureFaults } from '../support/receiver.ts'
import { expect, test, type ServerProcess } from '../support/server.ts'
import { signIn, watchFaults } from './console-session.ts'

let receiver: Receiver
test.beforeEach(async ({ page, parley }) => {
  receiver = await Receiver.start()
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await signIn(page, parley)
})
test.afterEach(async ({ parley }) => {
  const { webhooks } = await parley.call<{ webhooks: { id: string }[] }>('GET /api/v1/webhooks')
  for (const { id } of webhooks) await parley.call(`DELETE /api/v1/webhooks/${id}`)
  await receiver.stop()
})

const subscribe = (parley: ServerProcess, body: object) =>
  parley.call<{ id: string; secret: string }>('POST /api/v1/webhooks', body)
const pictures = path.join(import.meta.dirname, '../../test-results/pictures')
const picture = (page: Page, name: string) =>
  page.screenshot({ path: path.join(pictures, `console-webhooks-${name}.png`), fullPage: true })

/** What axe finds serious; colours are measured as they end up. */
async function serious(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

test('a webhook is added, tested, changed, switched off and deleted', async ({ page, parley }) => {
  const faults = watchFaults(page)
  receiver.answer = (_received, res) => res.writeHead(202).end('{"noted":true}')
  await page.goto(`${parley.url}/embedded`)
  await expect(page.getByRole('heading', { name: 'No webhooks yet' })).toBeVisible()
  await page.getByRole('button', { name: 'Add webhook' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('Address')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(dialog.getByText('Enter an address that begins with')).toBeVisible()
  await dialog.getByLabel('Address').fill(`${receiver.url}/hook`)
  await expect(dialog.getByLabel('chatMessageSent')).not.toBeChecked()
  await expect(dialog.getByLabel('meetingStarted')).toBeChecked()
  await dialog.getByLabel('participantJoined').uncheck()
  await dialog.getByLabel('participantLeft').uncheck()
  expect(await serious(page), 'form').toEqual([])
  await picture(page, 'form')
  await dialog.getByRole('button', { name: 'Add webhook' }).click()

  const secret = await dialog.getByRole('textbox', { name: 'Secret' }).inputValue()
  expect(secret).toMatch(/^whsec_/)
  await page.keyboard.press('Escape')
  await expect(dialog).toBeVisible()
  await dialog.getByRole('button', { name: 'Send a test event' }).click()
  await expect(dialog.getByText(/The receiver answered 202 within \d+ ms/)).toBeVisible()
  await expect(dialog.getByRole('region', { name: 'Answer' })).toContainText('{"noted":true}')
  const [received] = receiver.received
  expect(received && signatureFaults(received, secret)).toEqual([])
  expect(await serious(page), 'secret').toEqual([])
  await picture(page, 'secret')
  await dialog.getByRole('button', { name: 'I have saved the secret' }).click()
  expect(await page.content()).not.toContain(secret)

  await page.getByRole('link', { name: `${receiver.url}/hook` }).click()
  await expect(page.getByRole('link', { name: 'All webhooks' })).toBeFocused()
  await expect(page.getByText('testEvent')).toBeVisible()
  await page.getByRole('button', { name: 'Edit' }).click()
  await dialog.getByLabel('roomUpdated').uncheck()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('The webhook is changed')).toBeVisible()
  await expect(page.getByText('roomUpdated')).toHaveCount(0)

  await page.getByRole('switch', { name: 'Send events' }).click()
  await expect(page.getByText('Disabled')).toBeVisible()
  await page.getByRole('button', { name: 'Replace secret' }).click()
  await dialog.getByRole('button', { name: 'Replace secret' }).click()
  expect(await dialog.getByRole('textbox', { name: 'Secret' }).inputValue()).not.toBe(secret)
  await dialog.getByRole('button', { name: 'I have saved the secret' }).click()
  await page.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByRole('button', { name: 'Delete webhook' }).click()
  await expect(page.getByRole('heading', { name: 'No webhooks yet' })).toBeVisible()
  expect(faults).toEqual([])
})

test('the failing one is seen at a glance, its log tells why, and a delivery is sent again', async ({
  page,
  parley,
}) => {
  test.slow()
  const bad = await Receiver.start((_received, res) => res.writeHead(500).end('database is down'))
  try {
    await subscribe(parley, { url: `${receiver.url}/fine` })
    const { id } = await subscribe(parley, { url: `${bad.url}/broken` })
    const gone = await subscribe(parley, { url: `${bad.url}/gone` })
    bad.answer = ({ path: at }, res) => res.writeHead(at === '/gone' ? 410 : 500).end('database is down')
    await parley.call('POST /api/v1/rooms', { roomName: 'Told' })
    await expect
      .poll(async () => (await parley.call<{ enabled: boolean }>(`GET /api/v1/webhooks/${gone.id}`)).enabled)
      .toBe(false)

    await page.goto(`${parley.url}/overview`)
    await expect(page.getByText('2 webhooks need your attention')).toBeVisible()
    await expect(page.getByText('Stopped · The receiver answered 410')).toBeVisible()
    await picture(page, 'overview')
    await page.goto(`${parley.url}/settings/developers`)
    const rows = page.getByRole('table', { name: 'Webhooks' }).getByRole('row')
    // Those that need care come first.
    await expect(rows.nth(3)).toContainText('/fine')
    await expect(rows.nth(3)).toContainText('Delivering')
    const failing = page.getByRole('row', { name: /broken/ })
    await expect(failing).toContainText('Failing')
    await expect(failing).toContainText('The receiver answered 500')
    await expect(page.getByRole('row', { name: /gone/ })).toContainText('it wants nothing more')
    expect(await serious(page), 'list').toEqual([])
    await picture(page, 'list')

    await failing.getByRole('link').click()
    const log = page.getByRole('list', { name: 'Deliveries' })
    await log.getByText('roomCreated').click()
    await expect(log.getByRole('region', { name: 'Body of the request' })).toContainText('"roomName": "Told"')
    await expect(log.getByRole('region', { name: 'Headers of the request' })).toContainText(
      'webhook-signature: v1,',
    )
    await log.getByRole('tab', { name: 'Answer' }).click()
    await expect(log.getByRole('region', { name: 'Answer' })).toContainText('database is down')
    await log.getByRole('tab', { name: /Tries/ }).click()
    await expect(log.getByRole('tabpanel').getByText('500').first()).toBeVisible()
    expect(await serious(page), 'detail').toEqual([])
    await picture(page, 'detail')

    bad.answer = (_received, res) => res.writeHead(200).end('back again')
    await log.getByRole('button', { name: 'Send again' }).click()
    await expect(log.getByText('Sent again')).toBeVisible()
    await expect(log.getByText('Delivered').first()).toBeVisible({ timeout: 20_000 })
    await page.getByLabel('Status', { exact: true }).selectOption('Failed')
    await expect(page.getByRole('heading', { name: 'No delivery has this status' })).toBeVisible()
    await page.goto(`${parley.url}/embedded?webhook=${id}`)
    await expect(page.getByText('Delivering')).toBeVisible({ timeout: 20_000 })

    await page.setViewportSize({ width: 320, height: 700 })
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth))
      .toBeLessThanOrEqual(0)
    await picture(page, 'detail-phone')
    await page.goto(`${parley.url}/embedded`)
    await expect(page.getByRole('link', { name: /fine/ })).toBeVisible()
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
    ).toBeLessThanOrEqual(0)
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    await picture(page, 'list-phone-dark')
    expect(await serious(page), 'dark').toEqual([])
  } finally {
    await bad.stop()
  }
})

test('a key just generated can be the secret of a webhook', async ({ page, parley }) => {
  await page.goto(`${parley.url}/embedded`)
  await page.getByRole('button', { name: 'Generate API key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('OpenVidu receiver')
  await dialog.getByRole('button', { name: 'Generate key' }).click()
  const key = await dialog.getByRole('textbox', { name: 'API key' }).inputValue()
  await picture(page, 'offer')
  await dialog.getByRole('button', { name: 'Sign webhooks with this key' }).click()
  await expect(dialog.getByLabel('The API key just generated')).toBeChecked()
  await dialog.getByLabel('Address').fill('https://me:secret@example.com/')
  await dialog.getByRole('button', { name: 'Add webhook' }).click()
  await expect(dialog.getByText('A URL with a user name or password is not taken')).toBeVisible()
  await dialog.getByLabel('Address').fill(receiver.url)
  await dialog.getByRole('button', { name: 'Add webhook' }).click()
  await expect(dialog).toContainText('signed with your new API key')
  await dialog.getByRole('button', { name: 'Send a test event' }).click()
  await expect(dialog.getByText(/The receiver answered 200/)).toBeVisible()
  const [received] = receiver.received
  expect(received && signatureFaults(received, key)).toEqual([])
  await dialog.getByRole('button', { name: 'I have saved the secret' }).click()
  await expect(page.getByRole('link', { name: receiver.url })).toBeVisible()
  const { keys } = await parley.call<{ keys: { id: string; name: string }[] }>('GET /api/v1/keys')
  const made = keys.find(({ name }) => name === 'OpenVidu receiver')
  await parley.call(`DELETE /api/v1/keys/${made?.id}`)
})
