import type { Page } from '@playwright/test'
import { expect, type ServerProcess } from '../support/server.ts'
import { escapeAttribute, heard, joinIn, meetingIn, test } from './embed-host.ts'
import { makeRoom, WITHOUT_CAMERA } from './meeting-pages.ts'

type Meet = HTMLElement & Record<string, (...values: unknown[]) => unknown>

const call = (page: Page, method: string, ...values: unknown[]): Promise<unknown> =>
  page.evaluate(
    ([name, given]) => {
      const meet = document.querySelector<Meet>('parley-meet')
      const answer = meet?.[name]?.(...given)
      return answer === meet ? 'itself' : answer
    },
    [method, values] as const,
  )

const EVENTS = [
  'handsChanged',
  'reactionShown',
  'spotlightChanged',
  'locksChanged',
  'trackMuted',
  'trackUnmuted',
  'recordingStarted',
  'recordingStopped',
  'commandFailed',
]

const hostOf = (parley: ServerProcess, roomUrl: string) =>
  `<!doctype html><title>Host</title><style>body { margin: 0 } parley-meet { height: 640px }</style>
  <script src="${parley.url}/v1/parley.js"></script>
  <parley-meet room-url="${escapeAttribute(roomUrl)}"></parley-meet><script>
    window.heard = []
    const meet = document.querySelector('parley-meet')
    for (const name of ${JSON.stringify(EVENTS)}) meet.on(name, (detail) => heard.push([name, detail]))
  </script>`

/** The last of an event. */
const expectLast = (page: Page, name: string, detail: unknown, timeout = 15_000) =>
  expect
    .poll(async () => (await heard(page)).findLast(([one]) => one === name)?.[1], { message: name, timeout })
    .toEqual(detail)

const identityOf = async (page: Page): Promise<string> =>
  ((await call(page, 'getState')) as { participantIdentity: string }).participantIdentity

test('a moderator’s page moderates, a guest’s is refused, and both hear of it', async ({
  open,
  parley,
  host,
}) => {
  const room = await makeRoom(parley)
  const moderating = host.serve('/moderator', hostOf(parley, room.moderatorUrl))
  const visiting = host.serve('/guest', hostOf(parley, room.speakerUrl))
  const ana = await open(moderating, WITHOUT_CAMERA)
  await joinIn(meetingIn(ana), 'Ana')
  const bruno = await open(visiting, WITHOUT_CAMERA)
  const inBruno = meetingIn(bruno)
  await joinIn(inBruno, 'Bruno')
  const [anaId, brunoId] = [await identityOf(ana), await identityOf(bruno)]
  await expect(meetingIn(ana).locator(`article[data-identity="${brunoId}"]`)).toBeVisible()
  // The first state of a meeting is no news: what is told is what changes after it.
  await expect.poll(() => call(bruno, 'getState')).toMatchObject({ isRecording: false, spotlight: null })

  await call(bruno, 'handRaise')
  for (const page of [ana, bruno])
    await expectLast(page, 'handsChanged', { participantIdentities: [brunoId] })
  expect(await call(ana, 'getParticipants')).toContainEqual(
    expect.objectContaining({ identity: brunoId, isHandRaised: true }),
  )
  await call(ana, 'handLower', brunoId)
  for (const page of [ana, bruno]) await expectLast(page, 'handsChanged', { participantIdentities: [] })
  await call(bruno, 'reactionSend', 'applause')
  for (const page of [ana, bruno])
    await expectLast(page, 'reactionShown', { participantIdentity: brunoId, reaction: 'applause' })

  await call(ana, 'participantMute', brunoId)
  const microphone = { participantIdentity: brunoId, source: 'microphone' }
  await expectLast(ana, 'trackMuted', { ...microphone, isLocal: false })
  await expectLast(bruno, 'trackMuted', { ...microphone, isLocal: true })
  await expect(inBruno.locator('#mic-btn')).toHaveAccessibleName('Unmute microphone')
  await call(ana, 'participantAsk', brunoId, 'microphone')
  const question = inBruno.getByRole('alertdialog')
  await expect(question).toContainText('Ana')
  await question.getByRole('button', { name: 'Unmute' }).click()
  await expectLast(ana, 'trackUnmuted', { ...microphone, isLocal: false })
  await call(ana, 'participantMuteAll')
  await expect(inBruno.locator('#mic-btn')).toHaveAccessibleName('Unmute microphone')
  await expect(meetingIn(ana).locator('#mic-btn')).toHaveAccessibleName('Mute microphone')

  await call(ana, 'participantSpotlight', brunoId)
  for (const page of [ana, bruno])
    await expectLast(page, 'spotlightChanged', { participantIdentity: brunoId })
  await expect(inBruno.locator('[data-spotlit]').first()).toBeAttached()
  await call(ana, 'participantSpotlight')
  await expectLast(bruno, 'spotlightChanged', { participantIdentity: null })

  const unlocked = { microphone: false, camera: false, screen: false, chat: false }
  await call(ana, 'lockSet', 'microphone', true)
  for (const page of [ana, bruno])
    await expectLast(page, 'locksChanged', { locks: { ...unlocked, microphone: true } })
  expect(await call(bruno, 'getState')).toMatchObject({ locks: { ...unlocked, microphone: true } })
  const refused = (command: string) =>
    expectLast(bruno, 'commandFailed', {
      command,
      fault: 'not_permitted',
      message: 'The role of this participant does not allow it',
    })
  await call(bruno, 'microphoneSet', true)
  await refused('microphoneSet')
  await call(ana, 'lockSet', 'microphone', false)
  await expectLast(bruno, 'locksChanged', { locks: unlocked })
  await call(bruno, 'microphoneSet', true)
  await expectLast(ana, 'trackUnmuted', { ...microphone, isLocal: false })

  for (const [command, ...values] of [
    ['participantMute', anaId],
    ['participantAsk', anaId],
    ['participantMuteAll'],
    ['participantSpotlight', anaId],
    ['participantPromote', anaId],
    ['lockSet', 'chat', true],
    ['handLower', anaId],
    ['recordingStart'],
    ['recordingStop'],
    ['meetingEnd'],
  ] as const) {
    await call(bruno, command, ...values)
    await refused(command)
  }
  await call(ana, 'lockSet', 'everything', true)
  await expectLast(ana, 'commandFailed', {
    command: 'lockSet',
    fault: 'invalid_payload',
    message: 'lockSet: lock must be one of microphone, camera, screen, chat',
  })
})

test('the built-in recorder is started and stopped by commands, and everybody’s page hears of it', async ({
  open,
  parley,
  host,
}) => {
  test.slow()
  const room = await makeRoom(parley)
  const ana = await open(host.serve('/moderator', hostOf(parley, room.moderatorUrl)), WITHOUT_CAMERA)
  await joinIn(meetingIn(ana), 'Ana')
  const bruno = await open(host.serve('/guest', hostOf(parley, room.speakerUrl)), WITHOUT_CAMERA)
  await joinIn(meetingIn(bruno), 'Bruno')
  await call(ana, 'recordingStart')
  await expect(meetingIn(ana).getByTestId('recording-badge')).toContainText('REC', { timeout: 30_000 })
  const { recordings } = await parley.call<{ recordings: { recordingId: string }[] }>(
    `GET /api/v1/recordings?roomId=${room.roomId}`,
  )
  const told = { roomId: room.roomId, recordingId: recordings[0]?.recordingId }
  for (const page of [ana, bruno]) {
    await expectLast(page, 'recordingStarted', told)
    expect(await call(page, 'getState')).toMatchObject({ isRecording: true })
  }
  // As it is already.
  await call(ana, 'recordingStart')
  await call(ana, 'recordingStop')
  for (const page of [ana, bruno]) await expectLast(page, 'recordingStopped', told, 30_000)
  expect(await call(ana, 'getState')).toMatchObject({ isRecording: false })
  const recordingEvents = async (page: Page) =>
    (await heard(page)).map(([name]) => name).filter((name) => name !== 'trackMuted')
  for (const page of [ana, bruno])
    expect(await recordingEvents(page)).toEqual(['recordingStarted', 'recordingStopped'])
})
