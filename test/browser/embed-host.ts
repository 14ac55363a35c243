import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import type { FrameLocator, Page } from '@playwright/test'
import { startHost, type Host } from '../support/host.ts'
import { API_KEY, expect } from '../support/server.ts'
import { test as base } from './meeting-pages.ts'

/** Adds `host`, a site of another origin that is gone after the test. */
export const test = base.extend<{ host: Host }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads which fixtures are wanted from the pattern
  host: async ({}, use) => {
    const host = await startHost()
    await use(host)
    await host[Symbol.asyncDispose]()
  },
})

export const EVENTS = [
  'ready',
  'phaseChanged',
  'meetingJoined',
  'joined',
  'meetingLeft',
  'left',
  'meetingClosed',
  'closed',
]

interface HeardWindow extends Window {
  heard: [string, unknown][]
}

/** A page around `body` that loads the element from a server and notes what its first one says. */
export const hostPage = (server: string, body: string, tag = 'parley-meet'): string => `<!doctype html>
<title>Host</title>
<style>body { margin: 0 } ${tag} { height: 640px }</style>
<script src="${server}/v1/${tag === 'parley-meet' ? 'parley' : tag}.js"></script>
${body}
<script>
  window.heard = []
  const meet = document.querySelector('${tag}')
  if (meet) for (const name of ${JSON.stringify(EVENTS)})
    meet.addEventListener(name, (event) => heard.push([name, event.detail]))
</script>`

/** What the element has said so far: names with their details. */
export const heard = (page: Page): Promise<[string, unknown][]> =>
  page.evaluate(() => (window as unknown as HeardWindow).heard)

export const namesHeard = async (page: Page): Promise<string[]> =>
  (await heard(page)).map(([name]) => name).filter((name) => name !== 'phaseChanged')

export const expectHeard = (page: Page, names: string[]) =>
  expect.poll(() => namesHeard(page), { timeout: 20_000 }).toEqual(names)

/** The meeting inside of an element or a frame. */
export const meetingIn = (page: Page, selector = 'parley-meet iframe'): FrameLocator =>
  page.frameLocator(selector)

export const expectMeeting = (meeting: FrameLocator, state: string) =>
  expect(meeting.locator('#root')).toHaveAttribute('data-state', state, { timeout: 20_000 })

export const joinIn = async (meeting: FrameLocator, name: string): Promise<void> => {
  await meeting.locator('#participant-name-input').fill(name)
  await meeting.locator('#join-button').click()
  await expectMeeting(meeting, 'connected')
}

export const picture = (page: Page, name: string) =>
  page.screenshot({
    path: path.join(import.meta.dirname, '../../test-results/pictures', `embed-${name}.png`),
  })

export const escapeAttribute = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')

/** Adds `start`, which runs an example against the Parley under test, as its README says; gives its address. */
export const exampleTest = test.extend<{ start: (name: string) => Promise<string> }>({
  start: async ({ parley }, use) => {
    const running: ChildProcess[] = []
    await use(async (name) => {
      const main = path.join(import.meta.dirname, '../../examples', name, 'server.js')
      const child = spawn(process.execPath, [main], {
        env: { PATH: process.env.PATH, PARLEY_URL: parley.url, PARLEY_API_KEY: API_KEY, PORT: '0' },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      running.push(child)
      let output = ''
      child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()))
      child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()))
      const last = name === 'recordings-and-webhooks' ? 'Webhooks arrive' : 'Open'
      await expect.poll(() => output, { timeout: 20_000 }).toContain(last)
      return /Open (\S+)/.exec(output)?.[1] ?? ''
    })
    for (const child of running) child.kill()
  },
})
