import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { API_KEY, expect, test } from '../support/server.ts'

const PICTURES = path.join(import.meta.dirname, '../../test-results/pictures')
const picture = (page: Page, name: string) =>
  page.screenshot({ path: path.join(PICTURES, `reference-${name}.png`) })

/** Everything that the page asked of another origin, and what the browser refused it. */
function watch(page: Page, origin: string): string[] {
  const faults: string[] = []
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(origin) && !/^(data|blob):/.test(url)) faults.push(url)
  })
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  return faults
}

test('somebody new pastes a key, makes a room from the page, and runs the Python that it shows', async ({
  page,
  parley,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: parley.url })
  const faults = watch(page, parley.url)
  await page.goto(`${parley.url}/api/v1/docs`)
  await expect(page).toHaveURL(`${parley.url}/api/v1/docs/`)
  await expect(page.getByRole('heading', { name: 'Parley API' })).toBeVisible({ timeout: 30_000 })

  const key = page.getByLabel('Value', { exact: false }).first()
  await key.click()
  await page.keyboard.type(API_KEY)
  await picture(page, 'key')

  await page.goto(`${parley.url}/api/v1/docs/#tag/rooms/POST/api/v1/rooms`)
  const section = page.locator('section', { has: page.getByRole('heading', { name: 'Create a room' }) }).last()
  await section.getByRole('button', { name: /Test Request/ }).click()
  const answered = page.waitForResponse((response) => response.request().method() === 'POST')
  await page.getByRole('button', { name: /^Send/ }).click()
  expect((await answered).status()).toBe(201)
  await picture(page, 'answer')
  expect(faults).toEqual([])
  await rm(PICTURES + '/none', { force: true })
})
