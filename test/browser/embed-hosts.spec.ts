import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import react from '@vitejs/plugin-react'
import { build, type Plugin } from 'vite'
import { expect } from '../support/server.ts'
import {
  escapeAttribute,
  expectHeard,
  expectMeeting,
  heard,
  hostPage,
  joinIn,
  meetingIn,
  picture,
  test,
} from './embed-host.ts'
import { makeRoom, WITHOUT_CAMERA } from './meeting-pages.ts'

const ALLOW = 'camera; microphone; display-capture; fullscreen; autoplay'
/** A page that notes what a plain frame says to it, and can speak to it. */
const framePage = (url: string, attributes = `allow="${ALLOW}"`) => `<!doctype html><title>Host</title>
  <style>body { margin: 0 } iframe { width: 100%; height: 640px; border: 0 }</style>
  <script>
    window.heard = []
    addEventListener('message', ({ data, origin }) => heard.push([data.event, data.payload ?? null, origin]))
    const say = (message) => document.querySelector('iframe').contentWindow.postMessage(message, '*')
  </script>
  <iframe id="meeting" src="${escapeAttribute(url)}" ${attributes}></iframe>`

test('a plain frame: the same events under both names, commands, and the way back', async ({
  open,
  parley,
  host,
}) => {
  const room = await makeRoom(parley)
  host.serve('/bye', '<title>Bye</title>')
  const url = `${room.moderatorUrl}&participant-name=Ana&leave-redirect-url=/bye`
  const page = await open(host.serve('/', framePage(url)), WITHOUT_CAMERA)
  const meeting = meetingIn(page, '#meeting')
  await expect(meeting.locator('#participant-name-input')).toHaveValue('Ana')
  // What the older element of OpenVidu Meet answers to "ready" does no harm.
  await page.evaluate(`say({ command: 'initialize', payload: { domain: location.origin } })`)
  await meeting.locator('#join-button').click()
  await expectMeeting(meeting, 'connected')
  await page.evaluate(`say({ command: 'endMeeting' })`)
  const main = async () => (await heard(page)).filter(([name]) => MAIN.includes(name))
  await expect
    .poll(async () => (await main()).map(([name]) => name))
    .toEqual(['ready', 'meetingJoined', 'joined', 'meetingLeft', 'left'])
  const [, , , left] = await main()
  expect(left).toEqual([
    'meetingLeft',
    expect.objectContaining({ roomId: room.roomId, reason: 'meeting_ended_by_self' }),
    parley.url,
  ])
  await meeting.locator('#back-btn').click()
  await page.waitForURL(`${host.origin}/bye`)
})
const MAIN = ['ready', 'meetingJoined', 'joined', 'meetingLeft', 'left', 'meetingClosed', 'closed']

test('only the parent at its origin is heard', async ({ open, parley, host }) => {
  const room = await makeRoom(parley)
  const page = await open(host.serve('/', framePage(room.moderatorUrl)), WITHOUT_CAMERA)
  const meeting = meetingIn(page, '#meeting')
  await joinIn(meeting, 'Ana')
  // A frame beside it finds it, but is not its parent.
  host.serve(
    '/other',
    `<script>parent.frames[0].postMessage({ command: 'meetingLeave' }, '*')
    parent.postMessage({ event: 'spoken' }, '*')</script>`,
  )
  await page.evaluate(
    `{ const other = document.createElement('iframe'); other.src = '/other'; document.body.append(other) }`,
  )
  await expect.poll(() => heard(page)).toContainEqual(['spoken', null, host.origin])
  // A command after it is carried out, so that one has been passed over by now.
  await page.evaluate(`say({ command: 'panelOpen', payload: { panel: 'chat' } })`)
  await expect(meeting.getByRole('complementary')).toBeVisible()
  await expectMeeting(meeting, 'connected')
})

test('a sandboxed frame joins, with its origin and without', async ({ open, parley, host }) => {
  const room = await makeRoom(parley)
  const sandbox = 'allow-scripts allow-same-origin allow-forms allow-popups'
  const url = host.serve('/', framePage(room.speakerUrl, `sandbox="${sandbox}" allow="${ALLOW}"`))
  const page = await open(url, WITHOUT_CAMERA)
  await joinIn(meetingIn(page, '#meeting'), 'Ana')
  await expect.poll(() => heard(page)).toContainEqual(['joined', expect.anything(), parley.url])

  // Without its origin it has no storage and no cookies.
  const closed = host.serve(
    '/closed',
    framePage(room.speakerUrl, `sandbox="allow-scripts allow-forms" allow="${ALLOW}"`),
  )
  const other = await open(closed, WITHOUT_CAMERA)
  await joinIn(meetingIn(other, '#meeting'), 'Bruno')
})

test('devices that the host does not pass on are said, and one joins without', async ({
  open,
  parley,
  host,
}) => {
  const room = await makeRoom(parley)
  const url = host.serve('/', {
    body: hostPage(
      parley.url,
      `<parley-meet room-url="${escapeAttribute(room.speakerUrl)}"></parley-meet>
       <script>const failed = []; document.querySelector('parley-meet').on('deviceFailed', (detail) => failed.push(detail))</script>`,
    ),
    headers: { 'Permissions-Policy': 'camera=(), microphone=(), display-capture=()' },
  })
  const page = await open(url)
  const meeting = meetingIn(page)
  const alert = meeting
    .getByRole('alert')
    .filter({ hasText: 'This site does not let the meeting use camera and microphone' })
  await expect(alert).toBeVisible()
  await expect(alert.getByRole('link', { name: 'Open in a new tab' })).toHaveAttribute(
    'href',
    new RegExp(`^${room.speakerUrl.replaceAll(/[?.]/g, '\\$&')}`),
  )
  await expect
    .poll(() => page.evaluate('failed'))
    .toEqual([
      { device: 'microphone', fault: 'policy' },
      { device: 'camera', fault: 'policy' },
    ])
  await picture(page, 'policy')
  await joinIn(meeting, 'Ana')
  await meeting.locator('#screenshare-btn').click()
  await expect(meeting.getByText('This site does not let the meeting share a screen.')).toBeVisible()
  await meeting.locator('#camera-btn').click()
  await expect(meeting.getByText('This site does not let the meeting use the camera')).toBeVisible()
  await picture(page, 'policy-call')
})

test('an origin that the organization does not allow gets no meeting', async ({ open, parley, host }) => {
  const room = await makeRoom(parley)
  const url = host.serve(
    '/',
    hostPage(parley.url, `<parley-meet room-url="${escapeAttribute(room.speakerUrl)}"></parley-meet>`),
  )
  const allow = (allowedOrigins: string[]) => parley.call('PATCH /api/v1/organization', { allowedOrigins })
  await allow(['https://app.example.com'])
  try {
    const page = await open(url, WITHOUT_CAMERA)
    const link = page.locator('parley-meet').getByRole('link', { name: 'Open it in a new tab' })
    await expect(link).toHaveAttribute('href', room.speakerUrl, { timeout: 20_000 })
    expect(await heard(page)).toEqual([])
    await picture(page, 'not-allowed')
    await allow([host.origin])
    await page.reload()
    await expect(meetingIn(page).locator('#join-button')).toBeVisible()
  } finally {
    await allow(['*'])
  }
})

test('a page whose origin is not allowed is not heard and told nothing, even where it could frame the meeting', async ({
  open,
  parley,
  host,
}) => {
  const room = await makeRoom(parley)
  const allow = (allowedOrigins: string[]) => parley.call('PATCH /api/v1/organization', { allowedOrigins })
  const visit = async () => {
    const page = await open(host.serve('/', '<!doctype html><title>Host</title>'), WITHOUT_CAMERA)
    // As with a browser that knows no frame-ancestors, or a proxy that takes the header away.
    await page.route(`${parley.url}/room/**`, async (route) => {
      const response = await route.fetch()
      const { 'content-security-policy': _dropped, ...headers } = response.headers()
      await route.fulfill({ response, headers })
    })
    await page.evaluate((html) => document.write(html), framePage(room.moderatorUrl))
    const meeting = meetingIn(page, '#meeting')
    // There from when the page answers, and hears who it may hear.
    await expect(meeting.getByRole('combobox', { name: 'Language' })).toBeVisible()
    await page.evaluate(`{
      say({ command: 'initialize', payload: { domain: 'https://app.example.com' } })
      say({ event: 'ready', origin: 'https://app.example.com' })
      say({ command: 'participantNameSet', payload: { participantName: 'Mallory' } })
      say({ query: 'getState', id: 1 })
    }`)
    return { page, meeting }
  }
  try {
    // Allowed, the same page is heard and told: what is asked below could be seen.
    await allow([host.origin])
    const friend = await visit()
    await expect(friend.meeting.locator('#participant-name-input')).toHaveValue('Mallory')
    await expect.poll(async () => (await heard(friend.page)).map(([name]) => name)).toContain('answer')

    await allow(['https://app.example.com'])
    const { page, meeting } = await visit()
    // A round of the page's own: what was said before it would have been carried out by then.
    const camera = meeting.locator('#camera-btn')
    const wasOn = await camera.getAttribute('data-on')
    await camera.click()
    await expect(camera).not.toHaveAttribute('data-on', String(wasOn))
    await expect(meeting.locator('#participant-name-input')).toHaveValue('')
    expect(await heard(page)).toEqual([])
  } finally {
    await allow(['*'])
  }
})

test('removal, re-insertion, a move and other attributes', async ({ open, parley, host }) => {
  const [first, second] = [await makeRoom(parley, 'First'), await makeRoom(parley, 'Second')]
  const url = host.serve(
    '/',
    hostPage(
      parley.url,
      `<div id="a"><parley-meet room-url="${escapeAttribute(first.moderatorUrl)}"></parley-meet></div><div id="b"></div>`,
    ),
  )
  const page = await open(url, WITHOUT_CAMERA)
  const meeting = meetingIn(page)
  const bruno = await open(first.speakerUrl, WITHOUT_CAMERA)
  await bruno.fill('#participant-name-input', 'Bruno')
  await bruno.click('#join-button')
  await joinIn(meeting, 'Ana')
  await expectHeard(page, ['ready', 'meetingJoined', 'joined'])
  // Without storage, as in a private window, the name of before may still be taken for a moment.
  const ana = bruno.getByRole('article', { name: /^Ana(_1)?$/ })
  await expect(ana).toBeVisible()

  // Frames load anew when they are moved; the person is taken back in, and the host hears of nothing.
  await page.evaluate(`document.querySelector('#b').append(meet)`)
  await expectMeeting(meeting, 'connected')
  await expect(ana).toBeVisible()
  await expectHeard(page, ['ready', 'meetingJoined', 'joined'])

  // Removed: over for this person, for all to see.
  await page.evaluate('meet.remove()')
  await expectHeard(page, ['ready', 'meetingJoined', 'joined', 'meetingLeft', 'left'])
  await expect(ana).toHaveCount(0)
  expect((await heard(page)).findLast(([name]) => name === 'left')?.[1]).toMatchObject({
    roomId: first.roomId,
    reason: 'voluntary_leave',
  })

  // Back, with all its listeners.
  await page.evaluate(`heard.length = 0; document.querySelector('#a').append(meet)`)
  await expectMeeting(meeting, 'lobby')
  await expectHeard(page, ['ready'])
  await page.evaluate(`meet.participantName = 'Anastasia'`)
  await expect(meeting.locator('#participant-name-input')).toHaveValue('Anastasia')
  await meeting.locator('#join-button').click()
  await expectMeeting(meeting, 'connected')
  // Another room takes the place of the first.
  await page.evaluate((roomUrl) => {
    document.querySelector('parley-meet')?.setAttribute('room-url', roomUrl)
  }, second.speakerUrl)
  await expect(meeting.getByRole('heading', { name: 'Second' })).toBeVisible()
  await expectHeard(page, ['ready', 'meetingJoined', 'joined', 'meetingLeft', 'left', 'ready'])
  // Nothing of this is a step in the history of the page.
  expect(await page.evaluate('history.length')).toBe(2)
  await page.evaluate(`meet.roomUrl = 'javascript:alert(1)'`)
  await expect(page.getByText('This element needs a room-url or a recording-url.')).toBeVisible()
})

test('two elements on one page mind their own business', async ({ open, parley, host }) => {
  const [first, second] = [await makeRoom(parley, 'First'), await makeRoom(parley, 'Second')]
  const url = host.serve(
    '/',
    `<!doctype html><title>Host</title><script src="${parley.url}/v1/parley.js"></script>
    <script src="${parley.url}/v1/openvidu-meet.js"></script>
    <style>body { display: grid; grid-template-columns: 1fr 1fr; margin: 0 } body > * { height: 640px }</style>
    <parley-meet room-url="${escapeAttribute(first.moderatorUrl)}"></parley-meet>
    <openvidu-meet room-url="${escapeAttribute(second.moderatorUrl)}"></openvidu-meet><script>
      window.heard = []
      for (const meet of document.querySelectorAll('parley-meet, openvidu-meet'))
        for (const name of ['joined', 'left']) meet.on(name, ({ roomId }) => heard.push([meet.localName, name, roomId]))
    </script>`,
  )
  const page = await open(url, WITHOUT_CAMERA)
  const [one, other] = [meetingIn(page), meetingIn(page, 'openvidu-meet iframe')]
  await joinIn(one, 'Ana')
  await joinIn(other, 'Ana')
  await picture(page, 'two-elements')
  await page.evaluate(`document.querySelector('openvidu-meet').meetingLeave()`)
  await expectMeeting(other, 'ended')
  await expectMeeting(one, 'connected')
  await expect
    .poll(() => heard(page))
    .toEqual([
      ['parley-meet', 'joined', first.roomId],
      ['openvidu-meet', 'joined', second.roomId],
      ['openvidu-meet', 'left', second.roomId],
    ])
})

test('twenty times in and out leave no camera on, no frame and no heap behind', async ({
  open,
  parley,
  host,
}) => {
  const room = await makeRoom(parley)
  const url = host.serve(
    '/',
    `<!doctype html><title>Host</title><script src="${parley.url}/v1/parley.js"></script>`,
  )
  const page = await open(url, {
    // In each frame: what was captured.
    init: () => {
      const tracks: MediaStreamTrack[] = []
      const { mediaDevices } = navigator
      const capture = mediaDevices.getUserMedia.bind(mediaDevices)
      mediaDevices.getUserMedia = async (constraints) => {
        const stream = await capture(constraints)
        tracks.push(...stream.getTracks())
        return stream
      }
      Object.assign(window, { tracks })
    },
  })
  const told: string[] = []
  page.on('console', (message) => message.text().startsWith('tracks') && told.push(message.text()))
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable')
  const measure = async () => {
    await devtools.send('HeapProfiler.collectGarbage')
    const { metrics } = await devtools.send('Performance.getMetrics')
    const of = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN
    return {
      heap: of('JSHeapUsedSize'),
      documents: of('Documents'),
      listeners: of('JSEventListeners'),
      nodes: of('Nodes'),
    }
  }
  const cycle = async () => {
    await page.evaluate((roomUrl) => {
      const meet = Object.assign(document.createElement('parley-meet'), { roomUrl })
      document.body.append(meet)
    }, room.speakerUrl)
    await expect(meetingIn(page).locator('video')).toBeVisible()
    // After the page's own listeners: whether all has stopped by the time the frame is gone.
    await page.frames()[1]?.evaluate(() => {
      const { tracks } = window as unknown as { tracks: MediaStreamTrack[] }
      addEventListener('pagehide', () => console.log('tracks', ...tracks.map(({ readyState }) => readyState)))
    })
    await page.evaluate(`document.querySelector('parley-meet').remove()`)
  }
  for (let count = 0; count < 5; count++) await cycle()
  const before = await measure()
  for (let count = 5; count < 20; count++) await cycle()
  await expect.poll(() => told.length).toBe(20)
  expect(new Set(told)).toEqual(new Set(['tracks ended ended']))
  await expect.poll(() => page.frames().length).toBe(1)
  const after = await measure()
  expect(after.heap - before.heap, JSON.stringify({ before, after })).toBeLessThan(500_000)
  expect(after.documents).toBeLessThanOrEqual(before.documents)
  expect(after.listeners).toBeLessThanOrEqual(before.listeners)
  expect(after.nodes).toBeLessThanOrEqual(before.nodes + 20)
})

/** Builds an app with vite as its developers do; gives the files by name. */
async function buildApp(files: Record<string, string>, plugins: Plugin[][]): Promise<Map<string, string>> {
  const dir = await mkdtemp(path.join(tmpdir(), 'parley-app-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(dir, name)), { recursive: true })
      await writeFile(path.join(dir, name), text)
    }
    const alias = Object.fromEntries(
      ['react', 'react-dom', 'vue'].map((name) => [
        name,
        path.join(import.meta.dirname, '../../node_modules', name),
      ]),
    )
    const result = await build({
      configFile: false,
      root: dir,
      logLevel: 'error',
      plugins,
      resolve: { alias },
      define: {
        __VUE_OPTIONS_API__: 'true',
        __VUE_PROD_DEVTOOLS__: 'false',
        __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
      },
      build: { write: false, minify: false },
    })
    const outputs = [result].flat().flatMap((one) => ('output' in one ? one.output : []))
    return new Map(
      outputs.map((one) => [`/${one.fileName}`, one.type === 'chunk' ? one.code : String(one.source)]),
    )
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

const dist = path.join(import.meta.dirname, '../../dist/web/v1')

test('in a React app: props, handlers, a ref, unmounting', async ({ open, parley, host }) => {
  const room = await makeRoom(parley)
  const app = await buildApp(
    {
      'index.html':
        '<title>React</title><div id="root"></div><script type="module" src="/main.jsx"></script>',
      // As `npm install <server>/v1/parley-meet.tgz` puts it there.
      'parley-react.js': await readFile(path.join(dist, 'parley-react.js'), 'utf8'),
      'main.jsx': `import { StrictMode, useRef, useState } from 'react'
        import { createRoot } from 'react-dom/client'
        import { ParleyMeet } from './parley-react.js'
        window.heard = []
        function App() {
          const meet = useRef(null)
          const [isShown, setShown] = useState(true)
          const [count, setCount] = useState(0)
          if (!isShown) return <p>Gone</p>
          return <>
            <button onClick={() => meet.current.meetingLeave()}>Leave</button>
            <button onClick={() => setShown(false)}>Hide</button>
            <output>{count}</output>
            <ParleyMeet ref={meet} roomUrl={${JSON.stringify(room.speakerUrl)}} participantName="Ana"
              showOnlyRecordings={false} accent="#0b7a4b" className="meet" style={{ height: 600 }}
              onMeetingJoined={(detail) => { heard.push(['joined', detail.roomId]); setCount(count + 1) }}
              onMeetingLeft={(detail) => heard.push(['left', detail.reason, count])} />
          </>
        }
        createRoot(document.getElementById('root')).render(<StrictMode><App /></StrictMode>)`,
    },
    [react()],
  )
  for (const [name, body] of app)
    host.serve(name, {
      body,
      headers: { 'Content-Type': name.endsWith('.js') ? 'text/javascript' : 'text/html' },
    })
  const page = await open(`${host.origin}/index.html`, WITHOUT_CAMERA)
  const meeting = meetingIn(page)
  await expect(meeting.locator('#participant-name-input')).toHaveValue('Ana')
  await expect(page.locator('parley-meet.meet')).toHaveCSS('height', '600px')
  await meeting.locator('#join-button').click()
  await expectMeeting(meeting, 'connected')
  await expect(page.locator('output')).toHaveText('1')
  await page.getByRole('button', { name: 'Leave' }).click()
  await expectMeeting(meeting, 'ended')
  // The handler is that of the latest rendering.
  await expect
    .poll(() => heard(page))
    .toEqual([
      ['joined', room.roomId],
      ['left', 'voluntary_leave', 1],
    ])
  await page.getByRole('button', { name: 'Hide' }).click()
  await expect(page.getByText('Gone')).toBeVisible()
  await expect.poll(() => page.frames().length).toBe(1)
})

test('in a Vue app: bound attributes, listeners, a ref, v-if', async ({ open, parley, host }) => {
  const room = await makeRoom(parley)
  const app = await buildApp(
    {
      'index.html': '<title>Vue</title><div id="app"></div><script type="module" src="/main.js"></script>',
      'parley.esm.js': await readFile(path.join(dist, 'parley.esm.js'), 'utf8'),
      'main.js': `import { createApp, ref } from 'vue/dist/vue.esm-bundler.js'
        import './parley.esm.js'
        window.heard = []
        const app = createApp({
          setup() {
            const meet = ref(null), name = ref('Ana'), isShown = ref(true)
            return { roomUrl: ${JSON.stringify(room.speakerUrl)}, meet, name, isShown,
              onJoined: (event) => heard.push(['joined', event.detail.roomId]),
              onLeft: (event) => heard.push(['left', event.detail.reason]) }
          },
          template: \`<button @click="name = 'Bea'">Rename</button><button @click="isShown = false">Hide</button>
            <parley-meet v-if="isShown" ref="meet" :room-url="roomUrl" :participant-name="name"
              @meetingJoined="onJoined" @meetingLeft="onLeft" style="height: 600px" />\`,
        })
        app.config.compilerOptions.isCustomElement = (tag) => tag === 'parley-meet'
        app.mount('#app')`,
    },
    [],
  )
  for (const [name, body] of app)
    host.serve(name, {
      body,
      headers: { 'Content-Type': name.endsWith('.js') ? 'text/javascript' : 'text/html' },
    })
  const page = await open(`${host.origin}/index.html`, WITHOUT_CAMERA)
  const meeting = meetingIn(page)
  await expect(meeting.locator('#participant-name-input')).toHaveValue('Ana')
  await page.getByRole('button', { name: 'Rename' }).click()
  await expect(meeting.locator('#participant-name-input')).toHaveValue('Bea')
  await meeting.locator('#join-button').click()
  await expectMeeting(meeting, 'connected')
  await page.getByRole('button', { name: 'Hide' }).click()
  await expect
    .poll(() => heard(page))
    .toEqual([
      ['joined', room.roomId],
      ['left', 'voluntary_leave'],
    ])
  await expect.poll(() => page.frames().length).toBe(1)
})
