import { expect } from '../support/server.ts'
import { signIn } from './console-session.ts'
import {
  expectMoving,
  expectState,
  join,
  makeRoom,
  picture,
  test,
  tileOf,
  WITHOUT_CAMERA,
} from './meeting-pages.ts'

test('a reload leads back into the call within three seconds, muted as before', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const ana = await open(room.moderatorUrl, WITHOUT_CAMERA)
  await join(ana, 'Ana')
  const bruno = await open(room.speakerUrl)
  await join(bruno, 'Bruno')
  await bruno.click('#mic-btn')
  await expect(tileOf(ana, 'Bruno')).toHaveAttribute('data-microphone', 'off')

  const times: number[] = []
  for (let i = 0; i < 3; i++) {
    await bruno.reload()
    await expectState(bruno, 'connected')
    // From the navigation on, by the page's own clock.
    times.push(await bruno.evaluate(() => window.__parleyTimings?.['parley:connected'] ?? Infinity))
    expect(await bruno.evaluate(() => window.__parleyTimings?.['parley:join-click'])).toBeUndefined()
  }
  expect(Math.min(...times), times.join()).toBeLessThan(3000)
  const back = ana.getByRole('article', { name: /^Bruno(_\d+)?$/ })
  await expect(back).toHaveAttribute('data-microphone', 'off')
  await expectMoving(ana, back)
})

test('who has left comes to the lobby, reload or not', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(room.speakerUrl, WITHOUT_CAMERA)
  await join(page, 'Ana')
  await page.click('#leave-btn')
  await expectState(page, 'ended')
  await page.reload()
  await expectState(page, 'lobby')
  await expect(page.locator('#join-button')).toBeVisible()
})

test('the same person in a second tab takes over, and can be taken back', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const first = await open(parley.url, WITHOUT_CAMERA)
  await signIn(first, parley)
  const link = parley.url + new URL(room.speakerUrl).pathname
  await first.goto(link)
  await first.click('#join-button')
  await expectState(first, 'connected')
  const second = await first.context().newPage()
  await second.goto(link)
  await second.click('#join-button')
  await expectState(second, 'connected')
  await expect(first.getByRole('heading', { name: 'You joined from somewhere else' })).toBeFocused()
  await picture(first, 'end-duplicate')
  await first.getByRole('button', { name: 'Rejoin' }).click()
  await expectState(first, 'connected')
  await expect(second.getByRole('heading', { name: 'You joined from somewhere else' })).toBeVisible()
  await expect(first.locator('article')).toHaveCount(1)
})

test('a closed room and a link without the right to join say so, and can be tried again', async ({
  open,
  parley,
}) => {
  const room = await makeRoom(parley)
  await parley.call(`PUT /api/v1/rooms/${room.roomId}/status`, { status: 'closed' })
  const page = await open(room.speakerUrl, WITHOUT_CAMERA)
  await expect(page.getByRole('heading', { name: 'This room is closed' })).toBeVisible()
  await picture(page, 'end-closed')
  await parley.call(`PUT /api/v1/rooms/${room.roomId}/status`, { status: 'open' })
  await page.getByRole('button', { name: 'Try again' }).click()
  await expectState(page, 'lobby')

  const { access } = await parley.call<{ access: { anonymous: { recording: { url: string } } } }>(
    `GET /api/v1/rooms/${room.roomId}?fields=access`,
  )
  const { searchParams } = new URL(access.anonymous.recording.url)
  const secret = searchParams.get('secret') ?? searchParams.get('recordingSecret')
  await page.goto(`${parley.url}/room/${room.roomId}?secret=${secret}`)
  await expect(page.getByRole('heading', { name: 'You cannot join this meeting' })).toBeVisible()
  await picture(page, 'end-denied')
})
