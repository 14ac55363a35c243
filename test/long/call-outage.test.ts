import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { joinAsExtra, type Extra } from '../support/crowd.ts'
import { eventually } from '../support/parley.ts'
import { familyOf } from '../support/processes.ts'
import { startRelay, type Relay } from '../support/relay.ts'
import { startServer, type ServerProcess } from '../support/server.ts'
import {
  expectMoving,
  expectState,
  join,
  launchPerson,
  makeRoom,
  mediaPort,
  stateOf,
  throughRelay,
  type Person,
} from './people.ts'

let parley: ServerProcess
let relay: Relay
let ana: Person
let bruno: Extra

beforeAll(async () => {
  parley = await startServer({ ROOM_TOKEN_TTL: '30' })
  relay = await startRelay(parley.url, mediaPort(parley))
  ana = await launchPerson()
})

afterAll(async () => {
  await ana.close()
  relay.close()
  await parley.stop()
})

/** Names of others as somebody sees them who has not been cut off. */
const seenBy = (extra: Extra) => [...extra.room.remoteParticipants.values()].map(({ name }) => name ?? '')

it('a call survives outages of 5, 20 and 60 s, and outlives its token', async () => {
  const room = await makeRoom(parley)
  bruno = await joinAsExtra(parley, room.speakerUrl, 'Bruno', { hasAudio: true, hasVideo: true })
  const context = await ana.browser.newContext()
  await context.addInitScript('globalThis.__name = (value) => value')
  await context.addInitScript(throughRelay, [mediaPort(parley), relay.udpPort] as [number, number])
  const page = await context.newPage()
  await page.goto(room.moderatorUrl.replace(parley.url, relay.url))
  await join(page, 'Ana')
  await expectMoving(page)
  expect(await page.locator('article').count()).toBe(2)

  for (const seconds of [5, 20, 60]) {
    relay.cut()
    const cutAt = Date.now()
    if (seconds >= 20) {
      await expectState(page, 'reconnecting', seconds * 1000)
      // The controls stay, and the banner says what is the matter.
      expect(await page.locator('#mic-btn').isVisible()).toBe(true)
      await page.getByText(/Connection lost|Still no connection/).waitFor({ timeout: 10_000 })
    }
    await delay(Math.max(0, seconds * 1000 - (Date.now() - cutAt)))
    relay.restore()
    await expectState(page, 'connected', 60_000)
    await expectMoving(page, 60_000)
    expect(await page.getByText(/Connection lost|Still no connection/).count()).toBe(0)
    const names = await eventually(
      'Ana alone with Bruno',
      async () => seenBy(bruno),
      (all) => all.length === 1 && /^Ana(_\d+)?$/.test(all[0] ?? ''),
      30_000,
    )
    expect(names, `after ${seconds} s`).toHaveLength(1)
  }

  // The first token ended minutes ago: what the page asks of the server still works.
  await page.click('#chat-panel-btn')
  await page.fill('#chat-input', 'still here')
  await page.press('#chat-input', 'Enter')
  await page.getByText('still here').waitFor()
  await bruno.leave()
  await context.close()
})

it('a laptop that has slept for 45 s comes back by itself', async () => {
  const room = await makeRoom(parley)
  const extra = await joinAsExtra(parley, room.speakerUrl, 'Bruno', { hasVideo: true })
  const sleeper = await launchPerson()
  const page = await (await sleeper.browser.newContext()).newPage()
  await page.goto(room.speakerUrl)
  await join(page, 'Ana')
  await expectMoving(page)
  // No timer runs and no packet is answered, in any of its processes.
  const family = familyOf(sleeper.pid)
  for (const pid of family) process.kill(pid, 'SIGSTOP')
  await delay(45_000)
  for (const pid of family) process.kill(pid, 'SIGCONT')
  await expectState(page, 'connected', 60_000)
  await expectMoving(page, 60_000)
  await eventually(
    'Ana back',
    async () => seenBy(extra),
    (all) => all.length === 1 && /^Ana(_\d+)?$/.test(all[0] ?? ''),
    30_000,
  )
  expect(await stateOf(page)).toBe('connected')
  await extra.leave()
  await sleeper.close()
})

it('with no server for five minutes the page says that the connection is lost', async () => {
  const gone = await startServer()
  const room = await makeRoom(gone)
  const context = await ana.browser.newContext()
  await context.addInitScript(() => {
    const { now } = Date
    Object.assign(window, { laterMs: 0 })
    Date.now = () => now() + (window as unknown as { laterMs: number }).laterMs
  })
  const page = await context.newPage()
  await page.goto(room.speakerUrl)
  await join(page, 'Ana')
  await gone.stop('SIGKILL')
  await expectState(page, 'reconnecting')
  await page.getByText('Still no connection. Joining again').waitFor({ timeout: 90_000 })
  expect(await page.locator('#mic-btn').isVisible()).toBe(true)
  await page.evaluate(() => Object.assign(window, { laterMs: 6 * 60_000 }))
  await expectState(page, 'ended', 60_000)
  await page.getByRole('heading', { name: 'The connection was lost' }).waitFor()
  await page.getByRole('button', { name: 'Rejoin' }).waitFor()
  await context.close()
})
