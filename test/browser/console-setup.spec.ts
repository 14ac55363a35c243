import { expect, startServer, test as base, type ServerProcess } from '../support/server.ts'

const test = base.extend<{ fresh: ServerProcess }>({
  // Playwright reads from this pattern which fixtures are needed: none.
  // oxlint-disable-next-line no-empty-pattern
  fresh: async ({}, use) => {
    const server = await startServer()
    await use(server)
    await server.stop()
  },
})

test('the set-up link makes the first administrator once, and says so afterwards', async ({
  page,
  fresh,
  browser,
}) => {
  await page.goto(fresh.url)
  await expect(
    page.getByRole('heading', { name: 'This server is waiting for its first administrator' }),
  ).toBeVisible()

  await page.goto(fresh.setupLink ?? '')
  await page.getByLabel('Password', { exact: true }).fill('too short')
  await page.getByRole('button', { name: 'Create administrator' }).click()
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused()
  await expect(page.getByText('Choose a password with at least 10 characters.')).toBeVisible()

  await page.getByLabel('Password', { exact: true }).fill('correct horse battery')
  await expect(page.getByText('Strong')).toBeVisible()
  await page.getByLabel('Username').fill('No Good')
  await page.getByRole('button', { name: 'Create administrator' }).click()
  await expect(page.getByLabel('Username')).toHaveAttribute('aria-invalid', 'true')

  await page.getByLabel('Username').fill('ada')
  await page.getByLabel('Your name').fill('Ada Lovelace')
  await page.getByLabel('Organization name').fill('Analytical Engines')
  await page.getByRole('button', { name: 'Create administrator' }).click()
  await expect(page).toHaveURL(`${fresh.url}/overview`)
  await expect(page.getByRole('heading', { name: 'First steps' })).toBeVisible()
  await expect(page.getByRole('banner')).toContainText('Analytical Engines')

  const other = await (await browser.newContext()).newPage()
  await other.goto(fresh.setupLink ?? '')
  await expect(other.getByRole('heading', { name: 'Parley is set up already' })).toBeVisible()
  await other.getByRole('link', { name: 'Go to sign-in' }).click()
  await other.getByLabel('Username or e-mail').fill('ada')
  await other.getByLabel('Password', { exact: true }).fill('correct horse battery')
  await other.getByRole('button', { name: 'Sign in' }).click()
  await expect(other).toHaveURL(`${fresh.url}/overview`)
  await other.context().close()
})

test('an incomplete or wrong set-up link says where the right one is', async ({ page, fresh }) => {
  await page.goto(`${fresh.url}/setup`)
  await expect(page.getByRole('heading', { name: 'The set-up link is incomplete' })).toBeVisible()

  await page.goto(`${fresh.url}/setup?token=wrong`)
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery')
  await page.getByRole('button', { name: 'Create administrator' }).click()
  await expect(page.getByRole('heading', { name: 'This set-up link is not valid any more' })).toBeVisible()
})
