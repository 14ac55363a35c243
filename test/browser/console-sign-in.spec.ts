import { ADMIN, expect, test } from '../support/server.ts'
import { signIn } from './console-session.ts'

interface Room {
  roomId: string
  moderatorUrl: string
  speakerUrl: string
}

test('a page behind the sign-in is shown after it', async ({ page, parley }) => {
  await page.goto(`${parley.url}/rooms?status=closed`)
  await expect(page).toHaveURL(`${parley.url}/?redirectTo=%2Frooms%3Fstatus%3Dclosed`)
  await page.getByLabel('Username or e-mail').fill(ADMIN.username)
  await page.getByLabel('Password', { exact: true }).fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert')).toContainText('password')
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused()

  await page.getByLabel('Password', { exact: true }).fill(ADMIN.password)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(`${parley.url}/rooms?status=closed`)
  await expect(page.getByRole('heading', { level: 1, name: 'Rooms' })).toBeVisible()
})

test('redirectTo never leaves this server', async ({ page, parley }) => {
  await signIn(page, parley)
  for (const target of ['https://example.com/', '//example.com/', '/\\example.com']) {
    await page.goto(`${parley.url}/?redirectTo=${encodeURIComponent(target)}`)
    await expect(page).toHaveURL(`${parley.url}/overview`)
  }
})

test('redirectTo leads into a meeting', async ({ page, parley }) => {
  const { roomId } = await parley.call<Room>('POST /api/v1/rooms', { roomName: 'Redirected' })
  await signIn(page, parley)
  await page.goto(`${parley.url}/?redirectTo=${encodeURIComponent(`/room/${roomId}`)}`)
  await expect(page).toHaveURL(`${parley.url}/room/${roomId}`)
})

test('a code or a link leads into the meeting without an account', async ({ page, parley }) => {
  const { roomId, speakerUrl } = await parley.call<Room>('POST /api/v1/rooms', { roomName: 'By code' })
  const { code } = await parley.call<{ code: string }>(`GET /api/v1/rooms/${roomId}/code`)

  await page.goto(parley.url)
  const field = page.getByLabel('Meeting code or link')
  await field.fill('nonsense')
  await page.getByRole('button', { name: 'Join' }).click()
  await expect(page.getByText('That is neither a meeting code nor a meeting link.')).toBeVisible()
  await expect(field).toBeFocused()
  await field.fill('https://meet.example.com/room/x?secret=y')
  await page.keyboard.press('Enter')
  await expect(page.getByText('That link belongs to another server (meet.example.com).')).toBeVisible()

  await field.fill(code.toUpperCase().replaceAll('-', ' '))
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`${roomId}|${code}`))

  await page.goto(parley.url)
  await page.getByLabel('Meeting code or link').fill(speakerUrl)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(speakerUrl)
})

test('a session that ends while a page is open leads to the sign-in', async ({ page, parley }) => {
  await page.goto(parley.url)
  await page.getByLabel('Username or e-mail').fill(ADMIN.username)
  await page.getByLabel('Password', { exact: true }).fill(ADMIN.password)
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Rooms', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Rooms' })).toBeVisible()
  await page.context().clearCookies()
  // The list is asked for every five seconds, or every fifteen while the server tells what changes.
  await expect(page).toHaveURL(`${parley.url}/?redirectTo=%2Frooms`, { timeout: 30_000 })
})

test('signing out ends the session', async ({ page, parley }) => {
  await page.goto(parley.url)
  await page.getByLabel('Username or e-mail').fill(ADMIN.username)
  await page.getByLabel('Password', { exact: true }).fill(ADMIN.password)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Your account' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  await page.goto(`${parley.url}/overview`)
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
})
