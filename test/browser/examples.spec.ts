import { expect } from '../support/server.ts'
import { exampleTest as test, expectMeeting, joinIn, meetingIn, picture } from './embed-host.ts'
import { expectState, join, WITHOUT_CAMERA } from './meeting-pages.ts'

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
  // A room with a meeting goes when that has ended; an empty one at once.
  await page.getByLabel('Name of the room').fill('Spare')
  await page.getByRole('button', { name: 'Create' }).click()
  const spare = page.locator('#rooms li').filter({ hasText: 'Spare' })
  await spare.getByRole('button', { name: 'Delete' }).click()
  await expect(spare).toHaveCount(0)
  await expect(room).toBeVisible()
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
