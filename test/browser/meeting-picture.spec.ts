import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from '../support/server.ts'
import { join, launchWith, makeRoom, picture, test, tileOf, WITHOUT_CAMERA } from './meeting-pages.ts'

/** Moving colours instead of Chromium's test pattern; null where ffmpeg is missing. */
function makeVideo(directory: string, name: string, colours: string): string | null {
  const file = path.join(directory, `${name}.mjpeg`)
  const source = `gradients=size=640x360:rate=15:duration=4:speed=0.02:${colours}`
  const { status } = spawnSync('ffmpeg', [
    '-loglevel',
    'error',
    '-f',
    'lavfi',
    '-i',
    source,
    '-pix_fmt',
    'yuvj420p',
    '-q:v',
    '3',
    file,
  ])
  return status === 0 ? file : null
}

test('a meeting of four with a conversation, for the README', async ({ open, parley }) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'parley-picture-'))
  const room = await makeRoom(parley, 'Weekly design review')
  const people = [
    ['Ana López', 'c0=0x2B65E3:c1=0x0E1116:c2=0x3DD68C:nb_colors=3:seed=1'],
    ['Bruno Díaz', 'c0=0xF5B73D:c1=0xC92A36:c2=0x1F242D:nb_colors=3:seed=2'],
    ['Elif Şahin', 'c0=0x7A5AF8:c1=0x2B65E3:c2=0xF2F4F7:nb_colors=3:seed=3'],
  ] as const
  const browsers = await Promise.all(
    people.map(([name, colours]) => {
      const video = makeVideo(directory, name.replace(/\W/g, ''), colours)
      return launchWith((args) =>
        video === null ? args : [...args, `--use-file-for-fake-video-capture=${video}`],
      )
    }),
  )
  try {
    const pages = []
    for (const [i, [name]] of people.entries()) {
      const page = await open(i === 0 ? room.moderatorUrl : room.speakerUrl, { browser: browsers[i] })
      await join(page, name)
      pages.push(page)
    }
    const chen = await open(room.speakerUrl, WITHOUT_CAMERA)
    await join(chen, 'Chen Wei')
    const [ana, bruno] = pages
    if (ana === undefined || bruno === undefined) throw new Error('nobody came')
    await expect(ana.locator('article')).toHaveCount(4)
    for (const page of [ana, bruno]) await page.click('#chat-panel-btn')
    const say = async (page: typeof ana, text: string) => {
      await page.fill('#chat-input', text)
      await page.press('#chat-input', 'Enter')
      await expect(ana.locator('.chat-message', { hasText: text })).toBeVisible()
    }
    await say(ana, 'Morning! The agenda is at https://example.com/agenda')
    await say(bruno, 'Thanks. I will start with the lobby.')
    const widthOf = (name: string) =>
      tileOf(ana, name)
        .locator('video')
        .evaluate((video: HTMLVideoElement) => video.videoWidth)
    for (const name of ['Bruno Díaz', 'Elif Şahin']) {
      await expect.poll(() => widthOf(name)).toBeGreaterThan(0)
      // Four browsers on two cores may keep to the lowest layer: the picture is then coarser, the meeting as good.
      for (let i = 0; i < 20 && (await widthOf(name)) < 300; i++) await ana.waitForTimeout(500)
    }
    await picture(ana, 'readme')
  } finally {
    await Promise.all(browsers.map((browser) => browser.close()))
    await rm(directory, { recursive: true, force: true })
  }
})
