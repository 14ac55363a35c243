import { readFile } from 'node:fs/promises'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, type ServerProcess } from '../support/server.ts'
import {
  expectState,
  join,
  joinAsBot,
  makeRoom,
  picture,
  test,
  tileOf,
  WITHOUT_CAMERA,
  type Open,
} from './meeting-pages.ts'

const settings = (parley: ServerProcess, roomId: string, change: object) =>
  parley.call(`PUT /api/v1/rooms/${roomId}/settings`, change)

const enter = async (open: Open, url: string, name: string): Promise<Page> => {
  const page = await open(url, WITHOUT_CAMERA)
  await join(page, name)
  await page.click('#chat-panel-btn')
  await expect(page.locator('#chat-input')).toBeFocused()
  return page
}
const two = async (open: Open, parley: ServerProcess) => {
  const room = await makeRoom(parley)
  const ana = await enter(open, room.moderatorUrl, 'Ana')
  const bruno = await enter(open, room.speakerUrl, 'Bruno')
  await expect(tileOf(ana, 'Bruno')).toBeVisible()
  return { room, ana, bruno }
}
const say = async (page: Page, text: string) => {
  await page.fill('#chat-input', text)
  await page.press('#chat-input', 'Enter')
  await expect(page.locator('#chat-input')).toHaveValue('')
}
const said = (page: Page) => page.locator('.chat-message')

/** A picture of 320 x 180 in some colours, as a browser makes it. */
const makePicture = async (page: Page): Promise<Buffer> => {
  const base64 = await page.evaluate(() => {
    const canvas = document.createElement('canvas')
    canvas.width = 320
    canvas.height = 180
    const context = canvas.getContext('2d')
    if (context) {
      const gradient = context.createLinearGradient(0, 0, 320, 180)
      gradient.addColorStop(0, '#2b65e3')
      gradient.addColorStop(1, '#3dd68c')
      context.fillStyle = gradient
      context.fillRect(0, 0, 320, 180)
    }
    return canvas.toDataURL('image/png').split(',')[1] ?? ''
  })
  return Buffer.from(base64, 'base64')
}

test('Enter sends, Shift and Enter go on; one’s own is deleted by oneself, any by a moderator', async ({
  open,
  parley,
}) => {
  const { ana, bruno } = await two(open, parley)
  await bruno.keyboard.type('first line')
  await bruno.keyboard.press('Shift+Enter')
  await bruno.keyboard.type('second line')
  await bruno.keyboard.press('Enter')
  await expect(said(ana)).toHaveText(['first line\nsecond line'])
  await say(ana, 'from Ana, see https://example.com/path.')
  await say(bruno, 'to be taken back')
  await expect(said(ana)).toHaveCount(3)
  await picture(ana, 'chat-two')

  // Bruno may delete his own only.
  const deletable = (page: Page) => page.getByRole('button', { name: 'Delete message' })
  await expect(deletable(bruno)).toHaveCount(2)
  await expect(deletable(ana)).toHaveCount(3)
  await bruno.getByText('to be taken back').hover()
  await deletable(bruno).last().click()
  await bruno.getByRole('dialog').getByRole('button', { name: 'Delete message' }).click()
  await expect(said(bruno)).toHaveCount(2)
  await expect(said(ana)).toHaveCount(2)
  await deletable(ana).first().click()
  await picture(ana, 'chat-delete')
  await ana.getByRole('dialog').getByRole('button', { name: 'Delete message' }).click()
  await expect(said(bruno)).toHaveText(['from Ana, see https://example.com/path.'])
  await picture(bruno, 'chat-deleted')
})

test('a message has a sender’s colour and a time, links open apart, and what is unread is counted', async ({
  open,
  parley,
}) => {
  const room = await makeRoom(parley)
  const ana = await enter(open, room.moderatorUrl, 'Ana')
  await ana.keyboard.press('Escape')
  const bruno = await enter(open, room.speakerUrl, 'Bruno')
  const chen = await enter(open, room.speakerUrl, 'Chen')
  const chat = ana.locator('#chat-panel-btn')
  await expect(chat).toHaveAccessibleName(/^Chat(?!,)/)
  const sentAfter = Date.now()
  await say(bruno, 'see https://example.com/a?b=c#d, not javascript:alert(1)')
  await say(chen, 'hello')
  await say(bruno, 'and bye')
  await expect(chat).toHaveAccessibleName(/^Chat, 3 new messages/)
  await expect(chat).toContainText('3')
  await picture(ana, 'chat-unread')
  await chat.click()
  await expect(chat).toHaveAccessibleName(/^Chat(?!,)/)
  await expect(chat).not.toContainText('3')
  const groups = ana.getByRole('log', { name: 'Messages' }).getByRole('article')
  await expect(groups).toHaveCount(3)
  const colorsOf = (what: string) =>
    groups.locator(what).evaluateAll((all) => all.map((one) => getComputedStyle(one).color))
  const senders = await colorsOf('header > span')
  expect(senders[0]).toBe(senders[2])
  for (const text of await colorsOf('p')) expect(senders).not.toContain(text)
  const at = Date.parse((await groups.first().locator('time').getAttribute('datetime')) ?? '')
  expect(at).toBeGreaterThan(sentAfter - 60_000)
  expect(at).toBeLessThan(Date.now() + 60_000)
  const links = groups.getByRole('link')
  await expect(links).toHaveCount(1)
  await expect(links).toHaveAttribute('href', 'https://example.com/a?b=c#d')
  await expect(links).toHaveAttribute('target', '_blank')
  await expect(links).toHaveAttribute('rel', /noopener/)
})

test('history survives a reload as the room says, and what was one’s own is known again', async ({
  open,
  parley,
}) => {
  const { room, ana, bruno } = await two(open, parley)
  await say(bruno, 'written before the reload')
  await bruno.reload()
  await expectState(bruno, 'connected')
  await bruno.click('#chat-panel-btn')
  await expect(said(bruno)).toHaveText(['written before the reload'])
  await expect(bruno.locator('article[data-own="true"]')).toHaveCount(1)
  await settings(parley, room.roomId, { chatHistory: 'none' })
  await say(ana, 'heard by who is here')
  await expect(said(bruno)).toHaveCount(2)
  const chen = await enter(open, room.speakerUrl, 'Chen')
  await expect(chen.getByText('No messages yet')).toBeVisible()
  await say(chen, 'hello')
  await expect(said(ana).last()).toHaveText('hello')
  await expect(said(chen)).toHaveText(['hello'])
})

test('files are chosen, pasted and dropped, shown and saved, and never run', async ({ open, parley }) => {
  const { ana, bruno } = await two(open, parley)
  const image = await makePicture(bruno)
  await bruno.setInputFiles('#attach-input', [
    { name: 'sunset.png', mimeType: 'image/png', buffer: image },
    {
      name: '<img src=x onerror=alert(1)>.html',
      mimeType: 'text/html',
      buffer: Buffer.from('<script>document.title = "run"</script>'),
    },
  ])
  await expect(bruno.locator('[data-state="ready"]')).toHaveCount(2)
  await bruno.fill('#chat-input', 'two files')
  await picture(bruno, 'chat-draft')
  await bruno.press('#chat-input', 'Enter')
  await expect(bruno.locator('[data-state="ready"]')).toHaveCount(0)

  const shown = ana.getByRole('button', { name: 'Show sunset.png' }).locator('img')
  await expect(shown).toHaveJSProperty('naturalWidth', 320)
  await picture(ana, 'chat-files')
  const { violations } = await new AxeBuilder({ page: ana }).analyze()
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([])
  const waiting = ana.waitForEvent('download')
  await ana.getByRole('button', { name: /^Save <img src=x/ }).click()
  const download = await waiting
  // The browser takes out what no file may be called.
  expect(download.suggestedFilename()).toMatch(/img src=x onerror=alert\(1\).*\.html$/)
  expect(await readFile(await download.path(), 'utf8')).toContain('<script>')
  expect(await ana.title()).not.toBe('run')
  await ana.getByRole('button', { name: 'Show sunset.png' }).click()
  await expect(ana.getByRole('dialog', { name: 'sunset.png' })).toBeVisible()
  await picture(ana, 'chat-image')
  await ana.keyboard.press('Escape')

  const transfer = await bruno.evaluateHandle((base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
    const data = new DataTransfer()
    data.items.add(new File([bytes], 'pasted.png', { type: 'image/png' }))
    return data
  }, image.toString('base64'))
  await bruno
    .locator('#chat-input')
    .evaluate(
      (field, data) =>
        field.dispatchEvent(
          new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
        ),
      transfer,
    )
  await expect(bruno.locator('[data-state="ready"]')).toHaveCount(1)
  const log = bruno.getByRole('log', { name: 'Messages' })
  await log.dispatchEvent('dragover', { dataTransfer: transfer })
  await expect(bruno.getByText('Drop files to attach them')).toBeVisible()
  await picture(bruno, 'chat-drop')
  await log.dispatchEvent('drop', { dataTransfer: transfer })
  await expect(bruno.locator('[data-state="ready"]')).toHaveCount(2)
  await bruno.click('#send-btn')
  await expect(ana.getByRole('button', { name: 'Show pasted.png' })).toHaveCount(2)
})

test('a file that is too large, or not taken by the room, is said to be', async ({ open, parley }) => {
  const { room, bruno } = await two(open, parley)
  await bruno.evaluate(() => {
    const file = new File([new Uint8Array(25 * 1024 * 1024 + 1)], 'film.mp4')
    const data = new DataTransfer()
    data.items.add(file)
    const input = document.querySelector<HTMLInputElement>('#attach-input')
    if (!input) return
    input.files = data.files
    input.dispatchEvent(new Event('change', { bubbles: true }))
  })
  await expect(bruno.getByText('film.mp4 is larger than 25 MB')).toBeVisible()
  await settings(parley, room.roomId, { attachments: false })
  await expect(bruno.locator('#attach-btn')).toHaveCount(0)
  await say(bruno, 'text still goes')
})

test('a long chat is drawn in parts, and earlier ones come when asked for', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const ana = await enter(open, room.moderatorUrl, 'Ana')
  const writer = await joinAsBot(parley, room, 'Writer')
  for (let first = 1; first <= 250; first += 25)
    await Promise.all(Array.from({ length: 25 }, (_, i) => writer.say(`message ${first + i}`)))
  // One alone and last: when it is on the page, all before it are, and none adds itself to those drawn below.
  await writer.say('message 251')
  await expect(said(ana).last()).toHaveText('message 251')
  await expect(said(ana)).toHaveCount(100)
  await ana.getByRole('button', { name: 'Earlier messages' }).click()
  await expect(said(ana)).toHaveCount(200)
  await ana.getByRole('button', { name: 'Earlier messages' }).click()
  await expect(said(ana)).toHaveCount(251)
  await expect(ana.getByRole('button', { name: 'Earlier messages' })).toHaveCount(0)
  // Who reads further up stays there.
  await writer.say('the latest')
  await expect(ana.getByText('the latest')).toHaveCount(1)
  await expect(ana.getByText('the latest')).not.toBeInViewport()
  await ana.getByRole('button', { name: 'New messages' }).click()
  await expect(ana.getByText('the latest')).toBeInViewport()

  // Somebody who comes later gets them from the server, page by page.
  const chen = await enter(open, room.speakerUrl, 'Chen')
  await expect(said(chen)).toHaveCount(100)
  await chen.getByRole('button', { name: 'Earlier messages' }).click()
  await expect(said(chen)).toHaveCount(200)
  await writer.leave()
})
