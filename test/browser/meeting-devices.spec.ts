import type { Page } from '@playwright/test'
import { expect } from '../support/server.ts'
import {
  expectMoving,
  join,
  launchWith,
  makeRoom,
  picture,
  test,
  tileOf,
  WITHOUT_CAMERA,
} from './meeting-pages.ts'

interface DeviceWindow extends Window {
  watched: { peers: RTCPeerConnection[] }
  /** What enumerateDevices leaves out, by label, and what it has besides. */
  without: string[]
  besides: { deviceId: string; label: string; kind: MediaDeviceKind }[]
  isBusy: boolean
}

/** Lets the test say what is plugged in; the devices themselves are Chromium's fake ones. */
const stubList = () => {
  const page = window as unknown as DeviceWindow
  page.without = []
  page.besides = []
  const enumerate = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices)
  navigator.mediaDevices.enumerateDevices = async () => {
    const found = await enumerate()
    const kept = found.filter(({ label }) => !page.without.some((name) => label.includes(name)))
    const besides = page.besides.map((device) => ({ ...device, groupId: '', toJSON: () => ({}) }))
    return [...kept, ...besides] as MediaDeviceInfo[]
  }
}

/** What the page sends: the device behind each outgoing track. */
const sentLabels = (page: Page, kind: 'audio' | 'video') =>
  page.evaluate(
    (wanted) =>
      (window as unknown as DeviceWindow).watched.peers
        .flatMap((peer) => peer.getSenders())
        .flatMap(({ track }) => (track?.kind === wanted && track.readyState === 'live' ? track.label : [])),
    kind,
  )

const changeDevices = (page: Page, change: { without?: string[]; besides?: DeviceWindow['besides'] }) =>
  page.evaluate((wanted) => {
    Object.assign(window, wanted)
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'))
  }, change)

const openMenu = async (page: Page, name: string) => {
  await page.getByRole('button', { name }).click()
  return page.getByRole('menu')
}

test('the microphone is chosen in the lobby and in the call, and kept', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(room.speakerUrl, WITHOUT_CAMERA)
  await page.getByRole('combobox', { name: 'Microphone' }).selectOption({ label: 'Fake Audio Input 1' })
  await join(page, 'Ana')
  await expect.poll(() => sentLabels(page, 'audio')).toEqual(['Fake Audio Input 1'])
  let menu = await openMenu(page, 'Choose microphone and speaker')
  await expect(menu.getByRole('menuitemradio', { name: 'Fake Audio Input 1' })).toBeChecked()
  await picture(page, 'device-menu')
  await menu.getByRole('menuitemradio', { name: 'Fake Audio Input 2' }).click()
  await expect(page.getByText('Now using Fake Audio Input 2')).toBeVisible()
  await expect.poll(() => sentLabels(page, 'audio')).toEqual(['Fake Audio Input 2'])
  await page.goto(room.speakerUrl)
  await expect(page.getByRole('combobox', { name: 'Microphone' })).toHaveText(/Fake Audio Input 2/)
  await expect
    .poll(() =>
      page
        .getByRole('combobox', { name: 'Microphone' })
        .evaluate((select: HTMLSelectElement) => select.selectedOptions[0]?.label),
    )
    .toBe('Fake Audio Input 2')
  await join(page, 'Ana')
  menu = await openMenu(page, 'Choose microphone and speaker')
  await expect(menu.getByRole('menuitemradio', { name: 'Fake Audio Input 2' })).toBeChecked()
})

test('a speaker picked in the lobby is the one that the call is heard by', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const ana = await open(room.moderatorUrl, WITHOUT_CAMERA)
  await join(ana, 'Ana')
  const page = await open(room.speakerUrl, WITHOUT_CAMERA)
  await page.getByRole('combobox', { name: 'Speaker' }).selectOption({ label: 'Fake Audio Output 2' })
  await join(page, 'Bruno')
  const heardBy = () =>
    page.evaluate(async () => {
      const devices = await navigator.mediaDevices.enumerateDevices()
      return [...document.querySelectorAll<HTMLAudioElement>('[data-audio] audio')].map(
        ({ sinkId }) => devices.find(({ deviceId }) => deviceId === sinkId)?.label ?? sinkId,
      )
    })
  await expect.poll(heardBy).toEqual(['Fake Audio Output 2'])
})

test('a microphone picked earlier is used when it is opened in the call; when it is gone, what is used is said', async ({
  open,
  parley,
}) => {
  const room = await makeRoom(parley)
  const page = await open(room.speakerUrl, WITHOUT_CAMERA)
  await page.getByRole('combobox', { name: 'Microphone' }).selectOption({ label: 'Fake Audio Input 2' })
  await page.click('#mic-btn')
  await page.goto(room.speakerUrl)
  await join(page, 'Ana')
  expect(await sentLabels(page, 'audio')).toEqual([])
  await page.click('#mic-btn')
  await expect.poll(() => sentLabels(page, 'audio')).toEqual(['Fake Audio Input 2'])
  await expect(page.getByText('is not connected')).toHaveCount(0)
  // Remembered once it is published; what is written here before that would be overwritten.
  await expect
    .poll(() => page.evaluate(() => localStorage.getItem('parley.call')))
    .toContain('"isMicrophoneOn":true')

  // The same person comes back without the headset: the browser no longer knows its id.
  await page.evaluate(() => {
    const saved = JSON.parse(localStorage.getItem('parley.call') ?? '{}') as object
    localStorage.setItem(
      'parley.call',
      JSON.stringify({ ...saved, microphoneId: 'gone', isMicrophoneOn: false }),
    )
  })
  await page.goto(room.speakerUrl)
  await join(page, 'Ana')
  await page.click('#mic-btn')
  await expect.poll(() => sentLabels(page, 'audio')).toHaveLength(1)
  await expect(page.getByText(/The device you chose is not connected\. Now using /)).toBeVisible()

  await page.evaluate(() => {
    const saved = JSON.parse(localStorage.getItem('parley.call') ?? '{}') as object
    localStorage.setItem('parley.call', JSON.stringify({ ...saved, microphoneId: 'gone', isCameraOn: true }))
  })
  await page.goto(room.speakerUrl)
  await expect(page.getByText(/The microphone you chose is not connected\. .+ is used\./)).toBeVisible()
  await picture(page, 'lobby-other-microphone')
})

test('a headset that is plugged in is offered; one that is pulled out gives way to the default', async ({
  open,
  parley,
}) => {
  const room = await makeRoom(parley)
  const ana = await open(room.moderatorUrl, WITHOUT_CAMERA)
  await join(ana, 'Ana')
  const page = await open(room.speakerUrl, { ...WITHOUT_CAMERA, init: stubList })
  await page.getByRole('combobox', { name: 'Microphone' }).selectOption({ label: 'Fake Audio Input 2' })
  await join(page, 'Bruno')
  await expect.poll(() => sentLabels(page, 'audio')).toEqual(['Fake Audio Input 2'])

  await changeDevices(page, { besides: [{ deviceId: 'h', label: 'Headset', kind: 'audioinput' }] })
  await expect(page.getByText('Headset connected')).toBeVisible()
  await picture(page, 'device-connected')
  // Chromium has no such device: choosing it fails, which is said, and the sound goes on.
  await page.getByRole('button', { name: 'Use it' }).click()
  await expect(page.getByText('That device could not be used')).toBeVisible()
  await expect.poll(() => sentLabels(page, 'audio')).toEqual(['Fake Audio Input 2'])

  // Pulled out: the browser ends its track, then reports the change.
  await page.evaluate(() => {
    for (const peer of (window as unknown as DeviceWindow).watched.peers) {
      for (const { track } of peer.getSenders()) {
        if (track?.label !== 'Fake Audio Input 2') continue
        track.stop()
        track.dispatchEvent(new Event('ended'))
      }
    }
  })
  await changeDevices(page, { without: ['Fake Audio Input 2'], besides: [] })
  await expect(page.getByText('Fake Audio Input 2 disconnected')).toBeVisible()
  await expect.poll(() => sentLabels(page, 'audio')).toEqual([expect.not.stringContaining('Input 2')])
  await expect(tileOf(ana, 'Bruno')).toHaveAttribute('data-microphone', 'on')
  await expect(page.getByText(/^Now using Fake /)).toBeVisible()
})

test('a permission taken back in the call turns the device off and says how to get it back', async ({
  open,
  parley,
}) => {
  const room = await makeRoom(parley)
  const ana = await open(room.moderatorUrl, WITHOUT_CAMERA)
  await join(ana, 'Ana')
  const browser = await launchWith((args) => args.filter((flag) => flag !== '--use-fake-ui-for-media-stream'))
  const page = await open(room.speakerUrl, { browser, permissions: ['camera', 'microphone'] })
  await expect(page.locator('video')).toBeVisible()
  await join(page, 'Bruno')
  await expectMoving(ana, tileOf(ana, 'Bruno'))
  await page.context().clearPermissions()
  await expect(tileOf(ana, 'Bruno')).toHaveAttribute('data-microphone', 'off')
  await expect(tileOf(ana, 'Bruno')).toHaveAttribute('data-camera', 'off')
  await expect(page.getByText('The microphone is blocked').first()).toBeVisible()
  await picture(page, 'permission-revoked')
  await page.context().grantPermissions(['camera', 'microphone'])
  await page.click('#mic-btn')
  await expect(tileOf(ana, 'Bruno')).toHaveAttribute('data-microphone', 'on')
  await browser.close()
})

/** Of the camera's sender: each layer, and the codec in use. */
const encodingsOf = (page: Page) =>
  page.evaluate(() =>
    (window as unknown as DeviceWindow).watched.peers
      .flatMap((peer) => peer.getSenders())
      .filter(({ track }) => track?.kind === 'video')
      .map((sender) => sender.getParameters())
      .map(({ encodings, codecs }) => ({
        active: encodings.filter(({ active }) => active).length,
        layers: encodings.length,
        framerate: encodings[0]?.maxFramerate,
        codec: codecs[0]?.mimeType,
      })),
  )

test('the camera is sent in layers, of which a busy processor leaves one', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const ana = await open(room.moderatorUrl, WITHOUT_CAMERA)
  await join(ana, 'Ana')
  // Chosen on another computer: this browser cannot encode it, and sends what all can.
  const page = await open(room.speakerUrl, {
    saved: { videoCodec: 'av1' },
    init: () => {
      const capabilities = RTCRtpSender.getCapabilities.bind(RTCRtpSender)
      RTCRtpSender.getCapabilities = (kind) => {
        const all = capabilities(kind)
        return all && { ...all, codecs: all.codecs.filter(({ mimeType }) => mimeType !== 'video/AV1') }
      }
      // oxlint-disable-next-line typescript/unbound-method -- called with its sender below
      const { getStats } = RTCRtpSender.prototype
      RTCRtpSender.prototype.getStats = async function (this: RTCRtpSender) {
        const stats = await getStats.call(this)
        if (!(window as unknown as DeviceWindow).isBusy) return stats
        const busy = [...stats.entries()].map(([id, report]) =>
          report.type === 'outbound-rtp' ? [id, { ...report, qualityLimitationReason: 'cpu' }] : [id, report],
        )
        return new Map(busy as [string, object][])
      }
    },
  })
  await expect(page.locator('video')).toBeVisible()
  await join(page, 'Bruno')
  await expectMoving(ana, tileOf(ana, 'Bruno'))
  await expect.poll(() => encodingsOf(page)).toMatchObject([{ layers: 3, codec: 'video/VP8' }])
  await page.evaluate(() => ((window as unknown as DeviceWindow).isBusy = true))
  await expect(page.getByText('Your computer is busy')).toBeVisible()
  await expect.poll(() => encodingsOf(page)).toMatchObject([{ active: 1, framerate: 15 }])
})

test('nothing is sent that nobody sees, and a small tile gets a small picture', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const page = await open(room.speakerUrl)
  await expect(page.locator('video')).toBeVisible()
  await join(page, 'Bruno')
  // Alone: dynacast stops every layer.
  await expect.poll(() => encodingsOf(page), { timeout: 30_000 }).toMatchObject([{ active: 0 }])
  const ana = await open(room.moderatorUrl, { ...WITHOUT_CAMERA, viewport: { width: 480, height: 320 } })
  await join(ana, 'Ana')
  await expectMoving(ana, tileOf(ana, 'Bruno'))
  const widthOf = () =>
    tileOf(ana, 'Bruno')
      .locator('video')
      .evaluate((video: HTMLVideoElement) => video.videoWidth)
  await expect.poll(widthOf, { timeout: 30_000 }).toBeLessThanOrEqual(640)
  await expect.poll(async () => (await encodingsOf(page))[0]?.active).toBeLessThan(3)
})

test('VP9 and AV1 are sent when they are chosen, and kept', async ({ open, parley }) => {
  const room = await makeRoom(parley)
  const ana = await open(room.moderatorUrl, WITHOUT_CAMERA)
  await join(ana, 'Ana')
  const page = await open(room.speakerUrl)
  await expect(page.locator('video')).toBeVisible()
  await join(page, 'Bruno')
  await expectMoving(ana, tileOf(ana, 'Bruno'))
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Settings' }).click()
  await page.getByRole('combobox', { name: 'Encoding of your camera' }).selectOption({ label: 'VP9' })
  await picture(page, 'settings')
  await page.getByRole('button', { name: 'Done' }).click()
  const received = () =>
    ana.evaluate(async () => {
      const names: string[] = []
      for (const peer of (window as unknown as DeviceWindow).watched.peers) {
        const stats = await peer.getStats()
        for (const report of stats.values())
          if (report.type === 'inbound-rtp' && report.kind === 'video' && report.framesDecoded > 0)
            names.push(stats.get(report.codecId)?.mimeType)
      }
      return names
    })
  await expect.poll(received, { timeout: 30_000 }).toContain('video/VP9')
  await expectMoving(ana, tileOf(ana, 'Bruno'))
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Settings' }).click()
  const codec = page.getByRole('combobox', { name: 'Encoding of your camera' })
  await expect(codec).toHaveValue('vp9')
  await codec.selectOption({ label: 'AV1' })
  await page.getByRole('button', { name: 'Done' }).click()
  await expect.poll(received, { timeout: 60_000 }).toContain('video/AV1')
  await expectMoving(ana, tileOf(ana, 'Bruno'))
})
