import { execFile, spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import {
  createRoomCommand,
  createRoomNode,
  createRoomPython,
  elementHtml,
  elementReact,
  elementVue,
  frameHtml,
  frameUrl,
  linkHtml,
} from './snippets.ts'

const KEY = 'parley_live_abc123'
const run = promisify(execFile)

/** Answers any request with two links and remembers what came. */
async function receiver() {
  const seen: { method?: string; url?: string; key?: string | string[]; type?: string; body: string }[] = []
  const server = createServer((req, res) => {
    let body = ''
    req.on('data', (chunk: Buffer) => (body += chunk.toString()))
    req.on('end', () => {
      seen.push({
        method: req.method,
        url: req.url,
        key: req.headers['x-api-key'],
        type: req.headers['content-type'],
        body,
      })
      res.writeHead(201, { 'Content-Type': 'application/json' })
      res.end(JSON.stringify({ moderatorUrl: 'M', speakerUrl: 'S' }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

const isInstalled = (program: string) => spawnSync(program, ['--version']).status === 0
const RUNNERS = [
  { name: 'curl', needs: 'curl', command: ['sh', '-c'], snippet: createRoomCommand },
  {
    name: 'Node.js',
    needs: process.execPath,
    command: [process.execPath, '--input-type=module', '-e'],
    snippet: createRoomNode,
  },
  { name: 'Python', needs: 'python3', command: ['python3', '-c'], snippet: createRoomPython },
]

test.each(RUNNERS.filter(({ needs }) => isInstalled(needs)))(
  'the $name snippet runs as it is and sends the right request',
  async ({ command: [program = '', ...options], snippet }) => {
    const { origin, seen } = await receiver()
    await run(program, [...options, snippet(origin, KEY)])
    expect(seen).toEqual([
      { method: 'POST', url: '/api/v1/rooms', key: KEY, type: 'application/json', body: expect.any(String) },
    ])
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ roomName: 'Daily' })
  },
)

const choice = {
  server: 'https://meet.example.com',
  roomUrl: 'https://meet.example.com/room/a?secret=1&x="><script>',
  roomName: 'A "B" <c>',
  participantName: '</script>"\'{1}&amp;',
  leaveRedirectUrl: '/bye?a=1&b=2',
  accent: '#7a3cff',
  heightPx: 640,
  showOnlyRecordings: true,
}

test('names and links cannot break out of the HTML', () => {
  const pages = [
    elementHtml(choice),
    elementVue(choice),
    frameHtml(choice),
    linkHtml(choice.roomUrl, choice.roomName),
  ]
  for (const html of pages) {
    expect(html.replace(/<script (src|setup)[^>]*>/, '')).not.toContain('<script')
    expect(html).not.toContain('<c>')
  }
  expect(linkHtml(choice.roomUrl, choice.roomName)).toContain('&amp;x=&quot;')
})

test('every option that was set is in every form, and none that was not', () => {
  expect(elementReact(choice)).toContain('participantName={"</script>\\"\'{1}&amp;"}')
  expect(elementReact(choice)).toContain('accent="#7a3cff"')
  expect(new URL(frameUrl(choice)).searchParams.get('participant-name')).toBe(choice.participantName)
  const plain = {
    ...choice,
    participantName: '',
    leaveRedirectUrl: '',
    accent: '',
    showOnlyRecordings: false,
  }
  for (const code of [elementHtml(plain), elementReact(plain), elementVue(plain), frameHtml(plain)]) {
    expect(code).toContain('640')
    expect(code).not.toMatch(/participant|redirect|accent|recordings/i)
  }
})
