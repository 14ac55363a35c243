import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { ADMIN, expect, test } from '../support/server.ts'
import { signIn, watchFaults } from './console-session.ts'

/** The third party's own site: all it does is to be sent back to. */
let site: Server
let callback: string
test.beforeAll(async () => {
  site = createServer((_req, res) => res.setHeader('Content-Type', 'text/html').end('<h1>Calendar</h1>'))
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  callback = `http://127.0.0.1:${(site.address() as AddressInfo).port}/callback`
})
test.afterAll(() => site.close())

async function serious(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
}
const picture = (page: Page, name: string) =>
  page.screenshot({ path: `test-results/pictures/oauth-${name}.png`, fullPage: true })

const authorizeUrl = (base: string, id: string, over: Record<string, string> = {}) =>
  `${base}/oauth/authorize?${new URLSearchParams({
    response_type: 'code',
    client_id: id,
    redirect_uri: callback,
    scope: 'room.read meeting.create',
    state: 'xyz',
    ...over,
  })}`

test('a client is registered, a signed-out person agrees, the app calls the API, and the access is withdrawn', async ({
  page,
  parley,
  browser,
}) => {
  const faults = watchFaults(page)
  await signIn(page, parley)
  await page.goto(`${parley.url}/settings/developers`)
  await page.getByRole('button', { name: 'Register client' }).click()
  const form = page.getByRole('dialog', { name: 'Register an OAuth client' })
  await form.getByRole('button', { name: 'Register client' }).click()
  await expect(form.getByText('Give the client a name.')).toBeVisible()
  await expect(form.getByText('Choose at least one.')).toBeVisible()
  await expect(form.getByLabel('Name')).toBeFocused()
  await form.getByLabel('Name').fill('Calendar')
  await form.getByLabel('Redirect addresses').fill('not an address')
  await form.getByRole('checkbox', { name: /See rooms/ }).check()
  await form.getByRole('checkbox', { name: /Schedule, change/ }).check()
  await form.getByRole('button', { name: 'Register client' }).click()
  await expect(form.getByText(/Use an absolute http/)).toBeVisible()
  await picture(page, 'register')
  await form.getByLabel('Redirect addresses').fill(callback)
  await form.getByRole('button', { name: 'Register client' }).click()

  const once = page.getByRole('dialog', { name: 'Your new client secret' })
  const secret = await once.getByRole('textbox', { name: 'Client secret' }).inputValue()
  const id = await once.getByRole('textbox', { name: 'Client ID' }).inputValue()
  expect(secret).toMatch(/^parley_secret_/)
  await page.keyboard.press('Escape')
  await expect(once).toBeVisible()
  await picture(page, 'secret')
  expect(await serious(page)).toEqual([])
  await once.getByRole('button', { name: 'I have saved the secret' }).click()
  await expect(page.getByRole('row', { name: /Calendar/ })).toContainText('With secret')
  await picture(page, 'developers')
  expect(await page.content()).not.toContain(secret)

  // Somebody who is not signed in comes from the app.
  const context = await browser.newContext()
  const person = await context.newPage()
  await person.goto(authorizeUrl(parley.url, id))
  await person.getByLabel('Username or e-mail').fill(ADMIN.username)
  await person.getByLabel('Password', { exact: true }).fill(ADMIN.password)
  await person.getByRole('button', { name: 'Sign in' }).click()
  await expect(person.getByRole('heading', { name: 'Let Calendar act for you?' })).toBeVisible()
  await expect(person.getByText('My organization')).toBeVisible()
  await expect(person.getByText(`(${ADMIN.username})`)).toBeVisible()
  await expect(person.getByRole('listitem')).toHaveText([
    'See rooms and their members',
    'Schedule, change and cancel meetings',
  ])
  expect(await serious(person)).toEqual([])
  await picture(person, 'consent')
  await person.setViewportSize({ width: 320, height: 640 })
  await picture(person, 'consent-phone')
  await person.getByRole('button', { name: 'Allow' }).click()
  await person.waitForURL(`${callback}?**`)
  const back = new URL(person.url()).searchParams
  expect(back.get('state')).toBe('xyz')

  const answer = await page.request.post(`${parley.url}/oauth/token`, {
    form: {
      grant_type: 'authorization_code',
      code: back.get('code') ?? '',
      redirect_uri: callback,
      client_id: id,
      client_secret: secret,
    },
  })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  const rooms = () =>
    fetch(`${parley.url}/api/v1/rooms`, { headers: { Authorization: `Bearer ${token}` } }).then(
      ({ status }) => status,
    )
  expect(await rooms()).toBe(200)

  await page.goto(`${parley.url}/settings/account`)
  const row = page.getByRole('row', { name: /Calendar/ })
  await expect(row).toContainText('See rooms and their members')
  await picture(page, 'apps')
  await row.getByRole('button', { name: 'Withdraw the access of Calendar' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click()
  await expect(page.getByText('No app has access to your account.')).toBeVisible()
  expect(await rooms()).toBe(401)

  // Refusing sends the person back, too.
  await person.goto(authorizeUrl(parley.url, id))
  await person.getByRole('button', { name: 'Refuse' }).click()
  await person.waitForURL(`${callback}?**`)
  expect(new URL(person.url()).searchParams.get('error')).toBe('access_denied')
  await context.close()

  await page.goto(`${parley.url}/settings/developers`)
  await page.getByRole('button', { name: 'More actions for Calendar' }).click()
  await page.getByRole('menuitem', { name: 'Delete client' }).click()
  await page.getByLabel('Type Calendar to confirm').fill('Calendar')
  await page.getByRole('button', { name: 'Delete client' }).click()
  await expect(page.getByText('No OAuth clients')).toBeVisible()
  expect(faults).toEqual([])
})

test('an unknown app or address is told on the page, and nobody is sent anywhere', async ({
  page,
  parley,
}) => {
  await signIn(page, parley)
  const client = await parley.call<{ id: string }>('POST /api/v1/oauth/clients', {
    name: 'Elsewhere',
    redirectUris: [callback],
    scopes: ['room.read'],
  })
  const wrong = await page.goto(authorizeUrl(parley.url, client.id, { redirect_uri: `${callback}/evil` }))
  expect(wrong?.status()).toBe(400)
  await expect(page.getByRole('heading', { name: 'This app cannot be connected' })).toBeVisible()
  await expect(page.getByText(/not registered for it/)).toBeVisible()
  await picture(page, 'fault')
  const unknown = await page.goto(authorizeUrl(parley.url, 'client_unknown'))
  expect(unknown?.status()).toBe(400)
  await expect(page.getByText(/is not registered on this server/)).toBeVisible()
  expect(new URL(page.url()).origin).toBe(parley.url)
})
