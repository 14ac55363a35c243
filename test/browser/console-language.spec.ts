import { expect, test } from '../support/server.ts'
import { signIn } from './console-session.ts'

test.use({ locale: 'es-MX' })

test('the console speaks the language of the browser, or the one that is chosen, for good', async ({
  page,
  parley,
}) => {
  await signIn(page, parley)
  await page.goto(`${parley.url}/settings/account`)
  await expect(page.locator('html')).toHaveAttribute('lang', 'es')
  await expect(page.getByRole('heading', { name: 'Ajustes', exact: true })).toBeVisible()
  await page.getByRole('combobox', { name: 'Idioma' }).selectOption({ label: 'Deutsch' })
  await expect(page.getByRole('heading', { name: 'Einstellungen', exact: true })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', 'de')
  await page.goto(`${parley.url}/overview`)
  await expect(page.getByRole('heading', { name: 'Übersicht', exact: true })).toBeVisible()
  // The call follows.
  const { speakerUrl } = await parley.call<{ speakerUrl: string }>('POST /api/v1/rooms', {})
  await page.goto(speakerUrl)
  await expect(page.getByRole('button', { name: 'Teilnehmen' })).toBeVisible()
})
