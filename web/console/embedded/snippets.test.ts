import { execFile, spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { createRoomCommand, createRoomNode, createRoomPython, frameHtml, linkHtml } from './snippets.ts'

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

test('names and links cannot break out of the HTML', () => {
  const url = 'https://meet.example.com/room/a?secret=1&x="><script>'
  for (const html of [linkHtml(url, 'A "B" <c>'), frameHtml(url, 'A "B" <c>')]) {
    expect(html).not.toContain('<script>')
    expect(html).not.toContain('<c>')
    expect(html).toContain('&amp;x=&quot;')
  }
})
