import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { DataPacket_Kind, RoomServiceClient } from 'livekit-server-sdk'
import { parse } from 'yaml'
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
  type RoomLinks,
} from './meeting-pages.ts'

const settings = (parley: ServerProcess, { roomId }: RoomLinks, change: object) =>
  parley.call(`PUT /api/v1/rooms/${roomId}/settings`, change)

const enter = async (open: Open, url: string, name: string): Promise<Page> => {
  const page = await open(url, WITHOUT_CAMERA)
  await join(page, name)
  return page
}

/** Ana moderates, Bruno speaks. */
const two = async (open: Open, parley: ServerProcess) => {
  const room = await makeRoom(parley)
  const ana = await enter(open, room.moderatorUrl, 'Ana')
  const bruno = await enter(open, room.speakerUrl, 'Bruno')
  await expect(tileOf(ana, 'Bruno')).toBeVisible()
  return { room, ana, bruno }
}

const knock = async (open: Open, url: string, name: string, options = {}): Promise<Page> => {
  const page = await open(url, { ...WITHOUT_CAMERA, ...options })
  await page.fill('#participant-name-input', name)
  await page.click('#join-button')
  await expect(page.getByText('Waiting to be let in')).toBeVisible()
  return page
}

const people = async (page: Page) => {
  await page.click('#participants-panel-btn')
  return page.getByRole('complementary', { name: 'People' })
}

const actOn = async (page: Page, name: string, action: string) => {
  await page
    .locator('[data-section="in-call"]')
    .getByRole('button', { name: `Actions for ${name}` })
    .click()
  await page.getByRole('menuitem', { name: action }).click()
}

const announced = (page: Page) => page.getByTestId('announcer')

/** Counts the notes that the page plays, as nobody is there to hear them. */
const listening = {
  init: () => {
    const played = { count: 0 }
    ;(window as unknown as { played: typeof played }).played = played
    window.AudioContext = class extends AudioContext {
      override createOscillator(): OscillatorNode {
        played.count++
        return super.createOscillator()
      }
    }
  },
}
const notesOf = (page: Page) =>
  page.evaluate(() => (window as unknown as { played: { count: number } }).played.count)

test('who waits is seen and heard by the moderator, and comes in, or does not', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  await settings(parley, room, { waitingRoom: 'guests' })
  const ana = await open(room.moderatorUrl, { ...WITHOUT_CAMERA, ...listening })
  await join(ana, 'Ana')
  const bruno = await knock(open, room.speakerUrl, 'Bruno')
  const banner = ana.getByTestId('waiting-banner')
  await expect(banner).toContainText('Bruno wants to join')
  await expect(announced(ana)).toContainText('Bruno wants to join')
  expect(await notesOf(ana)).toBe(2)
  await picture(bruno, 'waiting-lobby')
  await picture(ana, 'waiting-banner')
  await banner.getByRole('button', { name: 'Admit', exact: true }).click()
  await expectState(bruno, 'connected')
  await expect(banner).toHaveCount(0)

  const chen = await knock(open, room.speakerUrl, 'Chen')
  await expect(banner).toContainText('Chen wants to join')
  const dana = await knock(open, room.speakerUrl, 'Dana', { viewport: { width: 390, height: 844 } })
  const eli = await knock(open, room.speakerUrl, 'Eli', { viewport: { width: 322, height: 500 } })
  // What one waits for, and the way out, are seen in a small frame, too.
  await expect(eli.getByText('A moderator knows that you are here')).toBeInViewport({ ratio: 1 })
  await expect(eli.getByRole('button', { name: 'Cancel' })).toBeInViewport({ ratio: 1 })
  await picture(eli, 'waiting-lobby-narrow')
  await expect(banner).toContainText('Chen and 2 more want to join')
  await picture(dana, 'waiting-lobby-phone')
  await expect(ana.getByRole('button', { name: 'People, 3 waiting to be let in' })).toBeVisible()
  const panel = await people(ana)
  const waiting = panel.locator('[data-section="waiting"]')
  await expect(waiting.getByRole('listitem')).toHaveCount(3)
  await picture(ana, 'waiting-people')
  await waiting.getByRole('button', { name: 'Deny Chen' }).click()
  await expect(chen.getByRole('heading', { name: 'You were not let in' })).toBeVisible()
  await picture(chen, 'waiting-denied')
  await chen.getByRole('button', { name: 'Back to the lobby' }).click()
  await chen.click('#join-button')
  await expect(chen.getByText('A moderator has just said no')).toBeVisible()

  // Who goes away is not shown for ever.
  await eli.getByRole('button', { name: 'Cancel' }).click()
  await expectState(eli, 'lobby')
  await expect(waiting.getByRole('listitem')).toHaveCount(1)
  await waiting.getByRole('button', { name: 'Admit Dana' }).click()
  await expectState(dana, 'connected')
  // Let in once, a reload leads straight back.
  await dana.reload()
  await expectState(dana, 'connected')
})

test('a removed one stays out, and others by the same link are let in by a moderator', async ({
  open,
  parley,
}) => {
  const { room, ana, bruno } = await two(open, parley)
  await people(ana)
  // What is in a menu stays where it is while it is open, and the question outlasts the row that it came from.
  await bruno.click('#hand-btn')
  const inLine = ana.locator('[data-section="hands"]')
  await inLine.getByRole('button', { name: 'Actions for Bruno' }).click()
  const offered = await ana.getByRole('menuitem').allTextContents()
  expect(offered).toContain('Lower hand')
  await bruno.click('#mic-btn')
  await expect(tileOf(ana, 'Bruno')).toHaveAttribute('data-microphone', 'off')
  const after = await ana.getByRole('menuitem').allTextContents()
  expect(after.slice(0, offered.length)).toEqual(offered)
  expect(after).toContain('Ask to unmute')
  await ana.getByRole('menuitem', { name: 'Remove from the meeting' }).click()
  await bruno.click('#hand-btn')
  await expect(inLine).toBeHidden()
  await ana.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(bruno.getByRole('heading', { name: 'You were removed from the meeting' })).toBeVisible()
  await picture(bruno, 'removed')
  await bruno.reload()
  await bruno.fill('#participant-name-input', 'Somebody else')
  await bruno.click('#join-button')
  await expect(bruno.getByRole('heading', { name: 'You were removed from the meeting' })).toBeVisible()
  const second = await bruno.context().newPage()
  await second.goto(room.moderatorUrl)
  await second.click('#join-button')
  await expect(second.getByRole('heading', { name: 'You were removed from the meeting' })).toBeVisible()
  await knock(open, room.speakerUrl, 'Somebody')
  await expect(ana.locator('[data-section="waiting"]')).toContainText('Somebody')
})

test('who was on the way in when another was removed by the same link is not told to be removed', async ({
  open,
  parley,
}) => {
  const { room, ana } = await two(open, parley)
  const carla = await open(room.speakerUrl, WITHOUT_CAMERA)
  let release = () => {}
  const isRemoved = new Promise<void>((resolve) => (release = resolve))
  let hasToken = () => {}
  const token = new Promise<void>((resolve) => (hasToken = resolve))
  await carla.route('**/members/token', async (route) => {
    const response = await route.fetch()
    if (route.request().postDataJSON().joinMeeting === true && response.status() === 200) {
      hasToken()
      await isRemoved
    }
    await route.fulfill({ response })
  })
  await carla.fill('#participant-name-input', 'Carla')
  await carla.click('#join-button')
  await token
  await people(ana)
  await actOn(ana, 'Bruno', 'Remove from the meeting')
  await ana.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(tileOf(ana, 'Bruno')).toBeHidden()
  release()
  await expect(carla.getByText('Waiting to be let in')).toBeVisible()
  const waiting = ana.locator('[data-section="waiting"]')
  await expect(waiting).toContainText('Carla')
  await waiting.getByRole('button', { name: 'Admit Carla' }).click()
  await expectState(carla, 'connected')
})

test('a moderator mutes, asks, locks and unlocks, and it is seen on both sides', async ({ open, parley }) => {
  const { ana, bruno } = await two(open, parley)
  await people(ana)
  const seen = tileOf(ana, 'Bruno')
  await expect(seen).toHaveAttribute('data-microphone', 'on')
  await ana.locator('[data-section="in-call"]').getByRole('button', { name: 'Actions for Bruno' }).click()
  await picture(ana, 'moderator-menu')
  await ana.keyboard.press('Escape')
  await actOn(ana, 'Bruno', 'Mute')
  await expect(seen).toHaveAttribute('data-microphone', 'off')
  await expect(bruno.getByText('Ana muted you')).toBeVisible()

  await actOn(ana, 'Bruno', 'Ask to unmute')
  const question = bruno.getByRole('alertdialog', { name: 'Ana asks you to unmute' })
  await expect(question).toBeVisible()
  await expect(seen).toHaveAttribute('data-microphone', 'off')
  await picture(bruno, 'asked')
  await question.getByRole('button', { name: 'Unmute' }).click()
  await expect(seen).toHaveAttribute('data-microphone', 'on')
  await expect(question).toHaveCount(0)

  const lock = async (name: string) => {
    await ana.click('#meeting-menu-btn')
    await ana.getByRole('menuitemcheckbox', { name }).click()
  }
  await lock('Use the microphone')
  await lock('Write in the chat')
  const microphone = bruno.locator('#mic-btn')
  await expect(microphone).toHaveAccessibleName('Unmute microphone (Locked by a moderator)')
  await expect(seen).toHaveAttribute('data-microphone', 'off')
  await bruno.keyboard.press('Control+d')
  await bruno.click('#chat-panel-btn')
  await expect(bruno.getByText('A moderator has locked the chat.')).toBeVisible()
  await expect(bruno.locator('#chat-input')).toHaveCount(0)
  await ana.click('#meeting-menu-btn')
  await expect(ana.getByRole('menuitemcheckbox', { name: 'Use the microphone' })).not.toBeChecked()
  await picture(ana, 'locks')
  await ana.keyboard.press('Escape')
  await picture(bruno, 'locked')
  await expect(seen).toHaveAttribute('data-microphone', 'off')

  await lock('Use the microphone')
  await lock('Write in the chat')
  await expect(bruno.locator('#chat-input')).toBeVisible()
  await expect(microphone).toHaveAccessibleName('Unmute microphone')
  await microphone.click()
  await expect(seen).toHaveAttribute('data-microphone', 'on')
  await ana.click('#meeting-menu-btn')
  await ana.getByRole('menuitem', { name: 'Mute everybody' }).click()
  await expect(seen).toHaveAttribute('data-microphone', 'off')
  await expect(tileOf(ana, 'Ana (you)')).toHaveAttribute('data-microphone', 'on')
})

test('hands stand in their order on every screen, the spotlight is everybody’s, reactions are seen', async ({
  open,
  parley,
}) => {
  const { room, ana, bruno } = await two(open, parley)
  const chen = await enter(open, room.speakerUrl, 'Chen')
  await chen.click('#hand-btn')
  await expect(tileOf(bruno, 'Chen').locator('[data-hand="1"]')).toBeVisible()
  await bruno.keyboard.press('h')
  await expect(announced(ana)).toContainText('Bruno raised a hand')
  for (const page of [ana, bruno, chen]) {
    await expect(page.locator('article:has([data-hand="1"])')).toHaveAttribute('aria-label', /Chen/)
    await expect(page.locator('article:has([data-hand="2"])')).toHaveAttribute('aria-label', /Bruno/)
  }
  const panel = await people(ana)
  await expect(panel.locator('[data-section="hands"] li')).toHaveText([/1.*Chen/, /2.*Bruno/])

  await actOn(ana, 'Bruno', 'Put in the spotlight for all')
  for (const page of [ana, chen]) await expect(tileOf(page, 'Bruno')).toHaveAttribute('data-main', 'true')
  await expect(tileOf(bruno, 'Bruno (you)')).toHaveAttribute('data-main', 'true')
  await chen.click('#reaction-btn')
  await picture(chen, 'reaction-menu')
  await chen.getByRole('menuitem', { name: 'Applause' }).click()
  await expect(tileOf(ana, 'Chen').getByRole('img', { name: 'Applause' })).toBeVisible()
  await picture(ana, 'hands-spotlight')
  await picture(bruno, 'hands-spotlit-you')
  await expect(announced(ana)).toContainText('Chen: Applause')

  // Search narrows every section.
  await ana.fill('#people-search', 'CHE')
  await expect(panel.getByRole('listitem')).toHaveCount(2)
  await ana.fill('#people-search', 'nobody')
  await expect(panel.getByText('Nobody here is called “nobody”')).toBeVisible()
  await picture(ana, 'people-nobody')
  await ana.press('#people-search', 'Escape')
  await actOn(ana, 'Chen', 'Lower hand')
  for (const page of [ana, bruno, chen])
    await expect(page.locator('article:has([data-hand="1"])')).toHaveAttribute('aria-label', /Bruno/)
  await chen.click('#hand-btn')
  await expect(tileOf(ana, 'Chen').locator('[data-hand="2"]')).toBeVisible()
  await panel.getByRole('button', { name: 'Lower all' }).click()
  for (const page of [ana, bruno, chen]) await expect(page.locator('[data-hand]')).toHaveCount(0)
  await expect(chen.locator('#hand-btn')).toHaveAttribute('aria-pressed', 'false')
  await actOn(ana, 'Bruno', 'End the spotlight')
  await expect(tileOf(chen, 'Bruno')).toHaveAttribute('data-main', 'false')
})

test('what happens is told to screen readers; of a flood they hear a number, seldom', async ({
  open,
  parley,
}) => {
  const room = await makeRoom(parley)
  const ana = await enter(open, room.moderatorUrl, 'Ana')
  const bruno = await enter(open, room.speakerUrl, 'Bruno')
  const chen = await joinAsBot(parley, room, 'Chen')
  await expect(tileOf(bruno, 'Chen')).toBeVisible()
  await expect(announced(bruno)).toContainText('Chen joined')
  await chen.say('Hello')
  await expect(announced(bruno)).toHaveText(/Chen wrote: Hello/)

  const said = await announced(bruno).evaluateHandle((region) => {
    const heard: string[] = []
    new MutationObserver(() => heard.push(region.textContent)).observe(region, {
      childList: true,
      characterData: true,
      subtree: true,
    })
    return heard
  })
  const startedAt = Date.now()
  for (let i = 0; i < 24; i++) await chen.say(`message ${i}`)
  await expect(announced(bruno)).toHaveText(/\d+ new messages/)
  const heard = await said.jsonValue()
  // One announcement in two and a half seconds, and not one message of the flood by itself.
  expect(heard.length).toBeLessThanOrEqual(1 + (Date.now() - startedAt) / 2500)

  await people(ana)
  await actOn(ana, 'Bruno', 'Put in the spotlight for all')
  await expect(announced(bruno)).toContainText('You are in the spotlight')
  await actOn(ana, 'Bruno', 'Make moderator')
  // What is a notice for the eye is a live region of its own.
  const noticed = (text: string) => expect(bruno.getByRole('status').filter({ hasText: text })).toBeVisible()
  await noticed('You are a moderator now')
  await picture(bruno, 'promoted')
  await actOn(ana, 'Bruno', 'Take moderator role back')
  await noticed('You are no longer a moderator')
  await actOn(ana, 'Bruno', 'Mute')
  await noticed('Ana muted you')
  await expect(announced(bruno)).toContainText('Microphone off')
  await ana.click('#meeting-menu-btn')
  await ana.getByRole('menuitemcheckbox', { name: 'Write in the chat' }).click()
  await noticed('A moderator has locked the chat')
  await chen.leave()
  await expect(announced(bruno)).toContainText('Chen left')
})

test('keys do what the sheet says, and are letters while one writes', async ({ open, parley }) => {
  const { ana, bruno } = await two(open, parley)
  const seen = tileOf(bruno, 'Ana')
  await ana.keyboard.press('m')
  await expect(seen).toHaveAttribute('data-microphone', 'off')
  // Held it talks, let go it does not.
  await ana.keyboard.down(' ')
  await expect(seen).toHaveAttribute('data-microphone', 'on')
  await ana.keyboard.up(' ')
  await expect(seen).toHaveAttribute('data-microphone', 'off')
  await ana.keyboard.press('c')
  await expect(ana.locator('#chat-input')).toBeFocused()
  await ana.keyboard.type('cm h?')
  await expect(ana.locator('#chat-input')).toHaveValue('cm h?')
  await expect(seen).toHaveAttribute('data-microphone', 'off')
  await expect(ana.locator('[data-hand]')).toHaveCount(0)
  await ana.keyboard.press('Control+d')
  await expect(seen).toHaveAttribute('data-microphone', 'on')
  await ana.keyboard.press('Escape')
  await ana.keyboard.press('Shift+?')
  const sheet = ana.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await expect(sheet).toContainText('Admit all who wait')
  await picture(ana, 'shortcuts')
  await sheet.getByRole('checkbox', { name: 'Shortcuts of a single key' }).uncheck()
  await ana.keyboard.press('Escape')
  await expect(sheet).toHaveCount(0)
  await ana.keyboard.press('m')
  await ana.keyboard.press('p')
  await expect(ana.getByRole('complementary')).toHaveCount(0)
  await expect(seen).toHaveAttribute('data-microphone', 'on')
  await ana.keyboard.press('Control+d')
  await expect(seen).toHaveAttribute('data-microphone', 'off')
  // Push-to-talk and the rest are for who left them on.
  await bruno.keyboard.press('p')
  await expect(bruno.getByRole('complementary', { name: 'People' })).toBeVisible()
  await bruno.keyboard.press('Shift+?')
  await expect(bruno.getByRole('dialog')).not.toContainText('Admit all who wait')
})

test('a page believes nobody but the server, also where LiveKit names no sender', async ({
  open,
  parley,
}) => {
  const { room, ana, bruno } = await two(open, parley)
  // As another application that shares this LiveKit could.
  const { port, keys } = parse(await readFile(path.join(parley.dataDir, 'livekit/livekit.yaml'), 'utf8')) as {
    port: number
    keys: { parley: string }
  }
  const service = new RoomServiceClient(`http://127.0.0.1:${port}`, 'parley', keys.parley)
  const forge = (message: object, prefix: Uint8Array) =>
    service.sendData(
      room.roomId,
      Buffer.concat([prefix, Buffer.from(JSON.stringify(message))]),
      DataPacket_Kind.RELIABLE,
      { topic: 'parley' },
    )
  const forged = {
    type: 'chat.messages',
    messages: [{ id: 'x', number: 1, identity: 'ana', name: 'Ana', text: 'forged', sentAt: 1 }],
  }
  for (const prefix of [Buffer.alloc(0), Buffer.alloc(64, 1)]) {
    await forge(forged, prefix)
    await forge({ type: 'meeting.ended', by: 'Ana' }, prefix)
  }
  await bruno.click('#chat-panel-btn')
  await bruno.fill('#chat-input', 'genuine')
  await bruno.press('#chat-input', 'Enter')
  await ana.click('#chat-panel-btn')
  // It comes on the same way after the forged ones, so those have arrived by then.
  await expect(ana.locator('.chat-message')).toHaveText(['genuine'])
  await bruno.click('#leave-btn')
  await expectState(ana, 'connected')
})
