import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'
import { API_KEY, expect, type ServerProcess } from '../support/server.ts'
import { signIn } from './console-session.ts'
import { expectMeeting, joinIn, meetingIn, picture, test } from './embed-host.ts'
import { makeRoom, WITHOUT_CAMERA } from './meeting-pages.ts'

const run = promisify(execFile)

const openBuilder = async (page: Page, parley: ServerProcess): Promise<void> => {
  await signIn(page, parley)
  await page.goto(`${parley.url}/embedded`)
  await expect(page.getByRole('heading', { name: 'Embed a room' })).toBeVisible()
}
/** What a visitor of the page would copy. */
const codeOf = async (page: Page, name: string): Promise<string> => {
  await page.getByRole('tab', { name, exact: true }).click()
  return page.getByRole('region', { name: `Code: ${name}` }).innerText()
}

/** How each is run: from the command line, or as a file of this name. */
const RUNNERS: { name: string; asks: string[]; command: string[]; file?: string }[] = [
  { name: 'curl', asks: ['curl', '--version'], command: ['bash', '-c'] },
  {
    name: 'Node.js',
    asks: [process.execPath, '--version'],
    command: [process.execPath, '--input-type=module', '-e'],
  },
  { name: 'Python', asks: ['python3', '--version'], command: ['python3', '-c'] },
  { name: 'Go', asks: ['go', 'version'], command: ['go', 'run'], file: 'main.go' },
  { name: 'PHP', asks: ['php', '--version'], command: ['php'], file: 'create-room.php' },
  { name: 'Java', asks: ['javac', '--version'], command: ['java'], file: 'CreateRoom.java' },
]
for (const { name, asks, command, file } of RUNNERS) {
  test(`the code for a server in ${name} runs as it is pasted, but for the key`, async ({ open, parley }) => {
    const page = await open(parley.url)
    await openBuilder(page, parley)
    const code = await codeOf(page, name)
    expect(code).toContain('YOUR_API_KEY')
    const [asked = '', ...question] = asks
    test.skip(spawnSync(asked, question).status !== 0, `${name} is not installed`)
    test.slow()
    const pasted = code.replace('YOUR_API_KEY', API_KEY)
    const dir = await mkdtemp(path.join(tmpdir(), 'parley-snippet-'))
    try {
      if (file !== undefined) await writeFile(path.join(dir, file), pasted)
      const [program = '', ...options] = command
      const { stdout } = await run(program, [...options, file ?? pasted], { cwd: dir })
      expect(stdout).toContain(`${parley.url}/room/daily-`)
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  })
}

test('the builder: options, a live preview, and HTML that works in somebody else’s page', async ({
  open,
  parley,
  host,
}) => {
  await makeRoom(parley, 'First & <b>best</b>')
  const page = await open(parley.url, WITHOUT_CAMERA)
  await openBuilder(page, parley)
  // Origins are read as people write them, and faults named before anything is saved.
  const origins = page.getByLabel('Allowed origins')
  const save = page
    .getByRole('region', { name: 'Where meetings may be embedded' })
    .getByRole('button', { name: 'Save' })
  await expect(origins).toHaveValue('*')
  await origins.fill('app.example.com')
  await save.click()
  await expect(
    page.getByText('app.example.com is no origin. Write it like https://app.example.com.'),
  ).toBeVisible()
  await origins.fill(`${host.origin}/some/page\nhttps://*.example.com`)
  await save.click()
  await expect(origins).toHaveValue(`${host.origin}\nhttps://*.example.com`)
  await expect(save).toBeDisabled()
  await page.getByLabel('People join as').selectOption('Moderator')
  await page.getByLabel('Name of the participant').fill('Ana "the" B')
  await page.getByLabel('Page after the meeting').fill('/bye')
  await page.getByLabel('Accent colour').fill('#0b7a4b')
  await page.getByLabel('Height in pixels').fill('500')

  await page.getByRole('button', { name: 'Show the preview' }).click()
  const preview = meetingIn(page)
  await expect(preview.getByRole('heading', { name: 'First & <b>best</b>' })).toBeVisible()
  await expect(preview.locator('#participant-name-input')).toHaveValue('Ana "the" B')
  const accent = () =>
    preview.locator('#join-button').evaluate((one) => getComputedStyle(one).backgroundColor)
  await expect.poll(accent).toBe('rgb(11, 122, 75)')
  // Options change what is shown, without another page.
  await page.getByLabel('Accent colour').fill('#c92a86')
  await expect.poll(accent).toBe('rgb(201, 42, 134)')
  await picture(page, 'builder')
  await page.getByLabel('Accent colour').fill('#10102a')
  await expect(page.getByText('Too dark for the stage: it is shown lighter there.')).toBeVisible()
  for (const [width, height] of [
    [1280, 900],
    [390, 844],
  ] as const)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      const overflow = () =>
        page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      await expect.poll(overflow).toBe(0)
      await page.locator('parley-meet').scrollIntoViewIfNeeded()
      await picture(page, `builder-${width}-${colorScheme}`)
      await page.getByRole('tab', { name: 'React' }).click()
      await page.getByRole('region', { name: 'Code: React' }).scrollIntoViewIfNeeded()
      await picture(page, `builder-code-${width}-${colorScheme}`)
    }
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.emulateMedia({ colorScheme: null })
  await page.getByRole('button', { name: 'Close the preview' }).click()
  await expect(page.locator('parley-meet')).toHaveCount(0)

  const html = await codeOf(page, 'HTML')
  host.serve('/bye', '<title>Bye</title>')
  const elsewhere = await open(host.serve('/', html), WITHOUT_CAMERA)
  const meeting = meetingIn(elsewhere)
  await expect(elsewhere.locator('parley-meet')).toHaveCSS('height', '500px')
  await expect(meeting.locator('#participant-name-input')).toHaveValue('Ana "the" B')
  await joinIn(meeting, 'Ana')
  await meeting.locator('#leave-btn').click()
  await expectMeeting(meeting, 'ended')
  await meeting.locator('#back-btn').click()
  await elsewhere.waitForURL(`${host.origin}/bye`)

  const frame = await open(host.serve('/frame', await codeOf(page, 'Frame')), WITHOUT_CAMERA)
  await expect(meetingIn(frame, 'iframe').locator('#participant-name-input')).toHaveValue('Ana "the" B')
  for (const name of ['React', 'Vue'])
    expect(await codeOf(page, name)).toContain(`${parley.url}/v1/parley-meet.tgz`)
  await parley.call('PATCH /api/v1/organization', { allowedOrigins: ['*'] })
})
