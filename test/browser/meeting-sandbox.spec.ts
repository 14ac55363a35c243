import type { Page } from '@playwright/test'
import { expect } from '../support/server.ts'
import { expectState, join, picture, test, WITHOUT_CAMERA } from './meeting-pages.ts'

test('a test meeting counts down, whatever the clock of the computer says, and tells why it ended', async ({
  open,
  parley,
}) => {
  test.slow()
  const { key } = await parley.call<{ key: string }>('POST /api/v1/keys', {
    name: 'Sandbox',
    environment: 'test',
  })
  const answer = await fetch(`${parley.url}/api/v1/rooms`, {
    method: 'POST',
    headers: { 'X-API-KEY': key, 'Content-Type': 'application/json' },
    body: JSON.stringify({ roomName: 'Trying out' }),
  })
  const { moderatorUrl, speakerUrl } = (await answer.json()) as { moderatorUrl: string; speakerUrl: string }
  const page = await open(moderatorUrl, {
    ...WITHOUT_CAMERA,
    // A computer that is ten minutes ahead.
    init: () => {
      const { now } = Date
      Date.now = () => now() + 600_000
    },
  })
  await join(page, 'Ana')
  const joinedAt = Date.now()

  const timerOf = (one: Page) => one.getByRole('timer').filter({ hasText: 'Test meeting' })
  const timer = timerOf(page)
  await expect(timer).toHaveText(/^Test meeting: ends in (1:00|0:[45]\d)$/)
  await expect(page.getByTestId('announcer')).toContainText('This is a test meeting')
  const leftOf = async (one: Page) => {
    const [, minutes, seconds] = /(\d):(\d\d)$/.exec((await timerOf(one).textContent()) ?? '') ?? []
    return Number(minutes) * 60 + Number(seconds)
  }
  const left = () => leftOf(page)

  // Who does not hear the server tell of it knows as well, and still does after a reload.
  const ben = await open(speakerUrl, {
    ...WITHOUT_CAMERA,
    init: () => {
      const { parse } = JSON
      JSON.parse = (text: string, ...more) =>
        text.includes('meeting.sandbox') ? {} : (parse(text, ...more) as unknown)
    },
  })
  await join(ben, 'Ben')
  await expect(timerOf(ben)).toBeVisible()
  expect(Math.abs((await leftOf(ben)) - (await left()))).toBeLessThan(4)
  await ben.reload()
  await expectState(ben, 'connected')
  await expect(timerOf(ben)).toBeVisible()
  expect(Math.abs((await leftOf(ben)) - (await left()))).toBeLessThan(4)

  await expect.poll(left, { message: 'the countdown does not go down', timeout: 30_000 }).toBeLessThan(45)
  expect(Math.abs(60 - (Date.now() - joinedAt) / 1000 - (await left()))).toBeLessThan(4)
  await picture(page, 'sandbox')

  await expectState(page, 'ended', 65_000)
  expect(Date.now() - joinedAt).toBeLessThan(65_000)
  await expect(page.getByRole('heading', { name: 'The test meeting is over' })).toBeFocused()
  await expect(page.getByText('Test meetings end after a minute.')).toContainText('live API key')
  await picture(page, 'sandbox-over')
})
