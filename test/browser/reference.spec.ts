import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { AxeBuilder } from '@axe-core/playwright'
import type { Locator, Page } from '@playwright/test'
import guides from '../../docs/guides/guides.json' with { type: 'json' }
import { referencePython } from '../support/reference-tools.ts'
import { API_KEY, expect, test } from '../support/server.ts'
import { watchFaults } from './console-session.ts'

const picture = (page: Page, name: string, fullPage = false) =>
  page.screenshot({
    path: path.join(import.meta.dirname, '../../test-results/pictures', `reference-${name}.png`),
    fullPage,
  })

/** What the pages do not do: ask another origin, break their own content policy, complain of our document. */
function watch(page: Page, origin: string): string[] {
  const faults = watchFaults(page)
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(origin) && !/^(data|blob):/.test(url)) faults.push(url)
  })
  page.on('console', (message) => {
    if (message.type() === 'warning') faults.push(message.text())
  })
  return faults
}

async function serious(page: Page, except: string[] = []): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).disableRules(except).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

/** Faults in the markup of Scalar's own controls; colours and words, which are ours, have none. */
const SCALARS = [
  'aria-allowed-attr',
  'aria-input-field-name',
  'aria-required-children',
  'button-name',
  'label-content-name-mismatch',
  'scrollable-region-focusable',
]

const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)

async function open(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/api/v1/docs`)
  await expect(page).toHaveURL(`${url}/api/v1/docs/`)
  await expect(page.getByRole('heading', { name: 'Parley API' })).toBeVisible({ timeout: 45_000 })
}

/** The section of an endpoint, its snippets with the key that was typed in. */
async function createRoom(page: Page, url: string): Promise<Locator> {
  await open(page, url)
  const key = page.getByLabel('Value', { exact: true }).first()
  await expect(key).toHaveAttribute('placeholder', 'Paste it here')
  await key.fill(API_KEY)
  await page
    .getByRole('button', { name: 'Create a room' })
    .or(page.getByRole('link', { name: 'Create a room' }))
    .first()
    .click()
  return page.locator('section[id$="/POST/api/v1/rooms"]')
}

/** Ids of all clients, such as `python/requests`; the list stays open. */
async function listClients(section: Locator): Promise<string[]> {
  await section.getByTestId('client-picker').click()
  const options = section.page().getByRole('option')
  await expect(options.first()).toBeVisible()
  return options.evaluateAll((all) => all.map(({ id }) => id.replace(/^.*-([a-z]+\/[\w.]+)$/, '$1')))
}

async function choose(section: Locator, client: string): Promise<void> {
  await listClients(section)
  await section.page().locator(`[role=option][id$="-${client}"]`).click({ timeout: 10_000 })
}

/** Copies what the page shows for a client, by its button. */
async function copySnippet(section: Locator, client: string): Promise<string> {
  await choose(section, client)
  await section.locator('pre').first().hover({ timeout: 10_000 })
  await section.locator('.request-card').getByRole('button', { name: 'Copy' }).click({ timeout: 10_000 })
  return section.page().evaluate(() => navigator.clipboard.readText())
}

/** Runs a command; gives back what it printed. */
const run = async (command: string, ...args: string[]): Promise<string> =>
  (await promisify(execFile)(command, args, { timeout: 30_000 })).stdout

test.beforeEach(({ page, parley }) =>
  page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: parley.url }),
)

test('somebody new pastes a key, makes a room from the page, copies the Python and runs it', async ({
  page,
  parley,
}) => {
  test.slow()
  const python = await referencePython()
  test.skip(python === null, 'there is no Python here')
  const faults = watch(page, parley.url)
  const section = await createRoom(page, parley.url)
  await section.getByRole('button', { name: 'Test Request' }).click()
  const answered = page.waitForResponse((response) => response.request().method() === 'POST')
  await page.getByRole('button', { name: /^Send post/ }).click()
  const answer = await answered
  expect(answer.status()).toBe(201)
  const status = page.getByRole('link', { name: 'Created' })
  await expect(status).toBeVisible()
  await picture(page, 'sent')
  const { roomId } = (await answer.json()) as { roomId: string }
  expect(await parley.call(`GET /api/v1/rooms/${roomId}`)).toMatchObject({ roomName: 'Daily' })
  await page.keyboard.press('Escape')
  await expect(status).toBeHidden()

  const dir = await mkdtemp(path.join(tmpdir(), 'parley-snippet-'))
  try {
    const file = path.join(dir, 'room.py')
    const program = await copySnippet(section, 'python/python3')
    await picture(page, 'python')
    await writeFile(file, program)
    const room = JSON.parse(await run('python3', file)) as { roomId: string }
    expect(room.roomId).not.toBe(roomId)
    expect(await parley.call(`GET /api/v1/rooms/${room.roomId}`)).toMatchObject({ roomName: 'Daily' })

    // The same with the packages that most people have.
    for (const client of ['python/requests', 'python/httpx_sync']) {
      await writeFile(file, await copySnippet(section, client))
      expect(await run(python ?? '', file)).toMatch(/^201 \{"roomId":"daily-/)
    }
    const shell = await copySnippet(section, 'shell/curl')
    expect(JSON.parse(await run('bash', '-c', shell))).toMatchObject({ roomName: 'Daily' })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
  expect(faults).toEqual([])
})

test('snippets in every language name this server with its port, and the key that was typed', async ({
  page,
  parley,
}) => {
  test.slow()
  const section = await createRoom(page, parley.url)
  const clients = await listClients(section)
  await picture(page, 'languages')
  await page.keyboard.press('Escape')
  const languages = new Set(clients.map((client) => client.split('/')[0]))
  const wanted = 'shell node python go java csharp php ruby rust swift kotlin'.split(' ')
  expect(wanted.filter((language) => !languages.has(language))).toEqual([])
  const poor: string[] = []
  for (const client of clients) {
    await choose(section, client)
    const text = await section.locator('pre').first().innerText()
    if (!text.includes(new URL(parley.url).host) || !text.includes(API_KEY) || !text.includes('roomName'))
      poor.push(`${client}: ${text}`)
  }
  expect(poor).toEqual([])
})

test('the reference can be read on a phone and in the dark', async ({ page, parley }) => {
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
  await open(page, parley.url)
  await picture(page, 'dark')
  expect(await serious(page, SCALARS)).toEqual([])
  await page.setViewportSize({ width: 320, height: 700 })
  await expect.poll(() => overflow(page)).toBeLessThanOrEqual(0)
  await picture(page, 'phone-dark')
})

test('the guides are there, lead to each other, and show this server’s address', async ({ page, parley }) => {
  const faults = watch(page, parley.url)
  const at = `${parley.url}/api/v1/docs/guides`
  await page.goto(at)
  await expect(page).toHaveURL(`${at}/`)
  await picture(page, 'guides')
  const cards = page.getByRole('main').getByRole('link')
  await expect(cards).toHaveCount(guides.length)
  for (const [i, { name, title }] of guides.entries()) {
    await page.goto(`${at}/${name}`)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expect(page.locator('.side [aria-current]')).toHaveText(title)
    const next = guides[i + 1]
    if (next !== undefined) await expect(page.locator('a[rel=next]')).toHaveAttribute('href', next.name)
    // Every link below this server answers, and every place on a page is there.
    const links = await page
      .locator('a[href]')
      .evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).href))
    for (const link of new Set(links.filter((one) => one.startsWith(parley.url)))) {
      const { pathname, hash } = new URL(link)
      const answer = await page.request.get(parley.url + pathname, { headers: { Accept: 'text/html,*/*' } })
      expect(answer.status(), `${name}: ${link}`).toBe(200)
      if (hash !== '' && !pathname.endsWith('/docs/'))
        expect(await answer.text(), `${name}: ${link}`).toContain(`id="${hash.slice(1)}"`)
    }
    expect(await serious(page), name).toEqual([])
  }
  await page.goto(`${at}/first-call`)
  await expect(page.locator('pre').first()).toContainText(`PARLEY_URL=${parley.url}`)
  await page.getByRole('button', { name: 'Copy' }).first().click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(`PARLEY_URL=${parley.url}`)
  await page
    .getByRole('navigation', { name: 'On this page' })
    .getByRole('link', { name: 'Make a room' })
    .click()
  await expect(page.getByRole('heading', { name: 'Make a room' })).toBeInViewport()
  await picture(page, 'guide')
  await page.emulateMedia({ colorScheme: 'dark' })
  for (const { name } of guides) {
    await page.setViewportSize({ width: 320, height: 700 })
    await page.goto(`${at}/${name}`)
    expect(await overflow(page), name).toBeLessThanOrEqual(0)
    await expect(page.locator('.side [aria-current]')).toBeInViewport()
    await picture(page, `guide-phone-${name}`)
  }
  expect(await serious(page), 'dark').toEqual([])
  expect(faults).toEqual([])
})
