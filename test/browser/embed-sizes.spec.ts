import type { FrameLocator, Locator, Page } from '@playwright/test'
import { expect } from '../support/server.ts'
import { escapeAttribute, joinIn, meetingIn, picture, test } from './embed-host.ts'
import { makeRoom } from './meeting-pages.ts'

/** Frames as host pages have them: a card, a sidebar, a widget in a corner. Width and height in pixels. */
const SIZES = [
  [700, 420],
  [640, 360],
  [618, 500],
  [480, 270],
  [320, 480],
  [300, 200],
] as const

const framesPage = (url: string) => `<!doctype html><title>Host</title>
  <style>body { margin: 8px; display: flex; flex-wrap: wrap; gap: 8px; align-items: start } iframe { border: 0 }</style>
  ${SIZES.map(
    ([width, height]) => `<iframe id="f${width}" width="${width}" height="${height}"
      src="${escapeAttribute(url)}" allow="camera; microphone; display-capture; fullscreen; autoplay"></iframe>`,
  ).join('')}`

/** Whole within its frame and not under something else. */
const expectReachable = async (what: Locator, size: string) => {
  const faultOf = () =>
    what.evaluate((element) => {
      const { left, top, right, bottom, width, height } = element.getBoundingClientRect()
      const at = `${Math.round(left)},${Math.round(top)} ${Math.round(width)}x${Math.round(height)}`
      if (left < 0 || top < 0 || right > innerWidth + 0.5 || bottom > innerHeight + 0.5)
        return `outside: ${at}`
      const hit = document.elementFromPoint(left + width / 2, top + height / 2)
      return hit && (element.contains(hit) || hit.contains(element)) ? null : `covered: ${at}`
    })
  // What slides in takes a moment.
  await expect.poll(faultOf, { message: `${String(what)} at ${size}` }).toBeNull()
}

const expectNoSideways = async (meeting: FrameLocator, size: string) => {
  const wider = await meeting
    .locator('#root')
    .evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect(wider, size).toBe(0)
}

const open6 = async (page: Page, each: (meeting: FrameLocator, size: string) => Promise<void>) => {
  for (const [width, height] of SIZES) await each(meetingIn(page, `#f${width}`), `${width}x${height}`)
}

test('small frames: one joins without scrolling, and every control of the call can be reached', async ({
  open,
  parley,
  host,
}) => {
  const room = await makeRoom(parley, 'Consultation of the week')
  const url = host.serve('/', framesPage(`${room.moderatorUrl}&participant-name=Ana`))
  const page = await open(url, { viewport: { width: 1400, height: 1460 } })
  await open6(page, async (meeting, size) => {
    await expect(meeting.locator('#join-button'), size).toBeVisible()
    await expect(meeting.getByRole('heading', { name: 'Consultation of the week' })).toBeVisible()
  })
  await picture(page, 'sizes-lobby')
  await open6(page, async (meeting, size) => {
    await expectNoSideways(meeting, size)
    await expectReachable(meeting.locator('#participant-name-input'), size)
    await expectReachable(meeting.locator('#join-button'), size)
    for (const id of ['#mic-btn', '#camera-btn']) {
      await meeting.locator(id).scrollIntoViewIfNeeded()
      await expectReachable(meeting.locator(id), size)
    }
    // Six cameras of one machine would be slow, and are not what this is about.
    await meeting.locator('#camera-btn').click()
  })
  await open6(page, (meeting, size) => joinIn(meeting, `Ana ${size}`))
  await expect(meetingIn(page, '#f700').locator('article')).toHaveCount(SIZES.length, { timeout: 20_000 })
  await picture(page, 'sizes-call')
  await open6(page, async (meeting, size) => {
    await expectNoSideways(meeting, size)
    const buttons = await meeting.locator('#toolbar button:visible').all()
    expect(buttons.length, size).toBeGreaterThan(4)
    for (const button of buttons) await expectReachable(button, size)
    await expectReachable(meeting.locator('article').first(), size)
    await meeting.locator('#chat-panel-btn').click()
    await expectReachable(meeting.locator('#chat-input'), size)
  })
  await picture(page, 'sizes-chat')
  await open6(page, async (meeting, size) => {
    await meeting.locator('.panel-close-button').click()
    await meeting.locator('#more-options-btn').click()
    await expect(meeting.getByRole('menuitem').last(), size).toBeInViewport()
  })
})
