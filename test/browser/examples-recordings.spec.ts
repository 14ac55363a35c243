import { expect } from '../support/server.ts'
import { exampleTest as test, picture } from './embed-host.ts'
import { join, WITHOUT_CAMERA } from './meeting-pages.ts'

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
  await room.getByRole('button', { name: 'Delete' }).click()
  await expect(room).toHaveCount(0)
  await expect(log).toContainText('meetingEnded')
  await expect(log).not.toContainText('Forged')
})
