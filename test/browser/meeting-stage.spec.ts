import type { Page } from '@playwright/test'
import { type Extra, joinAsExtra } from '../support/crowd.ts'
import { expect } from '../support/server.ts'
import {
  expectMoving,
  expectState,
  join,
  makeRoom,
  picture,
  test as base,
  tileOf,
  WITHOUT_CAMERA,
} from './meeting-pages.ts'

type Invite = (roomUrl: string, name: string, options?: Parameters<typeof joinAsExtra>[3]) => Promise<Extra>

/** `invite` brings people without browsers, who leave after the test. */
const test = base.extend<{ invite: Invite }>({
  invite: async ({ parley }, use) => {
    const extras: Extra[] = []
    await use(async (roomUrl, name, options) => {
      const extra = await joinAsExtra(parley, roomUrl, name, options)
      extras.push(extra)
      return extra
    })
    await Promise.all(extras.map((extra) => extra.leave()))
  },
})

const tilesOf = (page: Page) =>
  page.locator('article').evaluateAll((articles) =>
    articles.map((article) => {
      // Where it is laid out, not where an animation has got to.
      const { left, top, right, bottom } = article.getBoundingClientRect()
      return { name: article.getAttribute('aria-label') ?? '', left, top, right, bottom }
    }),
  )

const stageOf = (page: Page) => page.getByRole('region', { name: 'Participants' })

const chooseLayout = async (page: Page, layout: string) => {
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitemradio', { name: layout }).click()
}

test('one to nine, then pages: tiles fill the stage, stand apart and keep their places', async ({
  open,
  parley,
  invite,
}) => {
  test.slow()
  const room = await makeRoom(parley)
  const page = await open(room.moderatorUrl, WITHOUT_CAMERA)
  await join(page, 'Ana')
  await picture(page, 'tiles-1')
  let order = ['Ana (you)']
  const guest = (number: number) => `Guest ${String(number).padStart(2, '0')}`
  for (const count of [2, 3, 4, 5, 6, 7, 8, 9, 10, 25]) {
    const newcomers = Array.from({ length: count === 25 ? 15 : 1 }, (_, index) => guest(count - index))
    await Promise.all(newcomers.map((name) => invite(room.speakerUrl, name)))
    await expect(stageOf(page)).toHaveAttribute('data-count', String(count))
    await expect(page.locator('article')).toHaveCount(Math.min(count, 9))
    const tiles = await tilesOf(page)
    const names = tiles.map(({ name }) => name)
    // Who was seen stays where they were in the order.
    expect(names.slice(0, order.length)).toEqual(order)
    order = names
    const stage = await stageOf(page).boundingBox()
    if (!stage) throw new Error('no stage')
    let used = 0
    for (const [index, a] of tiles.entries()) {
      used += (a.right - a.left) * (a.bottom - a.top)
      expect(a.left, `${count} tiles`).toBeGreaterThanOrEqual(stage.x - 1)
      expect(a.right).toBeLessThanOrEqual(stage.x + stage.width + 1)
      expect(a.bottom).toBeLessThanOrEqual(stage.y + stage.height + 1)
      for (const b of tiles.slice(index + 1))
        expect(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top).toBe(true)
    }
    if (count <= 9) expect(used / (stage.width * stage.height), `${count} tiles`).toBeGreaterThan(0.6)
    if ([2, 3, 5, 9, 25].includes(count)) await picture(page, `tiles-${count}`)
  }
  await page.getByRole('button', { name: 'Next participants' }).click()
  await expect(tileOf(page, 'Guest 10')).toBeVisible()
})

test('who speaks takes the stage of the speaker layout, and the choice is kept', async ({
  open,
  parley,
  invite,
}) => {
  const room = await makeRoom(parley)
  const page = await open(room.moderatorUrl, WITHOUT_CAMERA)
  await join(page, 'Ana')
  const bruno = await invite(room.speakerUrl, 'Bruno', { hasAudio: true, hasVideo: true })
  const chen = await invite(room.speakerUrl, 'Chen', { hasAudio: true })
  await invite(room.speakerUrl, 'Dora')
  await chooseLayout(page, 'Speaker large, others below')
  chen.speak(true)
  await expect(tileOf(page, 'Chen')).toHaveAttribute('data-main', 'true')
  await expect(tileOf(page, 'Chen')).toHaveAttribute('data-speaking', 'true')
  await picture(page, 'layout-speaker')
  chen.speak(false)
  bruno.speak(true)
  await expect(tileOf(page, 'Bruno')).toHaveAttribute('data-main', 'true')
  await expectMoving(page, tileOf(page, 'Bruno'))
  await chooseLayout(page, 'Speaker large, others beside')
  await expect(stageOf(page)).toHaveAttribute('data-layout', 'sidebar')
  await picture(page, 'layout-sidebar')
  // Pinned, nobody else comes to the stage.
  await tileOf(page, 'Dora').dblclick()
  await expect(tileOf(page, 'Dora')).toHaveAttribute('data-main', 'true')
  await tileOf(page, 'Dora').dblclick()
  await expect(tileOf(page, 'Bruno')).toHaveAttribute('data-main', 'true')

  await page.reload()
  await expectState(page, 'connected')
  await expect(stageOf(page)).toHaveAttribute('data-layout', 'sidebar')
  await chooseLayout(page, 'Grid')
  await expect(page.locator('[data-main="true"]')).toHaveCount(0)
})

test('arrow keys go from tile to tile, Enter pins, the menu key opens what can be done', async ({
  open,
  parley,
  invite,
}) => {
  const room = await makeRoom(parley)
  const page = await open(room.moderatorUrl, WITHOUT_CAMERA)
  await join(page, 'Ana')
  for (const name of ['Bruno', 'Chen', 'Dora']) await invite(room.speakerUrl, name)
  await expect(page.locator('article')).toHaveCount(4)
  // Others stand in the order in which LiveKit told of them, which is not always that of their coming.
  const [, beside = '', , last = ''] = (await tilesOf(page)).map(({ name }) => name)
  await tileOf(page, 'Ana (you)').focus()
  await expect(tileOf(page, 'Ana (you)')).toBeFocused()
  await page.keyboard.press('ArrowRight')
  await expect(tileOf(page, beside)).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(tileOf(page, last)).toBeFocused()
  await page.keyboard.press('Home')
  await expect(tileOf(page, 'Ana (you)')).toBeFocused()
  await page.keyboard.press('End')
  await expect(tileOf(page, last)).toBeFocused()
  // One stop for all tiles, with the pin of the one that has the focus after it.
  expect(await page.locator('article[tabindex="0"]').count()).toBe(1)
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: `Pin: ${last}` })).toBeFocused()
  await page.keyboard.press('Shift+Tab')
  await picture(page, 'tile-focus')
  await page.keyboard.press('Enter')
  await expect(tileOf(page, last)).toHaveAttribute('data-main', 'true')
  await expect(tileOf(page, last)).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(tileOf(page, last)).toHaveAttribute('data-main', 'false')

  await page.keyboard.press('Shift+F10')
  const menu = page.getByRole('menu', { name: `Actions for ${last}` })
  await expect(menu.getByRole('menuitem', { name: 'Pin' })).toBeFocused()
  await picture(page, 'tile-menu')
  await page.keyboard.press('Escape')
  await expect(tileOf(page, last)).toBeFocused()
  await page.keyboard.press('Shift+F10')
  await menu.getByRole('menuitem', { name: 'Remove from the meeting' }).press('Enter')
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(tileOf(page, last)).toHaveCount(0)
})

test('of two shared screens the last takes the stage, and both can be seen', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const [ana, bruno, chen] = [
    await open(room.moderatorUrl, WITHOUT_CAMERA),
    await open(room.speakerUrl, WITHOUT_CAMERA),
    await open(room.speakerUrl, WITHOUT_CAMERA),
  ]
  await join(ana, 'Ana')
  await join(bruno, 'Bruno')
  await join(chen, 'Chen')
  await bruno.click('#screenshare-btn')
  await expect(tileOf(ana, 'Screen of Bruno')).toHaveAttribute('data-main', 'true')
  await chen.click('#screenshare-btn')
  await expect(tileOf(ana, 'Screen of Chen')).toHaveAttribute('data-main', 'true')
  await expectMoving(ana, tileOf(ana, 'Screen of Chen'))
  await expectMoving(ana, tileOf(ana, 'Screen of Bruno'))
  await picture(ana, 'two-shares')
  await chen.click('#screenshare-btn')
  await expect(tileOf(ana, 'Screen of Bruno')).toHaveAttribute('data-main', 'true')
})
