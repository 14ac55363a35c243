import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { encode } from 'uqr'
import { expect, test, type ServerProcess } from '../support/server.ts'
import { signIn, watchFaults } from './console-session.ts'

interface Room {
  roomId: string
  roomName: string
  moderatorUrl: string
  speakerUrl: string
}

test.beforeEach(async ({ page, parley }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await signIn(page, parley)
})

const makeRoom = (parley: ServerProcess, roomName: string, rest: object = {}) =>
  parley.call<Room>('POST /api/v1/rooms', { roomName, ...rest })

const whole = (parley: ServerProcess, room: Room) =>
  parley.call<{
    status: string
    access: { anonymous: Record<string, { enabled: boolean; url: string }>; user: { enabled: boolean } }
    config: Record<string, { enabled: boolean; layout?: string }>
    roles: Record<string, { permissions: Record<string, boolean> }>
  }>(`GET /api/v1/rooms/${room.roomId}?extraFields=config,roles`)

/** Goes to a part of a room's page by its tab, as a person does. */
async function visit(page: Page, parley: ServerProcess, room: Room, tab: string): Promise<void> {
  await page.goto(`${parley.url}/rooms/${room.roomId}`)
  await page.getByRole('tab', { name: tab }).click()
  await expect(page.getByRole('tabpanel', { name: tab })).toBeVisible()
}

async function join(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Join', exact: true }).click()
  await expect(page.getByRole('button', { name: /Leave/ }).first()).toBeVisible()
}

async function serious(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

test('a link is copied, shown as a QR code, switched off and on, and replaced', async ({ page, parley }) => {
  const faults = watchFaults(page)
  const room = await makeRoom(parley, 'Linked')
  await page.goto(`${parley.url}/rooms/${room.roomId}`)
  await page.getByRole('button', { name: 'Copy speaker link' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(room.speakerUrl)

  await page.getByRole('button', { name: 'QR code of the speaker link' }).click()
  const image = page.getByRole('img', { name: `QR code that leads to ${room.speakerUrl}` })
  const { data } = encode(room.speakerUrl, { ecc: 'M', border: 4 })
  const dark = data.flat().filter(Boolean).length
  expect((await image.locator('path').getAttribute('d'))?.match(/M/g)).toHaveLength(dark)
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download as SVG' }).click()
  expect((await download).suggestedFilename()).toBe('Linked.svg')
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('button', { name: 'QR code of the speaker link' })).toBeFocused()

  const speaker = page.getByRole('switch', { name: 'Speaker link' })
  await speaker.click()
  await expect(page.getByText('Speaker link switched off')).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Speaker link' })).toHaveCount(0)
  expect((await whole(parley, room)).access.anonymous.speaker?.enabled).toBe(false)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(speaker).toBeChecked()
  await expect.poll(async () => (await whole(parley, room)).access.anonymous.speaker?.enabled).toBe(true)

  await page.getByRole('button', { name: 'Replace the speaker link' }).click()
  const dialog = page.getByRole('dialog', { name: 'Replace the speaker link?' })
  await expect(dialog).toContainText('The old one stops working')
  await dialog.getByRole('button', { name: 'Replace link' }).click()
  await expect(page.getByText('Speaker link replaced')).toBeVisible()
  const fresh = await page.getByRole('textbox', { name: 'Speaker link' }).inputValue()
  expect(fresh).not.toBe(room.speakerUrl)
  expect((await whole(parley, room)).access.anonymous.speaker?.url).toBe(fresh)

  await page.getByRole('switch', { name: 'Your organization' }).click()
  await expect(page.getByRole('textbox', { name: 'Your organization' })).toHaveValue(
    `${parley.url}/room/${room.roomId}`,
  )
  expect(faults).toEqual([])
})

test('permissions are switched one by one, and a sentence says what they come to', async ({
  page,
  parley,
}) => {
  const room = await makeRoom(parley, 'Allowed')
  await visit(page, parley, room, 'Permissions')
  await expect(page.getByText('Moderators can do everything.')).toBeVisible()
  await expect(page.getByText(/^Speakers can join, speak, .* Speakers cannot .*record, or/)).toBeVisible()
  // In quick succession: none undoes another.
  await page.getByRole('switch', { name: 'Speaker: Start and stop recordings' }).click()
  await page.getByRole('switch', { name: 'Speaker: Write in the chat' }).click()
  await page.getByRole('switch', { name: 'Moderator: End the meeting for everyone' }).click()
  await expect(page.getByText('Moderators cannot end the meeting for everyone.')).toBeVisible()
  await expect(page.getByText(/^Speakers can .*read the chat, record,/)).toBeVisible()
  await expect(page.getByRole('status').filter({ hasText: 'Saved' })).toBeVisible()
  await expect
    .poll(async () => (await whole(parley, room)).roles)
    .toMatchObject({
      speaker: { permissions: { recordingControl: true, chatWrite: false } },
      moderator: { permissions: { meetingEnd: false } },
    })
  await page.reload()
  await expect(page.getByRole('switch', { name: 'Speaker: Start and stop recordings' })).toBeChecked()
  await expect(
    page.getByRole('switch', { name: 'Moderator: End the meeting for everyone' }),
  ).not.toBeChecked()

  // Refused because a meeting began: what was there before comes back.
  await page.route('**/roles', (route) =>
    route.fulfill({ status: 409, json: { error: 'Room Error', message: 'has an active meeting' } }),
  )
  const share = page.getByRole('switch', { name: 'Speaker: Share the screen' })
  await share.click()
  await expect(page.getByText('Not changed: a meeting has started in this room.')).toBeVisible()
  await expect(share).toBeChecked()
})

test('features and settings are saved as they are changed', async ({ page, parley }) => {
  const room = await makeRoom(parley, 'Set')
  const settings = () => parley.call(`GET /api/v1/rooms/${room.roomId}/settings`)
  await visit(page, parley, room, 'Settings')
  await page.getByLabel('Layout of recordings').selectOption('speaker')
  await page.getByRole('switch', { name: 'Captions' }).click()
  await expect
    .poll(async () => (await whole(parley, room)).config)
    .toMatchObject({
      recording: { enabled: true, layout: 'speaker' },
      captions: { enabled: false },
    })

  await page.getByRole('switch', { name: 'End-to-end encryption' }).click()
  await expect(
    page.getByText('Recording does not go with end-to-end encryption and was turned off'),
  ).toBeVisible()
  const recording = page.getByRole('switch', { name: 'Recording', exact: true })
  await expect(recording).toBeDisabled()
  await expect(recording).not.toBeChecked()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(recording).toBeChecked()
  await expect
    .poll(async () => (await whole(parley, room)).config)
    .toMatchObject({
      recording: { enabled: true, layout: 'speaker' },
      e2ee: { enabled: false },
    })

  await page.getByLabel('Waiting room').selectOption('everyone')
  await page.getByLabel('Chat messages').selectOption('keep')
  await page.getByRole('switch', { name: 'Attachments in the chat' }).click()
  await page.getByLabel('Camera').click()
  await page.getByLabel('Most people at once').fill('0')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Enter a whole number from 1 to 1000')).toBeVisible()
  await page.getByLabel('Most people at once').fill('25')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByText('Limit saved')).toBeVisible()
  await expect.poll(settings).toMatchObject({
    waitingRoom: 'everyone',
    chatHistory: 'keep',
    attachments: false,
    maxParticipants: 25,
    locks: { audio: false, video: true, screen: false, chat: false },
  })

  // A server that fails: the switch goes back and the page says so.
  await page.route(`**/rooms/${room.roomId}/settings`, (route) =>
    route.request().method() === 'PUT' ? route.fulfill({ status: 500, json: {} }) : route.continue(),
  )
  const attachments = page.getByRole('switch', { name: 'Attachments in the chat' })
  await attachments.click()
  await expect(page.getByText('The server answered 500')).toBeVisible()
  await expect(attachments).not.toBeChecked()
})

test('a date of deletion is shown, since it cannot be changed', async ({ page, parley }) => {
  const room = await makeRoom(parley, 'Dated', {
    autoDeletionDate: Date.now() + 86_400_000,
    autoDeletionPolicy: { withMeeting: 'force', withRecordings: 'close' },
  })
  await page.goto(`${parley.url}/rooms/${room.roomId}`)
  await expect(
    page.getByText('With a running meeting: ends it. With recordings: keeps them and closes the room.'),
  ).toBeVisible()
})

test('a guest and a user become members, are edited and removed', async ({ page, parley, browser }) => {
  const room = await makeRoom(parley, 'Together')
  await visit(page, parley, room, 'Members')
  await expect(page.getByRole('heading', { name: 'No members yet' })).toBeVisible()
  await page.getByRole('button', { name: 'Add member' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Add member' }).click()
  await expect(dialog.getByText('Enter a name of 1 to 50 characters.')).toBeVisible()
  await expect(dialog.getByLabel('Name of the guest')).toBeFocused()
  await dialog.getByLabel('Name of the guest').fill('Grace')
  await dialog.getByText('Permissions of their own').click()
  await dialog.getByRole('switch', { name: 'Start and stop recordings' }).click()
  await expect(dialog.getByText(/^This member can .*record/)).toBeVisible()
  await dialog.getByRole('button', { name: 'Add member' }).click()
  const link = await page.getByRole('textbox', { name: 'Link of Grace' }).inputValue()
  expect(link).toContain(`/room/${room.roomId}?secret=guest-`)
  await page.getByRole('button', { name: 'Done' }).click()
  const row = page.getByRole('row', { name: /Grace/ })
  await expect(row).toContainText('1 permission of their own')

  await page.getByRole('button', { name: 'More actions for Grace' }).click()
  await page.getByRole('menuitem', { name: 'Copy their link' }).click()
  await expect(page.getByText('Link of Grace copied')).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link)
  const guest = await (await browser.newContext({ permissions: ['camera', 'microphone'] })).newPage()
  await guest.goto(link)
  await guest.getByRole('button', { name: 'Join', exact: true }).click()
  await expect(guest.getByRole('button', { name: /Leave/ }).first()).toBeVisible()

  await page.getByRole('button', { name: 'More actions for Grace' }).click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  await page.getByRole('dialog').getByLabel('Role').selectOption('moderator')
  await page.getByRole('dialog').getByText('Permissions of their own').click()
  await page.getByRole('dialog').getByRole('button', { name: 'As the role' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Grace saved')).toBeVisible()
  await expect(row).toContainText('Moderator')
  await expect(row).not.toContainText('of their own')

  await page.getByRole('button', { name: 'Add member' }).click()
  await page.getByRole('dialog').getByLabel('A user of this server').check()
  await page.getByLabel('Username').fill('nobody_here')
  await page.getByRole('dialog').getByRole('button', { name: 'Add member' }).click()
  await expect(page.getByText("User 'nobody_here' not found")).toBeVisible()
  await expect(page.getByLabel('Username')).toBeFocused()
  await page.getByLabel('Username').fill('admin')
  await page.getByRole('dialog').getByRole('button', { name: 'Add member' }).click()
  await expect(page.getByText(/owners and admins have every right/)).toBeVisible()
  await page.keyboard.press('Escape')

  await page.getByLabel('Search members').fill('nobody')
  await expect(page.getByRole('heading', { name: 'No member matches' })).toBeVisible()
  await page.getByLabel('Search members').fill('gra')
  await page.getByRole('button', { name: 'More actions for Grace' }).click()
  await page.getByRole('menuitem', { name: 'Remove' }).click()
  await page.getByRole('dialog', { name: 'Remove Grace?' }).getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByText('Grace removed')).toBeVisible()
  await expect(guest.getByText(/removed/i).first()).toBeVisible()
  await guest.context().close()
})

test('during a meeting features, permissions and links wait, settings work, and the meeting is listed', async ({
  page,
  parley,
  browser,
}) => {
  const room = await makeRoom(parley, 'Busy')
  await page.goto(`${parley.url}/rooms/${room.roomId}`)
  await expect(page.getByRole('switch', { name: 'Speaker link' })).toBeEnabled()
  const guest = await (await browser.newContext({ permissions: ['camera', 'microphone'] })).newPage()
  await join(guest, room.moderatorUrl, 'Grace')
  // Told live, not asked for.
  await expect(page.getByText('Live meeting')).toBeVisible({ timeout: 4000 })
  await expect(page.getByText('A meeting is running')).toBeVisible()
  await expect(page.getByRole('switch', { name: 'Speaker link' })).toBeDisabled()
  await page.getByRole('tab', { name: 'Permissions' }).click()
  await expect(page.getByRole('switch', { name: 'Speaker: Share the screen' })).toBeDisabled()
  await page.getByRole('tab', { name: 'Settings' }).click()
  await expect(page.getByRole('switch', { name: 'Captions' })).toBeDisabled()
  await expect(page.getByText('Features can be changed when it has ended.')).toBeVisible()
  await page.getByLabel('Microphone').click()
  await expect
    .poll(() => parley.call(`GET /api/v1/rooms/${room.roomId}/settings`))
    .toMatchObject({ locks: { audio: true } })

  await page.getByRole('tab', { name: 'Meetings' }).click()
  const meeting = page.getByRole('listitem').filter({ hasText: 'Live now' })
  await expect(meeting).toContainText('1 person')
  await meeting.locator('summary').click()
  await expect(page.getByRole('row', { name: /^Grace .* Is here/ })).toBeVisible()

  await page.getByRole('button', { name: 'Close room' }).click()
  await expect(page.getByText('The room will close when its meeting ends')).toBeVisible()
  await expect(page.getByText('Will be closed when the meeting ends')).toBeVisible()
  await guest.getByRole('button', { name: /Leave/ }).first().click()
  await guest.context().close()
  // The room waits for the last person to come back before the meeting is over.
  await expect(page.getByText('This room is closed')).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole('row', { name: /^Grace/ })).not.toContainText('Is here')
  await page.getByRole('button', { name: 'Reopen room' }).click()
  await expect(page.getByRole('button', { name: 'Close room' })).toBeVisible()
  expect((await whole(parley, room)).status).toBe('open')
})

test('who may not change the room can look at it', async ({ page, parley }) => {
  const room = await makeRoom(parley, 'Looked at')
  await page.route('**/internal-api/v1/session', async (route) => {
    const answer = await route.fetch()
    const session = await answer.json()
    await route.fulfill({
      response: answer,
      json: { ...session, role: 'member', user: { ...session.user, username: 'somebody' } },
    })
  })
  await page.goto(`${parley.url}/rooms/${room.roomId}`)
  await expect(page.getByText('You can look at this room.')).toBeVisible()
  await expect(page.getByRole('switch')).toHaveCount(0)
  await expect(page.getByRole('tab', { name: 'Members' })).toHaveCount(0)
  await page.getByRole('tab', { name: 'Permissions' }).click()
  await expect(page.getByRole('switch', { name: 'Speaker: Share the screen' })).toBeDisabled()
  await page.getByRole('tab', { name: 'Settings' }).click()
  await expect(page.getByRole('button', { name: 'Delete room' })).toHaveCount(0)

  await page.route(`**/api/v1/rooms/${room.roomId}?*`, (route) =>
    route.fulfill({ status: 403, json: { error: 'Authorization Error', message: 'No' } }),
  )
  await page.reload()
  await expect(page.getByRole('heading', { name: 'You may not see this' })).toBeVisible()
})

test('faults of a part are told in its place, and a room that goes says so', async ({ page, parley }) => {
  const room = await makeRoom(parley, 'Failing')
  await page.route(`**/rooms/${room.roomId}/meetings*`, (route) => route.fulfill({ status: 400, json: {} }))
  await page.route(`**/rooms/${room.roomId}/members*`, (route) => route.fulfill({ status: 403, json: {} }))
  await page.route(`**/rooms/${room.roomId}/settings`, (route) => route.fulfill({ status: 400, json: {} }))
  await visit(page, parley, room, 'Meetings')
  await expect(page.getByRole('heading', { name: 'This could not be loaded' })).toBeVisible()
  await page.getByRole('tab', { name: 'Members' }).click()
  await expect(page.getByRole('heading', { name: 'You may not see this' })).toBeVisible()
  await page.getByRole('tab', { name: 'Settings' }).click()
  await expect(page.getByRole('heading', { name: 'This could not be loaded' })).toBeVisible()
  expect(await serious(page)).toEqual([])
  await page.unroute(`**/rooms/${room.roomId}/settings`)
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByLabel('Waiting room')).toBeVisible()

  await parley.call(`DELETE /api/v1/rooms/${room.roomId}`)
  await expect(page.getByRole('heading', { name: 'This room does not exist' })).toBeVisible({ timeout: 6000 })
})

test('tabs are in the address and work by keyboard', async ({ page, parley }) => {
  const room = await makeRoom(parley, 'Tabbed')
  await page.goto(`${parley.url}/rooms/${room.roomId}?section=members`)
  const tab = (name: string) => page.getByRole('tab', { name })
  await expect(tab('Members')).toHaveAttribute('aria-selected', 'true')
  await tab('Members').focus()
  await page.keyboard.press('ArrowLeft')
  await expect(tab('Permissions')).toBeFocused()
  await expect(page).toHaveURL(/section=permissions/)
  const join = page.getByRole('switch', { name: 'Moderator: Join the meeting' })
  await expect(join).toBeChecked()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await expect(join).not.toBeChecked()
  await expect(join).toBeFocused()
})

for (const look of [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  { name: '320 px', colorScheme: 'light', viewport: { width: 320, height: 640 } },
] as const) {
  test.describe(look.name, () => {
    test.use({ colorScheme: look.colorScheme, viewport: look.viewport })

    test(`every part of a room passes axe and fits (${look.name})`, async ({ page, parley }) => {
      test.slow()
      await page.emulateMedia({ reducedMotion: 'reduce' })
      const faults = watchFaults(page)
      const room = await makeRoom(parley, 'A_room_with_a_name_that_has_no_place_to_break')
      await parley.call(`POST /api/v1/rooms/${room.roomId}/members`, {
        name: 'Anybody_with_a_name_that_has_no_place_to_break',
        baseRole: 'speaker',
        customPermissions: { recordingControl: true },
      })
      const check = async (state: string) => {
        await expect(page.locator('[class*=skeleton]')).toHaveCount(0)
        expect(await serious(page), state).toEqual([])
        const excess = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        expect(excess, state).toBe(0)
      }
      for (const section of ['links', 'settings', 'permissions', 'members', 'meetings']) {
        await page.goto(`${parley.url}/rooms/${room.roomId}?section=${section}`)
        await expect(page.getByRole('tabpanel')).toBeVisible()
        await check(section)
      }
      await page.goto(`${parley.url}/rooms/${room.roomId}`)
      await page.getByRole('button', { name: 'QR code of the moderator link' }).click()
      await check('QR code')
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Replace the moderator link' }).click()
      await check('replace')
      await page.keyboard.press('Escape')
      await page.getByRole('tab', { name: 'Members' }).click()
      await page.getByRole('button', { name: 'More actions for Anybody' }).click()
      await page.getByRole('menuitem', { name: 'Edit' }).click()
      await page.getByText('Permissions of their own', { exact: true }).click()
      await check('edit member')
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Add member' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Add member' }).click()
      await check('add member')
      await page.goto(`${parley.url}/rooms`)
      await page.getByRole('button', { name: 'More options' }).click()
      await page.getByRole('switch', { name: 'Delete this room on a date' }).click()
      await page.getByLabel('Name of the new room').fill('x')
      await page.keyboard.press('Enter')
      await check('options of a new room')
      await page.getByLabel('Select all rooms').check()
      await check('rooms selected')
      expect(faults).toEqual([])
    })
  })
}
