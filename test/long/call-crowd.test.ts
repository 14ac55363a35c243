import { afterAll, beforeAll, expect, it } from 'vitest'
import { joinAsExtra, type Extra } from '../support/crowd.ts'
import { eventually } from '../support/parley.ts'
import { startServer, type ServerProcess } from '../support/server.ts'
import { expectMoving, expectState, join, launchPerson, makeRoom, type Person } from './people.ts'

/** 49 people with the one in the browser: all with a microphone, four with a camera. */
const OTHERS = 48
const CAMERAS = 4
/** 50 UTF-16 units, the most that a room's name may have. */
const LONGEST_NAME = '🎉'.repeat(25)

let parley: ServerProcess
let ana: Person
const extras: Extra[] = []

beforeAll(async () => {
  parley = await startServer()
  ana = await launchPerson()
})

afterAll(async () => {
  await Promise.all(extras.map((extra) => extra.leave()))
  await ana.close()
  await parley.stop()
})

it('49 people meet in a room of emoji: all are listed, who speaks comes forward, cameras move', async () => {
  const room = await makeRoom(parley, LONGEST_NAME)
  for (let i = 1; i <= OTHERS; i++) {
    extras.push(
      await joinAsExtra(parley, room.speakerUrl, `<i>Guest</i> ${i}`, {
        hasAudio: true,
        hasVideo: i <= CAMERAS,
      }),
    )
  }
  const page = await (await ana.browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  await page.goto(room.moderatorUrl)
  expect(await page.locator('#room-name').textContent()).toBe(LONGEST_NAME)
  await join(page, 'Ana')
  await page.click('#participants-panel-btn')
  await eventually(
    'all in the list',
    () => page.locator('aside li[data-identity]').count(),
    (count) => count === OTHERS + 1,
    60_000,
  )
  // Markup in a name is text.
  expect(await page.locator('aside i').count()).toBe(0)
  await page.keyboard.press('Escape')
  expect(await page.locator('article').count()).toBe(9)
  await expectMoving(page, 60_000)

  // Somebody from the last page speaks and is brought to the first one.
  const last = extras.at(-1)
  if (!last) throw new Error('nobody came')
  last.speak(true)
  await page.getByRole('article', { name: last.name, exact: true }).waitFor({ timeout: 60_000 })
  await eventually(
    'the ring',
    () => page.getByRole('article', { name: last.name, exact: true }).getAttribute('data-speaking'),
    (value) => value === 'true',
    30_000,
  )
  last.speak(false)

  await Promise.all(extras.splice(0).map((extra) => extra.leave()))
  await page.getByRole('heading', { name: 'You are the only one here' }).waitFor({ timeout: 60_000 })
  await expectState(page, 'connected')
  expect(faults).toEqual([])
})
