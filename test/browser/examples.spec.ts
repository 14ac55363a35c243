import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { API_KEY, expect } from '../support/server.ts'
import { expectMeeting, joinIn, meetingIn, picture, test as base } from './embed-host.ts'
import { expectState, join, WITHOUT_CAMERA } from './meeting-pages.ts'

/** `start` runs an example against the Parley under test, as its README says; gives its address. */
const test = base.extend<{ start: (name: string) => Promise<string> }>({
  start: async ({ parley }, use) => {
    const running: ChildProcess[] = []
    await use(async (name) => {
      const main = path.join(import.meta.dirname, '../../examples', name, 'server.js')
      const child = spawn(process.execPath, [main], {
        env: { PATH: process.env.PATH, PARLEY_URL: parley.url, PARLEY_API_KEY: API_KEY, PORT: '0' },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      running.push(child)
      let output = ''
      child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()))
      child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()))
      const last = name === 'recordings-and-webhooks' ? 'Webhooks arrive' : 'Open'
      await expect.poll(() => output, { timeout: 20_000 }).toContain(last)
      return /Open (\S+)/.exec(output)?.[1] ?? ''
    })
    for (const child of running) child.kill()
  },
})

test('direct link: a room is made, entered by its link, left for the page, and deleted', async ({
  open,
  start,
}) => {
  const page = await open(await start('direct-link'), WITHOUT_CAMERA)
  const address = page.url()
  await page.getByLabel('Name of the room').fill('Fresh & <i>new</i>')
  await page.getByRole('button', { name: 'Create' }).click()
  const room = page.locator('#rooms li').filter({ hasText: 'Fresh & <i>new</i>' })
  await room.getByRole('link', { name: 'Join as moderator' }).click()
  await join(page, 'Ana')
  await page.click('#leave-btn')
  await expectState(page, 'ended')
  await page.click('#back-btn')
  await page.waitForURL(address)
  await room.getByRole('button', { name: 'Delete' }).click()
  await expect(room).toHaveCount(0)
})

test('element: commands and events', async ({ open, start }) => {
  const page = await open(await start('element'), WITHOUT_CAMERA)
  await page.getByLabel('Name of the room').fill('Element')
  await page.getByRole('button', { name: 'Create' }).click()
  const room = page.locator('#rooms li').filter({ hasText: 'Element' })
  await room.getByRole('button', { name: 'Join as moderator' }).click()
  const meeting = meetingIn(page)
  await joinIn(meeting, 'Ana')
  const log = page.locator('#log')
  await expect(log).toContainText('meetingJoined')
  await page.getByRole('button', { name: 'Microphone' }).click()
  await expect(log).toContainText('trackMuted')
  await page.getByRole('button', { name: 'Chat' }).click()
  await page.getByRole('button', { name: 'Say hello' }).click()
  await expect(meeting.getByText('Hello from the page around this meeting')).toBeVisible()
  await expect(log).toContainText('chatMessage')
  await picture(page, 'example-element')
  await page.getByRole('button', { name: 'End for all' }).click()
  await expectMeeting(meeting, 'ended')
  await expect(log).toContainText('meeting_ended_by_self')
  await meeting.locator('#back-btn').click()
  await expect(page.locator('#meeting')).toBeHidden()
  await room.getByRole('button', { name: 'Delete' }).click()
  await expect(room).toHaveCount(0)
})

test('recordings and webhooks: the page follows a meeting and its recording without being reloaded', async ({
  open,
  parley,
  start,
}) => {
  test.slow()
  const address = await start('recordings-and-webhooks')
  const page = await open(address, WITHOUT_CAMERA)
  await page.getByLabel('Name of the room').fill('Recorded')
  await page.getByRole('button', { name: 'Create' }).click()
  const room = page.locator('#rooms li').filter({ hasText: 'Recorded' })
  await expect(room).toContainText('empty')
  const ana = await open((await room.getByRole('link', { name: 'moderator' }).getAttribute('href')) ?? '')
  await join(ana, 'Ana')
  await expect(room).toContainText('meeting now')

  const roomId = await room.getAttribute('data-room')
  const { recordingId } = await parley.call<{ recordingId: string }>('POST /api/v1/recordings', { roomId })
  const log = page.locator('#log')
  await expect(log).toContainText('recordingUpdated', { timeout: 30_000 })
  await parley.call(`POST /api/v1/recordings/${recordingId}/stop`)
  await expect(log).toContainText('recordingEnded', { timeout: 30_000 })
  const recording = page.locator('#recordings li').filter({ hasText: 'Recorded' })
  await expect(recording).toBeVisible()
  await ana.click('#leave-btn')
  await expect(room).toContainText('empty', { timeout: 40_000 })
  await expect(log).toContainText('meetingEnded')

  // Nobody else can tell the page what happened.
  const forged = await fetch(`${address}/webhook`, {
    method: 'POST',
    headers: { 'X-Timestamp': String(Date.now()), 'X-Signature': '0'.repeat(64) },
    body: JSON.stringify({ event: 'meetingStarted', data: { roomName: 'Forged' } }),
  })
  expect(forged.status).toBe(401)
  await picture(page, 'example-recordings')
  await recording.getByRole('button', { name: 'Delete' }).click()
  await expect(recording).toHaveCount(0)
  await expect(log).not.toContainText('Forged')
})
