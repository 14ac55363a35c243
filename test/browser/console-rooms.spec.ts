import type { Page } from '@playwright/test'
import { ADMIN, expect, startServer, test } from '../support/server.ts'
import { signIn } from './console-session.ts'

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

/** Goes in by a link, past the lobby. */
async function join(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Join', exact: true }).click()
  await expect(page.getByRole('button', { name: /Leave/ }).first()).toBeVisible()
}

test('a name and Enter make a room whose links work', async ({ page, parley, browser }) => {
  await page.goto(`${parley.url}/rooms`)
  await page.getByLabel('Name of the new room').fill('Made by hand')
  await page.keyboard.press('Enter')
  const row = page.getByRole('row', { name: /Made by hand/ })
  await expect(row).toContainText('Open')
  await expect(page.getByLabel('Name of the new room')).toBeFocused()
  await expect(page.getByLabel('Name of the new room')).toHaveValue('')

  const { rooms } = await parley.call<{ rooms: Room[] }>('GET /api/v1/rooms?roomName=Made%20by%20hand')
  expect(rooms).toHaveLength(1)

  await row.getByRole('button', { name: 'More actions for Made by hand' }).click()
  await page.getByRole('menuitem', { name: 'Copy speaker link' }).click()
  await expect(page.getByText('Speaker link copied')).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(rooms[0]?.speakerUrl)

  await page.getByRole('link', { name: 'Made by hand', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Made by hand' })).toBeFocused()
  await expect(page.getByRole('textbox', { name: 'Moderator link' })).toHaveValue(
    rooms[0]?.moderatorUrl ?? '',
  )
  await page.getByRole('button', { name: 'Copy meeting code' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^[a-z]{3}-[a-z]{3}-[a-z]{3}$/)

  const guest = await (await browser.newContext()).newPage()
  await guest.goto(rooms[0]?.speakerUrl ?? '')
  await expect(guest.getByText('Made by hand').first()).toBeVisible()
  await guest.context().close()
})

test('New meeting goes straight into a new room, and the overview counts who is in it', async ({
  page,
  parley,
}) => {
  await page.goto(`${parley.url}/overview`)
  await page.getByRole('button', { name: 'New meeting' }).click()
  await expect(page).toHaveURL(/\/room\/meeting_/)
  await join(page, page.url(), 'Ada')

  const overview = await page.context().newPage()
  await overview.goto(`${parley.url}/overview`)
  const live = overview.getByRole('region', { name: 'Live now' })
  await expect(live.getByRole('row', { name: /^Meeting .* 1 person$/ })).toBeVisible()
})

test('the list can be searched, filtered, ordered and read to its end', async ({ page }) => {
  // So many rooms in one minute are over the limit that holds elsewhere.
  const parley = await startServer({
    ADMIN_USERNAME: ADMIN.username,
    ADMIN_PASSWORD: ADMIN.password,
    RATE_LIMITS: 'off',
  })
  await signIn(page, parley)
  for (let i = 0; i < 55; i += 1)
    await parley.call('POST /api/v1/rooms', { roomName: `Many ${String(i).padStart(2, '0')}` })
  await page.goto(`${parley.url}/rooms`)
  const names = page.getByRole('link', { name: /^Many \d\d$/ })
  await expect(names).toHaveCount(50)
  // Who asks for more while what they search for is on its way gets more of that.
  const more = page.getByRole('button', { name: 'Load more rooms' })
  await page.route(
    /roomName=mAnY/,
    async (route) => {
      await more.click()
      await route.continue()
    },
    { times: 1 },
  )
  await page.getByLabel('Search rooms').fill('mAnY')
  await expect(page).toHaveURL(/q=mAnY/)
  await expect(names).toHaveCount(55)
  await expect(names.first()).toHaveText('Many 54')

  await page.getByLabel('Sort by').selectOption('Name Z to A')
  await expect(names).toHaveCount(50)
  // A room made elsewhere has the list read anew while the next page is on its way.
  await page.route(
    /nextPageToken/,
    async (route) => {
      await parley.call('POST /api/v1/rooms', { roomName: 'Many 55' })
      await expect(names.first()).toHaveText('Many 55')
      await route.continue().catch(() => undefined)
    },
    { times: 1 },
  )
  await more.click()
  await expect(names).toHaveCount(56)

  await page.getByLabel('Sort by').selectOption('Name A to Z')
  await expect(names.first()).toHaveText('Many 00')
  await page.reload()
  await expect(page.getByLabel('Search rooms')).toHaveValue('mAnY')
  await expect(names.first()).toHaveText('Many 00')

  await page.getByRole('combobox', { name: 'Status' }).selectOption('Closed')
  await expect(page.getByRole('heading', { name: 'No room matches' })).toBeVisible()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect(page.getByLabel('Search rooms')).toHaveValue('')
  await expect(page.getByRole('table', { name: 'Rooms' })).toBeVisible()
  await parley.stop()
})

test('several rooms are deleted at once; one with a meeting waits or is ended', async ({
  page,
  parley,
  browser,
}) => {
  const [idle, busy] = [
    await parley.call<Room>('POST /api/v1/rooms', { roomName: 'Gone idle' }),
    await parley.call<Room>('POST /api/v1/rooms', { roomName: 'Gone busy' }),
  ]
  const guest = await (await browser.newContext({ permissions: ['camera', 'microphone'] })).newPage()
  await join(guest, busy.moderatorUrl, 'Grace')

  await page.goto(`${parley.url}/rooms?q=Gone`)
  await expect(page.getByRole('row', { name: /Gone busy/ })).toContainText('Live meeting')
  await page.getByLabel('Select all rooms').check()
  await expect(page.getByText('2 rooms selected')).toBeVisible()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete 2 rooms?' })
  await expect(dialog.getByLabel('Delete when the meeting ends')).toBeChecked()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByText('1 room deleted · 1 room goes when its meeting ends')).toBeVisible()
  await expect(page.getByRole('row', { name: /Gone idle/ })).toHaveCount(0)
  await expect(page.getByRole('row', { name: /Gone busy/ })).toContainText(
    'Will be deleted when the meeting ends',
  )
  await expect(parley.call(`GET /api/v1/rooms/${idle.roomId}`)).rejects.toThrow('404')

  await page.getByRole('button', { name: 'More actions for Gone busy' }).click()
  await page.getByRole('menuitem', { name: 'Delete room' }).click()
  await page.getByLabel('End the meeting now and delete').check()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByRole('heading', { name: 'No room matches' })).toBeVisible()
  await expect(guest.getByText('The meeting has ended')).toBeVisible()
  await guest.context().close()
})

test('a meeting that started after the list was read is asked about', async ({ page, parley, browser }) => {
  const room = await parley.call<Room>('POST /api/v1/rooms', { roomName: 'Just started' })
  await page.goto(`${parley.url}/rooms/${room.roomId}?section=settings`)
  await page.getByRole('button', { name: 'Delete room' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete “Just started”?' })
  await expect(dialog).toBeVisible()

  const guest = await (await browser.newContext({ permissions: ['camera', 'microphone'] })).newPage()
  await join(guest, room.moderatorUrl, 'Grace')
  await expect(async () => {
    const { status } = await parley.call<{ status: string }>(`GET /api/v1/rooms/${room.roomId}`)
    expect(status).toBe('active_meeting')
  }).toPass()

  await dialog.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByLabel('End the meeting now and delete').check()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await expect(page).toHaveURL(`${parley.url}/rooms`)
  await guest.context().close()
})

test('Live and Test show different rooms', async ({ page, parley }) => {
  await parley.call('POST /api/v1/rooms', { roomName: 'Only live' })
  await page.goto(`${parley.url}/rooms`)
  await expect(page.getByRole('link', { name: 'Only live', exact: true })).toBeVisible()
  await page.getByRole('radio', { name: 'Test' }).check()
  await expect(page.getByText('Test environment: rooms are separate')).toBeVisible()
  await expect(page.getByRole('link', { name: 'Only live', exact: true })).toHaveCount(0)
  await page.getByLabel('Name of the new room').fill('Only test')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Only test', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Only test' })).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: 'Only test' })).toBeVisible()
  await page.getByRole('radio', { name: 'Live' }).check()
  await expect(page).toHaveURL(`${parley.url}/rooms`)
  await expect(page.getByRole('link', { name: 'Only test', exact: true })).toHaveCount(0)
})

test('a room that does not exist says so', async ({ page, parley }) => {
  await page.goto(`${parley.url}/rooms/no-such-room`)
  await expect(page.getByRole('heading', { name: 'This room does not exist' })).toBeVisible()
  await page.getByRole('main').getByRole('link', { name: 'All rooms' }).click()
  await expect(page).toHaveURL(`${parley.url}/rooms`)
})

test('several rooms are closed and opened again at once, and what a refusal leaves is told', async ({
  page,
  parley,
}) => {
  const [first, second] = [
    await parley.call<Room>('POST /api/v1/rooms', { roomName: 'Season one' }),
    await parley.call<Room>('POST /api/v1/rooms', { roomName: 'Season two' }),
  ]
  const statusOf = async (room: Room) =>
    (await parley.call<{ status: string }>(`GET /api/v1/rooms/${room.roomId}`)).status
  await page.goto(`${parley.url}/rooms?q=Season`)
  await page.getByLabel('Select all rooms').check()
  await page.getByRole('button', { name: 'Close', exact: true }).click()
  await expect(page.getByText('2 rooms closed')).toBeVisible()
  await expect(page.getByRole('row', { name: /Season/ }).filter({ hasText: 'Closed' })).toHaveCount(2)
  await expect(page.getByRole('main').getByRole('button', { name: 'Close', exact: true })).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByText('2 rooms reopened')).toBeVisible()
  expect(await statusOf(first)).toBe('open')

  // Gone behind the page's back: the other one changes all the same.
  await page.route('**/internal-api/v1/events*', (route) => route.abort())
  await page.reload()
  await page.getByLabel('Select all rooms').check()
  await page.route(`**/api/v1/rooms/${first.roomId}/status`, (route) =>
    route.fulfill({ status: 403, json: { error: 'Authorization Error', message: 'Not yours' } }),
  )
  await page.getByRole('button', { name: 'Close', exact: true }).click()
  await expect(page.getByText('1 room was not changed: Not yours')).toBeVisible()
  await expect(page.getByText('Room closed', { exact: true })).toBeVisible()
  expect([await statusOf(first), await statusOf(second)]).toEqual(['open', 'closed'])
})

test('a deletion of many that is refused for some uses what the one answer says', async ({
  page,
  parley,
}) => {
  const [kept, gone] = [
    await parley.call<Room>('POST /api/v1/rooms', { roomName: 'Partly kept' }),
    await parley.call<Room>('POST /api/v1/rooms', { roomName: 'Partly gone' }),
  ]
  const single: string[] = []
  page.on('request', (request) => {
    if (request.method() === 'DELETE' && /\/rooms\/[^?]/.test(request.url())) single.push(request.url())
  })
  await page.route('**/api/v1/rooms?roomIds=*', async (route) => {
    if (route.request().url().includes('withRecordings=close')) return route.continue()
    // As the server answers when one of them has recordings.
    await parley.call(`DELETE /api/v1/rooms/${gone.roomId}`)
    await route.fulfill({
      status: 400,
      json: {
        message: '1 room(s) failed to process while deleting',
        deleted: [{ roomId: gone.roomId, successCode: 'room_deleted', message: 'gone' }],
        failed: [{ roomId: kept.roomId, error: 'room_has_recordings', message: 'has recordings' }],
      },
    })
  })
  await page.goto(`${parley.url}/rooms?q=Partly`)
  await page.getByLabel('Select all rooms').check()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete “Partly kept”?' })
  await expect(dialog.getByLabel('Keep the recordings and close the room')).toBeChecked()
  expect(single).toEqual([])
  await dialog.getByRole('button', { name: 'Cancel' }).click()
})

test('more options make a room as it is wanted, without leaving the list', async ({ page, parley }) => {
  await page.goto(`${parley.url}/rooms`)
  await page.getByRole('button', { name: 'More options' }).click()
  await page.getByRole('switch', { name: 'End-to-end encryption' }).click()
  await expect(page.getByRole('switch', { name: 'Recording', exact: true })).toBeDisabled()
  await page.getByRole('switch', { name: 'Recordings link' }).click()
  await page.getByRole('switch', { name: 'Your organization' }).click()
  await page.getByLabel('Waiting room').selectOption('guests')
  await page.getByRole('switch', { name: 'Delete this room on a date' }).click()
  await page.getByLabel('If it has recordings').selectOption('force')
  await page.getByLabel('Name of the new room').fill('Fully equipped')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Choose when the room is to be deleted.')).toBeVisible()
  const date = page.getByLabel('Date and time')
  await expect(date).toBeFocused()
  await date.fill('2020-01-01T10:00')
  await page.getByRole('button', { name: 'Create room' }).click()
  await expect(page.getByText('Choose a time at least one hour from now.')).toBeVisible()
  const wanted = new Date(Date.now() + 3 * 86_400_000)
  wanted.setSeconds(0, 0)
  const local = new Date(wanted.getTime() - wanted.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
  await date.fill(local)
  // Closed, the form still says that it is not empty.
  await page.getByRole('button', { name: 'More options: 5 set' }).click()
  await expect(date).toBeHidden()
  await page.getByRole('button', { name: 'Create room' }).click()
  await expect(page.getByRole('link', { name: 'Fully equipped', exact: true })).toBeVisible()
  await expect(page.getByRole('button', { name: 'More options', exact: true })).toBeVisible()

  const { rooms } = await parley.call<{ rooms: Record<string, unknown>[] }>(
    'GET /api/v1/rooms?roomName=Fully%20equipped&extraFields=config',
  )
  expect(rooms[0]).toMatchObject({
    config: { e2ee: { enabled: true }, recording: { enabled: false }, chat: { enabled: true } },
    access: { anonymous: { recording: { enabled: false } }, user: { enabled: true } },
    autoDeletionDate: wanted.getTime(),
    autoDeletionPolicy: { withMeeting: 'when_meeting_ends', withRecordings: 'force' },
  })
  expect(await parley.call(`GET /api/v1/rooms/${String(rooms[0]?.roomId)}/settings`)).toMatchObject({
    waitingRoom: 'guests',
  })
})

test('the list and the overview follow what happens elsewhere at once', async ({ page, parley, browser }) => {
  const live = page.waitForResponse(/internal-api\/v1\/events/)
  await page.goto(`${parley.url}/rooms?q=Elsewhere`)
  await live
  await expect(page.getByRole('heading', { name: 'No room matches' })).toBeVisible()
  // Well under the 15 seconds after which a connected page would ask by itself.
  const soon = { timeout: 4000 }
  const room = await parley.call<Room>('POST /api/v1/rooms', { roomName: 'Elsewhere' })
  const row = page.getByRole('row', { name: /Elsewhere/ })
  await expect(row).toContainText('Open', soon)
  const guest = await (await browser.newContext({ permissions: ['camera', 'microphone'] })).newPage()
  await join(guest, room.moderatorUrl, 'Grace')
  await expect(row).toContainText('Live meeting', soon)

  const overview = await page.context().newPage()
  await overview.goto(`${parley.url}/overview`)
  await expect(overview.getByRole('row', { name: /^Elsewhere .* 1 person$/ })).toBeVisible()
  const other = await (await browser.newContext({ permissions: ['camera', 'microphone'] })).newPage()
  await join(other, room.speakerUrl, 'Ada')
  await expect(overview.getByRole('row', { name: /^Elsewhere .* 2 people$/ })).toBeVisible(soon)
  await overview.close()

  await parley.call(`DELETE /api/v1/rooms/${room.roomId}?withMeeting=force`)
  await expect(page.getByRole('heading', { name: 'No room matches' })).toBeVisible({ timeout: 8000 })
  await guest.context().close()
  await other.context().close()
})

test('without the stream of events the list asks by itself', async ({ page, parley }) => {
  await page.route('**/internal-api/v1/events*', (route) => route.abort())
  await page.goto(`${parley.url}/rooms?q=Polled`)
  await expect(page.getByRole('heading', { name: 'No room matches' })).toBeVisible()
  await parley.call('POST /api/v1/rooms', { roomName: 'Polled' })
  await expect(page.getByRole('link', { name: 'Polled', exact: true })).toBeVisible({ timeout: 12_000 })
})

test('typing a search keeps the focus in its field', async ({ page, parley }) => {
  await page.goto(`${parley.url}/rooms`)
  await page.getByLabel('Search rooms').pressSequentially('zz', { delay: 20 })
  await expect(page).toHaveURL(/q=zz/)
  await page.keyboard.type('y')
  await expect(page).toHaveURL(/q=zzy/)
  await expect(page.getByLabel('Search rooms')).toBeFocused()
})
