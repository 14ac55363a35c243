import type { Page } from '@playwright/test'
import { expect } from '../support/server.ts'
import {
  escapeAttribute,
  expectHeard,
  expectMeeting,
  heard,
  hostPage,
  joinIn,
  meetingIn,
  namesHeard,
  picture,
  test,
} from './embed-host.ts'
import { makeRoom, WITHOUT_CAMERA } from './meeting-pages.ts'

type Meet = HTMLElement & Record<string, (...values: unknown[]) => unknown>
/** Calls a method of the first element of the page. */
const call = (page: Page, method: string, ...values: unknown[]): Promise<unknown> =>
  page.evaluate(
    ([name, given]) => {
      const meet = document.querySelector<Meet>('parley-meet, openvidu-meet')
      const answer = meet?.[name]?.(...given)
      return answer === meet ? 'itself' : answer
    },
    [method, values] as const,
  )

test('a meeting in the page of another origin under a strict CSP: events once each and in order', async ({
  open,
  parley,
  host,
}) => {
  const room = await makeRoom(parley)
  const script = `window.heard = []
    const meet = document.querySelector('parley-meet')
    for (const name of ['ready', 'meetingJoined', 'joined', 'meetingLeft', 'left', 'meetingClosed', 'closed'])
      meet.addEventListener(name, (event) => heard.push([name, event.detail]))`
  host.serve('/host.js', { body: script, headers: { 'Content-Type': 'text/javascript' } })
  const url = host.serve('/', {
    body: `<!doctype html><title>Host</title><parley-meet room-url="${escapeAttribute(room.moderatorUrl)}"
      participant-name="Ana &amp; co"></parley-meet>
      <script src="${parley.url}/v1/parley.js"></script><script src="/host.js"></script>`,
    headers: {
      'Content-Security-Policy': `default-src 'none'; script-src 'self' ${parley.url}; frame-src ${parley.url}`,
    },
  })
  const page = await open(url, WITHOUT_CAMERA)
  const errors: string[] = []
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  const meeting = meetingIn(page)
  await expect(meeting.locator('#participant-name-input')).toHaveValue('Ana & co')
  await expectHeard(page, ['ready'])
  await picture(page, 'strict-csp')
  await meeting.locator('#join-button').click()
  await expectMeeting(meeting, 'connected')
  await expectHeard(page, ['ready', 'meetingJoined', 'joined'])
  const [, [, detail] = ['', null]] = await heard(page)
  expect(detail).toEqual({ roomId: room.roomId, participantIdentity: expect.stringMatching(/^ana_co-/) })

  await call(page, 'meetingLeave')
  await expectMeeting(meeting, 'ended')
  await expectHeard(page, ['ready', 'meetingJoined', 'joined', 'meetingLeft', 'left'])
  const left = { ...(detail as object), reason: 'voluntary_leave' }
  expect((await heard(page)).slice(3)).toEqual([
    ['meetingLeft', left],
    ['left', left],
  ])
  await meeting.locator('#back-btn').click()
  await expectHeard(page, [
    'ready',
    'meetingJoined',
    'joined',
    'meetingLeft',
    'left',
    'meetingClosed',
    'closed',
  ])
  expect((await heard(page)).slice(5)).toEqual([
    ['meetingClosed', null],
    ['closed', null],
  ])
  await expect(meeting.locator('#back-btn')).toHaveCount(0)
  expect(errors).toEqual([])
})

test('pages written for OpenVidu Meet work: old names, chaining, calls at once', async ({
  open,
  parley,
  host,
}) => {
  const room = await makeRoom(parley)
  const url = host.serve(
    '/',
    `<!doctype html><title>Host</title><script src="${parley.url}/meet/v1/openvidu-meet.js"></script>
    <div id="place"></div><script>
      window.heard = []
      document.getElementById('place').innerHTML = '<openvidu-meet room-url="${escapeAttribute(room.moderatorUrl)}">'
      const meet = document.querySelector('openvidu-meet')
      const unwanted = () => heard.push(['unwanted', null])
      window.isChained = meet.once('joined', (e) => heard.push(['joined', e]))
        .once('left', (e) => heard.push(['left', e.reason]))
        .on('joined', unwanted).off('joined', unwanted).on('left', unwanted).off('left')
        .once('left', (e) => heard.push(['left', e.reason]))
        .once('closed', () => heard.push(['closed', null])) === meet
    </script>`,
  )
  const page = await open(url, WITHOUT_CAMERA)
  const meeting = meetingIn(page, 'openvidu-meet iframe')
  await joinIn(meeting, 'Ana')
  await expectHeard(page, ['joined'])
  expect(await page.evaluate(() => 'isChained' in window && window.isChained)).toBe(true)

  const bruno = await open(room.speakerUrl, WITHOUT_CAMERA)
  await bruno.fill('#participant-name-input', 'Bruno')
  await bruno.click('#join-button')
  await expect(bruno.locator('#root')).toHaveAttribute('data-state', 'connected', { timeout: 20_000 })
  await expect(meeting.locator('.OV_stream.remote')).toBeVisible()
  const people = (await call(page, 'getParticipants')) as { identity: string; isLocal: boolean }[]
  const identity = people.find(({ isLocal }) => !isLocal)?.identity
  expect(await call(page, 'kickParticipant', identity)).toBe('itself')
  await expect(bruno.getByRole('heading', { name: 'You were removed from the meeting' })).toBeVisible()

  await call(page, 'endMeeting')
  await expectHeard(page, ['joined', 'left'])
  expect((await heard(page)).at(-1)).toEqual(['left', 'meeting_ended_by_self'])
  await meeting.locator('#back-btn').click()
  await expectHeard(page, ['joined', 'left', 'closed'])
  await page.evaluate(`meet.setAttribute('show-only-recordings', 'true')`)
  await expect(meeting.locator('.recordings-list')).toBeVisible()
  await page.evaluate(`meet.setAttribute('show-recording', 'none')`)
  await expect(meeting.locator('.recording-page-content')).toBeVisible()
})

test('the parts of a meeting have the ids that OpenVidu Meet’s own browser tests press', async ({
  open,
  parley,
  host,
}) => {
  const room = await makeRoom(parley)
  const url = host.serve(
    '/',
    hostPage(
      parley.url,
      `<openvidu-meet room-url="${escapeAttribute(room.moderatorUrl)}"></openvidu-meet>`,
      'openvidu-meet',
    ),
  )
  const page = await open(url, WITHOUT_CAMERA)
  const meeting = meetingIn(page, 'openvidu-meet iframe')
  const expectAll = async (selectors: string[]) => {
    for (const selector of selectors) await expect(meeting.locator(selector)).toBeVisible()
  }
  await expectAll([
    '#participant-name-input',
    'ov-meeting-media-setup',
    '.quick-action-button',
    '#join-button',
  ])
  await meeting.locator('#participant-name-input').fill('Ana')
  // There a step of its own, here nothing: what joins is the next.
  await expect(meeting.locator('#participant-name-submit')).toBeEnabled()
  await meeting.locator('#participant-name-submit').click()
  await expectMeeting(meeting, 'lobby')
  await meeting.locator('#join-button').click()
  await expectAll(['ov-meeting-view', '#layout-container', '.OV_stream.local', '#toolbar'])
  await expectAll(['#camera-btn', '#mic-btn', '#screenshare-btn', '#recording-btn', '#leave-btn'])
  // Whom they invite, and how, is up to the page around the meeting.
  await meeting.locator('#participants-panel-btn').click()
  await expectAll(['#waiting-overlay', '#waiting-panel'])
  await expect(meeting.locator('#invite-panel')).toHaveCount(0)
  await meeting.locator('.panel-close-button').click()
  await meeting.locator('#chat-panel-btn').click()
  await meeting.locator('#chat-input').fill('Hello')
  await meeting.locator('#send-btn').click()
  await expectAll(['.chat-message'])
  await meeting.locator('.panel-close-button').click()
  await meeting.locator('#screenshare-btn').click()
  await meeting.locator('#disable-screen-button').click()
  await meeting.locator('#more-options-btn').click()
  await meeting.locator('#toolbar-settings-btn').click()
  await expect(meeting.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await meeting.getByRole('button', { name: 'Leave or end the meeting' }).click()
  await meeting.locator('#leave-option').click()
  await expectAll(['#disconnect-title', '#back-btn'])

  // In a window of its own the link is offered for as long as one is in.
  const alone = await open(room.moderatorUrl, WITHOUT_CAMERA)
  await alone.fill('#participant-name-input', 'Bruno')
  await alone.click('#join-button')
  await alone.click('#participants-panel-btn')
  const link = alone.locator('#invite-panel input')
  await expect(link).toHaveValue(room.speakerUrl)
  await expect(alone.locator('#waiting-overlay, #waiting-panel')).toHaveCount(0)
  const carla = await open(room.speakerUrl, { ...WITHOUT_CAMERA, viewport: { width: 390, height: 844 } })
  await carla.fill('#participant-name-input', 'Carla')
  await carla.click('#join-button')
  await expect(alone.locator('.OV_stream.remote')).toBeVisible()
  await expect(link).toBeVisible()
  await picture(alone, 'people-invite')
})

test('what a developer gets wrong is said, and what is taken back stays away', async ({
  open,
  parley,
  host,
}) => {
  const room = await makeRoom(parley)
  const url = host.serve('/', hostPage(parley.url, '<parley-meet room-url="daily-abc"></parley-meet>'))
  const page = await open(url, WITHOUT_CAMERA)
  // A link that leads to no meeting would otherwise show the host's own page in itself, and nothing for ten seconds.
  await expect(page.getByText('This element needs a room-url or a recording-url.')).toBeVisible()
  await expect(page.locator('parley-meet iframe')).toHaveCount(0)
  const meeting = meetingIn(page)
  await page.evaluate((link) => {
    const meet = document.querySelector<Meet & { roomUrl: string }>('parley-meet')
    const faults: unknown[] = []
    const calls: string[] = []
    Object.assign(window, { faults, calls })
    const taken = () => calls.push('taken back')
    meet?.['on']?.('commandFailed', (detail: unknown) => faults.push(detail))
    meet?.['once']?.('ready', taken)
    meet?.['off']?.('ready', taken)
    meet?.['once']?.('phaseChanged', () => calls.push('once'))
    if (meet) meet.roomUrl = link
  }, room.speakerUrl)
  const faults: string[] = []
  const expectFault = (command: string, fault: string) => {
    faults.push(`${command}: ${fault}`)
    return expect
      .poll(() =>
        page.evaluate(() =>
          (window as Window & { faults?: { command: string; fault: string }[] }).faults?.map(
            (one) => `${one.command}: ${one.fault}`,
          ),
        ),
      )
      .toEqual(faults)
  }
  await expectHeard(page, ['ready'])
  await call(page, 'layoutSet', 'sideways')
  await expectFault('layoutSet', 'invalid_payload')
  await call(page, 'panelOpen', 'chat')
  await expectFault('panelOpen', 'not_connected')
  await page.evaluate(() => {
    const frame = document.querySelector('parley-meet')?.shadowRoot?.querySelector('iframe')
    frame?.contentWindow?.postMessage({ command: 'meetingFly' }, '*')
  })
  await expectFault('meetingFly', 'invalid_payload')
  await call(page, 'meetingJoin', ' ')
  await expectFault('meetingJoin', 'failed')
  await expect(meeting.getByRole('alert')).toHaveText('Enter your name to join.')
  // Shortened as one that is typed is.
  await call(page, 'meetingJoin', '🎉'.repeat(300))
  await expectMeeting(meeting, 'connected')
  await call(page, 'meetingJoin', 'Again')
  await expectFault('meetingJoin', 'failed')
  expect(await page.evaluate(() => (window as Window & { calls?: string[] }).calls)).toEqual(['once'])
})

test('commands drive the meeting, events tell of it, and what cannot be done is said', async ({
  open,
  parley,
  host,
}) => {
  const room = await makeRoom(parley)
  const names = [
    'participantJoined',
    'participantLeft',
    'trackPublished',
    'trackMuted',
    'trackUnmuted',
    'chatMessage',
    'panelChanged',
    'layoutChanged',
    'roleChanged',
    'commandFailed',
    'meetingJoined',
    'deviceFailed',
  ]
  const url = host.serve(
    '/',
    `<!doctype html><title>Host</title><script src="${parley.url}/v1/parley.js"></script>
    <parley-meet room-url="${escapeAttribute(room.speakerUrl)}"></parley-meet><script>
      window.heard = []
      const meet = document.querySelector('parley-meet')
      for (const name of ${JSON.stringify(names)}) meet.on(name, (detail) => heard.push([name, detail]))
      // Long before the meeting has loaded.
      meet.cameraSet(false).microphoneSet(false).meetingJoin('Ana')
    </script>`,
  )
  const page = await open(url)
  const meeting = meetingIn(page)
  const last = async (name: string) => (await heard(page)).findLast(([heard]) => heard === name)?.[1]
  const expectLast = (name: string, detail: unknown) =>
    expect.poll(() => last(name), { message: name, timeout: 15_000 }).toEqual(detail)
  await expectMeeting(meeting, 'connected')
  await expect(meeting.locator('#mic-btn')).toHaveAttribute('aria-label', 'Unmute microphone')
  await expect(meeting.locator('#camera-btn')).toHaveAttribute('aria-label', 'Turn camera on')
  const state = (await call(page, 'getState')) as { participantIdentity: string }
  expect(state).toMatchObject({
    phase: 'connected',
    roomId: room.roomId,
    roomName: 'Daily standup',
    participantName: 'Ana',
    role: 'other',
  })
  const own = state.participantIdentity

  const microphone = { participantIdentity: own, source: 'microphone', isLocal: true }
  // One that was off in the lobby is published with the first unmute, or before and muted.
  await call(page, 'microphoneToggle')
  await expect(meeting.locator('#mic-btn')).toHaveAttribute('aria-label', 'Mute microphone')
  await expectLast('trackPublished', microphone)
  await call(page, 'microphoneSet', false)
  await expectLast('trackMuted', microphone)
  await call(page, 'microphoneToggle')
  await expectLast('trackUnmuted', microphone)
  await call(page, 'panelOpen', 'chat')
  await expectLast('panelChanged', { panel: 'chat' })
  await call(page, 'chatSend', 'Hello <b>all</b>')
  await expect(meeting.getByText('Hello <b>all</b>')).toBeVisible()
  await expectLast(
    'chatMessage',
    expect.objectContaining({ text: 'Hello <b>all</b>', participantIdentity: own }),
  )
  expect(await call(page, 'getMessages')).toHaveLength(1)
  await call(page, 'panelClose')
  await expectLast('panelChanged', { panel: null })

  const bruno = await open(room.moderatorUrl, WITHOUT_CAMERA)
  await bruno.fill('#participant-name-input', 'Bruno')
  await bruno.click('#join-button')
  await expectLast('participantJoined', { participant: expect.objectContaining({ name: 'Bruno' }) })
  const { participant } = (await last('participantJoined')) as { participant: { identity: string } }
  await call(page, 'participantPin', participant.identity)
  await expect(meeting.locator('article[data-main="true"]')).toHaveAttribute('aria-label', 'Bruno')
  await call(page, 'participantUnpin')
  await expect(meeting.locator('article[data-main="true"]')).toHaveCount(0)
  await call(page, 'layoutSet', 'speaker')
  await expectLast('layoutChanged', { layout: 'speaker' })
  expect(await call(page, 'getState')).toMatchObject({ layout: 'speaker' })
  await call(page, 'layoutSet', 'auto')
  await call(page, 'participantVolume', participant.identity, 0.5)
  expect(await call(page, 'getDevices')).toContainEqual(expect.objectContaining({ kind: 'microphone' }))

  await call(page, 'participantKick', participant.identity)
  await expectLast(
    'commandFailed',
    expect.objectContaining({ command: 'participantKick', fault: 'not_permitted' }),
  )
  await page.evaluate(() => {
    const frame = document.querySelector('parley-meet')?.shadowRoot?.querySelector('iframe')
    frame?.contentWindow?.postMessage({ command: 'chatSend', payload: { text: 5 } }, '*')
  })
  await expectLast('commandFailed', {
    command: 'chatSend',
    fault: 'invalid_payload',
    message: 'chatSend: text must be a string',
  })
  await bruno.click('#leave-btn')
  await expectLast('participantLeft', { participantIdentity: participant.identity, name: 'Bruno' })
  expect((await namesHeard(page)).filter((name) => name === 'meetingJoined')).toHaveLength(1)
})

test('the key of an encrypted room is sent to nobody; after closing, the host page goes where it says', async ({
  open,
  parley,
  host,
}) => {
  const room = await makeRoom(parley)
  host.serve('/bye', '<title>Bye</title>')
  const url = host.serve(
    '/',
    hostPage(
      parley.url,
      `<parley-meet room-url="${escapeAttribute(room.speakerUrl)}" leave-redirect-url="/bye" e2ee-key="k 1&amp;2"></parley-meet>`,
    ),
  )
  const page = await open(url, WITHOUT_CAMERA)
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.reload()
  const frame = page.locator('parley-meet iframe')
  await expect(frame).toHaveAttribute('src', /#.*e2ee-key=k\+1%262/)
  await expect(meetingIn(page).locator('#lobby-back-btn')).toBeVisible()
  expect(asked.some((address) => address.split('#')[0]?.includes('e2ee'))).toBe(false)
  // In the query of a plain link it is moved at once.
  const direct = await open(`${room.speakerUrl}&e2ee-key=k1`, WITHOUT_CAMERA)
  await expect(direct).toHaveURL(`${room.speakerUrl}#e2ee-key=k1`)
  // Out of the lobby, without having joined.
  await meetingIn(page).locator('#lobby-back-btn').click()
  await page.waitForURL(`${host.origin}/bye`)
})

test('colours of the host, by CSS variable, attribute and command, stay readable', async ({
  open,
  parley,
  host,
}) => {
  const room = await makeRoom(parley)
  const url = host.serve(
    '/',
    hostPage(
      parley.url,
      `<style>parley-meet { --parley-background: #fffaf0; --parley-radius: 2px } .night { --parley-background: #102018 }</style>
      <parley-meet room-url="${escapeAttribute(room.speakerUrl)}" accent="#ffd400"></parley-meet>`,
    ),
  )
  const page = await open(url, WITHOUT_CAMERA)
  const meeting = meetingIn(page)
  const button = meeting.locator('#join-button')
  const colours = () =>
    button.evaluate((element) => {
      const { backgroundColor, color } = getComputedStyle(element)
      const body = getComputedStyle(document.body)
      return { backgroundColor, color, page: body.backgroundColor, text: body.color }
    })
  await expect(button).toBeVisible()
  // Yellow on cream would be 1.4:1: it was darkened until it stands out.
  const light = await colours()
  expect(light).toMatchObject({ page: 'rgb(255, 250, 240)' })
  expect(light.backgroundColor).not.toBe('rgb(255, 212, 0)')
  await picture(page, 'theme-light')
  await page.evaluate(() => (document.querySelector<HTMLElement>('parley-meet')!.className = 'night'))
  await page.addStyleTag({ content: 'parley-meet.night { --parley-background: #102018 }' })
  await page.evaluate(() => document.querySelector('parley-meet')?.setAttribute('accent', '#ffd500'))
  await expect.poll(colours).toMatchObject({
    page: 'rgb(16, 32, 24)',
    backgroundColor: 'rgb(255, 213, 0)',
    color: 'rgb(0, 0, 0)',
  })
  await picture(page, 'theme-dark')
  await call(page, 'themeSet', { accent: '#c00050', background: '' })
  await expect.poll(colours).toMatchObject({ page: 'rgb(14, 17, 22)', color: 'rgb(255, 255, 255)' })
})
