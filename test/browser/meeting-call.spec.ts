import type { Page } from '@playwright/test'
import { expect, type ServerProcess } from '../support/server.ts'
import {
  capturesOf,
  expectAccessible,
  expectMoving,
  expectSound,
  expectState,
  join,
  joinAsBot,
  makeRoom,
  picture,
  remoteTile,
  test,
  tileOf,
  WITHOUT_CAMERA,
  type Open,
} from './meeting-pages.ts'

/** Ana moderates; what is not about pictures goes without cameras. */
const two = async (open: Open, parley: ServerProcess, options = {}) => {
  const room = await makeRoom(parley)
  const ana = await open(room.moderatorUrl, options)
  await join(ana, 'Ana')
  const bruno = await open(room.speakerUrl, options)
  await join(bruno, 'Bruno')
  await expect(remoteTile(ana)).toBeVisible()
  return { room, ana, bruno }
}

const openPanel = async (page: Page, panel: 'chat' | 'participants') => {
  await page.click(`#${panel}-panel-btn`)
  await expect(page.getByRole('complementary')).toBeVisible()
}

const say = async (page: Page, text: string) => {
  await page.fill('#chat-input', text)
  await page.press('#chat-input', 'Enter')
  await expect(page.locator('#chat-input')).toHaveValue('')
}

test('two people see and hear each other with the tracks of their previews', async ({ open, parley }) => {
  const { ana, bruno } = await two(open, parley)
  await expectMoving(ana, remoteTile(ana))
  await expectMoving(bruno, remoteTile(bruno))
  await expectSound(ana)
  await expectSound(bruno)
  // Nothing was captured a second time: what the lobby showed is what was published.
  expect(await capturesOf(ana)).toHaveLength(1)
  expect(await capturesOf(bruno)).toHaveLength(1)
  const timings = await bruno.evaluate(() => window.__parleyTimings ?? {})
  expect(Object.keys(timings).sort()).toEqual([
    'parley:connected',
    'parley:first-remote-frame',
    'parley:join-click',
    'parley:lobby-alive',
  ])
  await picture(ana, 'two')
})

test('mute and camera, by button and by key, are what the other sees', async ({ open, parley }) => {
  const { ana, bruno } = await two(open, parley)
  const seen = tileOf(bruno, 'Ana')
  await ana.click('#mic-btn')
  await expect(seen).toHaveAttribute('data-microphone', 'off')
  await expect(seen.getByRole('img', { name: 'Microphone off' })).toBeVisible()
  await ana.keyboard.press('Control+d')
  await expect(seen).toHaveAttribute('data-microphone', 'on')
  await ana.keyboard.press('Control+e')
  await expect(seen).toHaveAttribute('data-camera', 'off')
  await expect(seen.locator('video')).toHaveCount(0)
  await ana.click('#camera-btn')
  await expectMoving(bruno, seen)
})

test('a shared screen takes the stage with its sound, and a bar stops it', async ({ open, parley }) => {
  const { ana, bruno } = await two(open, parley)
  await bruno.click('#screenshare-btn')
  const screen = tileOf(ana, 'Screen of Bruno')
  await expect(screen).toHaveAttribute('data-main', 'true')
  await expectMoving(ana, screen)
  await expect(ana.locator('audio')).toHaveCount(2)
  await expectAccessible(ana, 'a shared screen')
  await picture(ana, 'share')
  await expect(bruno.getByText('You are sharing your screen')).toBeVisible()
  await bruno.getByRole('button', { name: 'Stop sharing' }).last().click()
  await expect(screen).toHaveCount(0)
  await expect(bruno.getByText('You are sharing your screen')).toHaveCount(0)
})

test('chat reaches everybody, late comers included, and stays text', async ({ open, parley }) => {
  const { room, ana, bruno } = await two(open, parley, WITHOUT_CAMERA)
  await openPanel(ana, 'chat')
  await expect(ana.locator('#chat-input')).toBeFocused()
  await say(ana, '<img src=x onerror="document.title=1"> see https://example.com/a?b=1.')
  await expect(bruno.getByRole('button', { name: 'Chat, 1 new message' })).toBeVisible()
  await openPanel(bruno, 'chat')
  const message = bruno.locator('.chat-message')
  await expect(message).toContainText('<img src=x onerror="document.title=1">')
  await expect(bruno.locator('.chat-message img')).toHaveCount(0)
  await expect(message.getByRole('link')).toHaveAttribute('href', 'https://example.com/a?b=1')
  await expect(message.getByRole('link')).toHaveAttribute('rel', /noopener/)

  const chen = await open(room.speakerUrl, WITHOUT_CAMERA)
  await join(chen, 'Chen')
  await openPanel(chen, 'chat')
  await expect(chen.locator('.chat-message')).toHaveCount(1)
  await picture(chen, 'chat')

  await chen.keyboard.press('Escape')
  await expect(chen.locator('#chat-panel-btn')).toBeFocused()
})

test('what a participant sends under the server’s name is not believed', async ({ open, parley }) => {
  const { room, ana } = await two(open, parley, WITHOUT_CAMERA)
  const forger = await joinAsBot(parley, room, 'Mallory')
  await expect(tileOf(ana, 'Mallory')).toBeVisible()
  await openPanel(ana, 'chat')
  const forge = (body: object) =>
    forger.room.localParticipant?.publishData(new TextEncoder().encode(JSON.stringify(body)), {
      reliable: true,
      topic: 'parley',
    })
  await forge({
    type: 'chat.message',
    message: { id: 'x', identity: 'ana', name: 'Ana', text: 'forged', sentAt: 1 },
  })
  await forge({ type: 'meeting.ended', by: 'Ana' })
  // A message that is allowed comes after the forged ones on the same way, so those have arrived by then.
  await say(ana, 'genuine')
  await expect(ana.locator('.chat-message')).toHaveText(['genuine'])
  await forger.leave()
  await expectState(ana, 'connected')
})

test('a moderator promotes, and the promoted one can remove', async ({ open, parley }) => {
  const { room, ana, bruno } = await two(open, parley, WITHOUT_CAMERA)
  const chen = await open(room.speakerUrl, WITHOUT_CAMERA)
  await join(chen, 'Chen')
  await openPanel(bruno, 'participants')
  await bruno.getByRole('button', { name: 'Actions for Chen' }).click()
  await expect(bruno.getByRole('menuitem')).toHaveText(['Pin'])
  await bruno.keyboard.press('Escape')

  await openPanel(ana, 'participants')
  await ana.getByRole('button', { name: 'Actions for Bruno' }).click()
  await ana.getByRole('menuitem', { name: 'Make moderator' }).click()
  await expect(ana.getByRole('listitem').filter({ hasText: 'Bruno' })).toHaveAttribute(
    'data-badge',
    'moderator',
  )
  await expect(bruno.getByRole('listitem').filter({ hasText: 'Bruno (you)' })).toContainText('Moderator')

  await bruno.getByRole('button', { name: 'Actions for Chen' }).click()
  await bruno.getByRole('menuitem', { name: 'Remove from the meeting' }).click()
  await picture(bruno, 'kick')
  await bruno.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(chen.getByRole('heading', { name: 'You were removed from the meeting' })).toBeVisible()
  await expect(tileOf(ana, 'Chen')).toHaveCount(0)
  await picture(chen, 'end-kicked')
})

test('leaving stops the camera and leads back in with one click', async ({ open, parley }) => {
  const { ana, bruno } = await two(open, parley)
  await bruno.click('#leave-btn')
  await expect(bruno.getByRole('heading', { name: 'You left the meeting' })).toBeFocused()
  await expect(remoteTile(ana)).toHaveCount(0)
  await bruno.getByRole('button', { name: 'Rejoin' }).click()
  await expectState(bruno, 'connected')
  await expectMoving(ana, remoteTile(ana))
})

test('a moderator ends the meeting for everybody', async ({ open, parley }) => {
  const { ana, bruno } = await two(open, parley, WITHOUT_CAMERA)
  await expect(bruno.getByRole('button', { name: 'Leave or end the meeting' })).toHaveCount(0)
  await ana.getByRole('button', { name: 'Leave or end the meeting' }).click()
  await ana.getByRole('menuitem', { name: 'End for everybody' }).click()
  await ana.getByRole('dialog').getByRole('button', { name: 'End for everybody' }).click()
  await expect(ana.getByRole('heading', { name: 'You ended the meeting' })).toBeVisible()
  await expect(bruno.getByRole('heading', { name: 'The meeting has ended' })).toBeVisible()
  await expect(bruno.getByText('Ana ended it for everybody.')).toBeVisible()
  await picture(bruno, 'ended')
})

test('the first one in gets the link for others, a guest does not', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const ana = await open(room.moderatorUrl, WITHOUT_CAMERA)
  await join(ana, 'Ana')
  await expect(ana.getByRole('textbox', { name: 'Invitation link' })).toHaveValue(room.speakerUrl)
  await picture(ana, 'alone')
  await ana.click('#leave-btn')
  const guest = await open(room.speakerUrl, WITHOUT_CAMERA)
  await join(guest, 'Bruno')
  await expect(guest.getByRole('heading', { name: 'You are the only one here' })).toBeVisible()
  await expect(guest.getByRole('textbox', { name: 'Invitation link' })).toHaveCount(0)
})

test('comings and goings are told to screen readers', async ({ open, parley }) => {
  const { ana, bruno } = await two(open, parley, WITHOUT_CAMERA)
  await expect(ana.getByTestId('announcer')).toContainText('Bruno joined')
  await bruno.click('#leave-btn')
  await expect(ana.getByTestId('announcer')).toContainText('Bruno left')
})
