import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { totpCode } from '../../server/accounts/totp.ts'
import { expect, test } from '../support/server.ts'
import { signIn, watchFaults } from './console-session.ts'

const picture = (page: Page, name: string) =>
  page.screenshot({ path: `test-results/pictures/accounts-${name}.png`, fullPage: true })

async function serious(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

const fromBase32 = (text: string): Buffer => {
  const bits = Array.from(text.replaceAll(' ', ''), (letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  ).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))
}

test('a user is made, chooses a password, sets up a second factor, and signs in with it', async ({
  page,
  parley,
  browser,
}) => {
  test.slow()
  const faults = watchFaults(page)
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await signIn(page, parley)
  await page.goto(`${parley.url}/settings/users`)
  await expect(page.getByRole('table', { name: 'Users' })).toContainText('Founder')
  await page.getByRole('button', { name: 'Create user' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Create user' }).click()
  await expect(page.getByRole('dialog')).toContainText('Enter a name.')
  await page.getByLabel('Name', { exact: true }).fill('Grace Hopper')
  await page.getByLabel('Username').fill('grace_h')
  expect(await serious(page), 'create').toEqual([])
  await picture(page, 'create')
  await page.getByRole('dialog').getByRole('button', { name: 'Create user' }).click()
  const password = await page.getByLabel('First password').inputValue()
  expect(password).toMatch(/^([a-z0-9]{4}-){3}[a-z0-9]{4}$/)
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('searchbox', { name: 'Search users' }).fill('hopper')
  await expect(page.getByRole('table', { name: 'Users' }).getByRole('row')).toHaveCount(2)
  await expect(page.getByText('Has to change the password')).toBeVisible()
  await picture(page, 'users')

  const person = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage()
  await person.goto(`${parley.url}/settings/security`)
  await person.getByLabel('Username or e-mail').fill('grace_h')
  await person.getByLabel('Password', { exact: true }).fill(password)
  await person.keyboard.press('Enter')
  await expect(person.getByRole('heading', { level: 1, name: 'Choose your own password' })).toBeVisible()
  expect(await serious(person), 'forced change').toEqual([])
  await picture(person, 'forced')
  await person.goto(`${parley.url}/rooms`)
  await expect(person).toHaveURL(/\/change-password/)
  await person.getByLabel('Current password').fill(password)
  await person.getByLabel('New password').fill('short')
  await person.getByRole('button', { name: 'Change password' }).click()
  await expect(person.getByText('Choose a password with at least 10 characters.')).toBeVisible()
  await person.getByLabel('New password').fill('my very own words')
  await person.getByRole('button', { name: 'Change password' }).click()
  await expect(person).toHaveURL(`${parley.url}/rooms`)

  await person.goto(`${parley.url}/settings/security`)
  await person.getByRole('button', { name: 'Set up' }).click()
  await expect(person.getByRole('img', { name: 'QR code for an authenticator app' })).toBeVisible()
  const secret = fromBase32(await person.getByLabel('Key for the app').inputValue())
  expect(await serious(person), 'set-up').toEqual([])
  await picture(person, 'two-factor')
  await person.getByLabel('Code', { exact: true }).fill('000000')
  await person.getByRole('button', { name: 'Switch on' }).click()
  await expect(person.getByText('That code is not right')).toBeVisible()
  // The last step's code, so that the next one is left for the sign-in.
  await person.getByLabel('Code', { exact: true }).fill(totpCode(secret, Date.now() - 30_000))
  await person.getByRole('button', { name: 'Switch on' }).click()
  const codes = person.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')
  await expect(codes).toHaveCount(10)
  const recoveryCode = (await codes.first().textContent()) ?? ''
  await picture(person, 'recovery')
  await person.getByRole('button', { name: 'I have kept them' }).click()
  await expect(person.getByText('10 recovery codes left')).toBeVisible()
  await expect(person.getByText('This one')).toBeVisible()
  await picture(person, 'security')

  for (const code of [() => totpCode(secret, Date.now()), () => recoveryCode]) {
    await person.context().clearCookies()
    await person.goto(parley.url)
    await person.getByLabel('Username or e-mail').fill('grace_h')
    await person.getByLabel('Password', { exact: true }).fill('my very own words')
    await person.keyboard.press('Enter')
    await expect(person.getByRole('heading', { name: 'Second step' })).toBeVisible()
    await expect(person.getByLabel('Code', { exact: true })).toBeFocused()
    await person.keyboard.type('000000')
    await person.keyboard.press('Enter')
    await expect(person.getByText('That code is not right, or was used before')).toBeVisible()
    await person.getByLabel('Code', { exact: true }).fill(code())
    await person.keyboard.press('Enter')
    await expect(person).toHaveURL(`${parley.url}/overview`)
  }
  await person.goto(`${parley.url}/settings/users`)
  await expect(person.getByText('Only administrators see and manage users.')).toBeVisible()
  await person.context().close()

  await page.getByRole('button', { name: 'More actions for Grace Hopper' }).click()
  await page.getByRole('menuitem', { name: 'Change role' }).click()
  await page.getByRole('dialog').getByLabel('Role').selectOption('room_member')
  await expect(page.getByRole('dialog')).toContainText('They are signed out everywhere.')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Role of Grace Hopper changed')).toBeVisible()
  await page.getByRole('button', { name: 'More actions for Grace Hopper' }).click()
  await page.getByRole('menuitem', { name: 'Remove user' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove user' }).click()
  await expect(page.getByText('Grace Hopper removed')).toBeVisible()
  await expect(page.getByText('Nobody matches')).toBeVisible()

  await page.goto(`${parley.url}/settings/audit`)
  await page.getByLabel('Kind').selectOption('user')
  await expect(page.getByRole('table', { name: 'Audit log' })).toContainText('user.deleted')
  await expect(page.getByRole('table', { name: 'Audit log' })).not.toContainText('session.created')
  expect(await serious(page), 'audit').toEqual([])
  await picture(page, 'audit')
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download CSV' }).click()
  expect((await download).suggestedFilename()).toBe('audit.csv')
  expect(faults).toEqual([])
})

test('an invitation is accepted by its link, and the organization is switched', async ({
  page,
  parley,
  browser,
}) => {
  const faults = watchFaults(page)
  await signIn(page, parley)
  await page.goto(`${parley.url}/settings/users`)
  await page.getByRole('button', { name: 'Invite' }).click()
  await page.getByRole('dialog').getByLabel('E-mail').fill('alan@example.com')
  await page.getByRole('dialog').getByLabel('Role').selectOption('admin')
  await page.getByRole('dialog').getByRole('button', { name: 'Invite' }).click()
  const link = new URL(await page.getByRole('textbox', { name: 'Invitation link' }).inputValue())
  await picture(page, 'invited')
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('table', { name: 'Invitations' })).toContainText('alan@example.com')

  const person = await (await browser.newContext()).newPage()
  await person.goto(`${parley.url}${link.pathname}${link.search}`)
  await expect(person.getByRole('heading', { level: 1, name: 'Join My organization' })).toBeVisible()
  expect(await serious(person), 'invitation').toEqual([])
  await picture(person, 'invitation')
  await person.getByLabel('Your name').fill('Alan Turing')
  await person.getByLabel('Username').fill('alan_t')
  await person.getByLabel('New password').fill('a machine that thinks')
  await person.getByRole('button', { name: 'Create account and accept' }).click()
  await expect(person).toHaveURL(`${parley.url}/overview`)
  await person.goto(`${parley.url}${link.pathname}${link.search}`)
  await expect(person.getByText('This link is not valid any more')).toBeVisible()
  await person.context().close()

  const made = await page.request.post(`${parley.url}/api/v1/organizations`, {
    headers: { Origin: parley.url },
    data: { name: 'Second Ltd' },
  })
  expect(made.ok()).toBe(true)
  await page.goto(`${parley.url}/settings/appearance`)
  await page.getByLabel('Accent colour').fill('#ffee00')
  await expect(page.getByText('choose a darker colour')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled()
  await page.getByLabel('Accent colour').fill('#7a1fa2')
  await picture(page, 'appearance')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Appearance saved')).toBeVisible()
  await expect
    .poll(() => page.evaluate(() => document.documentElement.style.getPropertyValue('--accent')))
    .toBe('#7a1fa2')
  await page.getByRole('button', { name: 'Usual colour' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect
    .poll(() => page.evaluate(() => document.documentElement.style.getPropertyValue('--accent')))
    .toBe('')

  const turnTo = async (from: string, to: string) => {
    await page.getByRole('button', { name: `${from}: switch organization` }).click()
    await page.getByRole('menuitem', { name: to }).click()
    await expect(page.getByRole('button', { name: `${to}: switch organization` })).toBeVisible()
  }
  await turnTo('My organization', 'Second Ltd')
  await page.goto(`${parley.url}/settings/users`)
  await expect(page.getByRole('table', { name: 'Users' }).getByRole('row')).toHaveCount(2)
  await turnTo('Second Ltd', 'My organization')
  expect(faults).toEqual([])
})

test('without mail nobody is sent to a forgotten password; its pages say what is wrong', async ({
  page,
  parley,
}) => {
  await page.goto(parley.url)
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  await expect(page.getByText('Forgot your password?')).toHaveCount(0)
  await page.goto(`${parley.url}/?problem=sso_unknown_user`)
  await expect(page.getByRole('alert')).toContainText('Ask an administrator to invite you.')
  await page.goto(`${parley.url}/reset-password?token=made-up`)
  await page.getByLabel('New password').fill('a whole new one')
  await page.getByRole('button', { name: 'Set password' }).click()
  await expect(page.getByRole('alert')).toContainText('This link is not valid any more')
  await page.getByRole('link', { name: 'Ask for a new link' }).click()
  await page.getByLabel('Username or e-mail').fill('nobody')
  await page.getByRole('button', { name: 'Send link' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Look into your mail' })).toBeVisible()
  expect(await serious(page)).toEqual([])
})
