import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { expect, startServer } from '../support/server.ts'
import {
  expectMoving,
  expectSound,
  expectState,
  join,
  makeRoom,
  picture,
  remoteTile,
  test,
} from './meeting-pages.ts'

test('when LiveKit dies, both come back by themselves with name, camera and sound', async ({ open }) => {
  const parley = await startServer()
  try {
    const room = await makeRoom(parley)
    const ana = await open(room.moderatorUrl)
    await join(ana, 'Ana')
    const bruno = await open(room.speakerUrl)
    await join(bruno, 'Bruno')
    await expectMoving(ana, remoteTile(ana))

    const pid = Number(await readFile(path.join(parley.dataDir, 'livekit/livekit.pid'), 'utf8'))
    process.kill(pid, 'SIGKILL')
    await expectState(ana, 'reconnecting')
    await expect(ana.locator('#mic-btn')).toBeVisible()
    await picture(ana, 'reconnecting')

    await expectState(ana, 'connected', 30_000)
    await expectState(bruno, 'connected', 30_000)
    // The server may number a name while it still holds the lost one's.
    const back = (page: Page, name: string) =>
      page.getByRole('article', { name: new RegExp(`^${name}(_\\d+)?$`) })
    await expect(back(ana, 'Bruno')).toBeVisible({ timeout: 30_000 })
    await expect(back(bruno, 'Ana')).toBeVisible({ timeout: 30_000 })
    await expectMoving(ana, remoteTile(ana))
    await expectSound(bruno)
    await ana.click('#mic-btn')
    await expect(back(bruno, 'Ana')).toHaveAttribute('data-microphone', 'off')
  } finally {
    await parley.stop()
  }
})
