import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from '../support/server.ts'
import { signIn, watchFaults } from './console-session.ts'

async function serious(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
}
const picture = (page: Page, name: string) =>
  page.screenshot({ path: `test-results/pictures/meetings-${name}.png`, fullPage: true })

interface Attended {
  joins: { from: string; to: string | null }[]
  talkSeconds: number
}

/** Chromium's fake microphone only beeps, which LiveKit does not take for speech: a tone stands in for it. */
const speakAllTheTime = () => {
  const { mediaDevices } = navigator
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices)
  mediaDevices.getUserMedia = async (wanted) => {
    const stream = await getUserMedia(wanted)
    const [beeps] = stream.getAudioTracks()
    if (!beeps) return stream
    const context = new AudioContext()
    const output = context.createMediaStreamDestination()
    const voice = new OscillatorNode(context, { frequency: 300 })
    voice.connect(new GainNode(context, { gain: 0.5 })).connect(output)
    voice.start()
    beeps.stop()
    stream.removeTrack(beeps)
    for (const track of output.stream.getAudioTracks()) stream.addTrack(track)
    return stream
  }
}

test('a meeting is scheduled, seen in week and list, joined from its lobby, reported and called off', async ({
  page,
  parley,
  browser,
}) => {
  test.setTimeout(180_000)
  const faults = watchFaults(page)
  await signIn(page, parley)
  await page.goto(`${parley.url}/meetings`)
  await expect(page.getByRole('heading', { name: 'Meetings', level: 1 })).toBeVisible()
  await page.getByRole('button', { name: 'Schedule meeting' }).click()
  const form = page.getByRole('dialog', { name: 'Schedule a meeting' })
  await expect(form.getByLabel('Title')).toBeFocused()
  await form.getByRole('button', { name: 'Schedule meeting' }).click()
  await expect(form.getByText('Give the meeting a title.')).toBeVisible()
  await form.getByLabel('Title').fill('Design review')
  await form.getByLabel('Repeats').selectOption('daily')
  await form.getByLabel('Ends').selectOption('after')
  await form.getByLabel('Times', { exact: true }).fill('3')
  await form.getByLabel('Attendees').fill('ana@example.com, nobody')
  await form.getByRole('button', { name: 'Schedule meeting' }).click()
  await expect(form.getByText("'nobody' is not an e-mail address")).toBeVisible()
  expect(await serious(page)).toEqual([])
  await picture(page, 'form')
  await form.getByLabel('Attendees').fill('ana@example.com\nben@example.com')
  await form.getByRole('button', { name: 'Schedule meeting' }).click()
  await expect(page.getByText('“Design review” is scheduled')).toBeVisible()

  // Three days in a row: at least one of them is in this week or the next.
  const week = page.getByRole('region', { name: 'Week' })
  const items = week.getByRole('link', { name: /Design review/ })
  await expect(async () => {
    await page.getByRole('button', { name: 'Today' }).click()
    await expect(page.getByRole('button', { name: 'Next week' })).toBeVisible()
    const before = await items.count()
    await page.getByRole('button', { name: 'Next week' }).click()
    await expect(items).toHaveCount(3 - before, { timeout: 3000 })
  }).toPass()
  await page.getByRole('button', { name: 'Today' }).click()
  await picture(page, 'week')
  expect(await serious(page)).toEqual([])
  await page.setViewportSize({ width: 390, height: 844 })
  await picture(page, 'week-phone')
  await page.setViewportSize({ width: 1280, height: 800 })

  await page.getByText('List', { exact: true }).click()
  const row = page.getByRole('row', { name: /Design review/ })
  await expect(row).toContainText('Every day, 3 times')
  await expect(row).toContainText('Scheduled')
  await picture(page, 'list')
  await page.setViewportSize({ width: 390, height: 844 })
  await picture(page, 'list-phone')
  await page.setViewportSize({ width: 1280, height: 800 })
  await row.getByRole('link', { name: 'Design review', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'Design review' })).toBeVisible()
  await expect(page.getByText('ben@example.com')).toBeVisible()
  await expect(page.getByText('Nobody has met yet.')).toBeVisible()
  await page.getByRole('button', { name: 'Edit' }).click()
  const edit = page.getByRole('dialog', { name: 'Edit meeting' })
  await expect(edit.getByLabel('Repeats')).toHaveValue('daily')
  await edit.getByLabel('Duration').selectOption('45')
  await edit.getByLabel('Attendees').fill('ana@example.com')
  await edit.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('45 minutes')).toBeVisible()
  await expect(page.getByText('ben@example.com')).toBeHidden()
  const code = (await page.locator('dd code').textContent()) ?? ''
  expect(code).toMatch(/^[a-z]{3}-[a-z]{3}-[a-z]{3}$/)

  // A guest joins by the code, sees when it starts, and goes in.
  const context = await browser.newContext()
  await context.addInitScript(speakAllTheTime)
  const guest = await context.newPage()
  await guest.goto(parley.url)
  await guest.getByLabel('Meeting code or link').fill(code)
  await guest.getByRole('button', { name: 'Join', exact: true }).click()
  await expect(guest.getByText(/^Starts /)).toBeVisible()
  const timer = guest.getByRole('timer')
  await expect(timer).toHaveText(/^in (1:)?\d{1,2}:\d{2}$/)
  const seen = await timer.textContent()
  await expect(timer).not.toHaveText(seen ?? '')
  await picture(guest, 'lobby')
  await guest.getByLabel('Your name').fill('Gast')
  await guest.getByRole('button', { name: 'Join', exact: true }).click()
  await expect(guest.getByRole('button', { name: /Leave/ }).first()).toBeVisible()
  await page.reload()
  await expect(page.getByText('On now')).toBeVisible()
  const person = page.getByRole('table', { name: 'Attendance' }).getByRole('row', { name: /Gast/ })
  await expect(person).toContainText('now')
  // LiveKit hears the guest, and the report says how long.
  await expect(async () => {
    await page.reload()
    await expect(person.getByRole('cell').last()).toHaveText(/^[1-9]\d* (sec|min)/, { timeout: 3000 })
  }).toPass({ timeout: 90_000 })
  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: 'CSV' }).click()
  expect((await saved).suggestedFilename()).toMatch(/^report-meeting_\w+\.csv$/)
  expect(await serious(page)).toEqual([])
  await picture(page, 'report')
  await page.setViewportSize({ width: 390, height: 844 })
  await expect(person).toContainText(/Talked: [1-9]/)
  await picture(page, 'report-phone')
  await page.setViewportSize({ width: 1280, height: 800 })
  // What was heard after the last report of the page counts as it leaves.
  const id = new URL(page.url()).pathname.split('/').at(-1)
  await guest.getByRole('button', { name: /Leave/ }).first().click()
  await expect(async () => {
    const { data } = await parley.call<{ data: { participants: Attended[] } }>(
      `GET /api/v1/meetings/${id}/report`,
    )
    const { joins, talkSeconds } = data.participants[0] ?? { joins: [], talkSeconds: 0 }
    const presentMs = Date.parse(joins[0]?.to ?? '') - Date.parse(joins[0]?.from ?? '')
    expect(presentMs / 1000 - talkSeconds).toBeLessThan(5)
  }).toPass({ timeout: 30_000 })
  await context.close()

  await page.goto(`${parley.url}/meetings?view=list`)
  await page.getByRole('button', { name: 'Calendar feed' }).click()
  const feed = page.getByRole('dialog', { name: 'Your meetings in your calendar' })
  const address = feed.getByRole('textbox', { name: 'Feed address' })
  const old = await address.inputValue()
  expect(await (await fetch(old)).text()).toContain('SUMMARY:Design review')
  await feed.getByRole('button', { name: 'Reset address' }).click()
  await expect(address).not.toHaveValue(old)
  expect((await fetch(old)).status).toBe(404)
  await feed.getByRole('button', { name: 'Close' }).last().click()

  await page
    .getByText('Now', { exact: true })
    .or(page.getByText('Upcoming', { exact: true }))
    .first()
    .click()
  await page.getByRole('link', { name: 'Design review', exact: true }).click()
  await page.getByRole('button', { name: 'Call off' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Call off' }).click()
  await expect(page.getByText('“Design review” is called off')).toBeVisible()
  await expect(items).toHaveCount(0)
  expect(faults).toEqual([])
})
