import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { API_KEY, eventually, startParley } from '../support/parley.ts'
import { freePort } from '../support/processes.ts'

const root = path.join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join('docs', file)),
]
const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '')

describe('the README', () => {
  it('lists the environment variables that the server reads, and no others', () => {
    const [, table = ''] = /\| variable \|.*?\n((?:\|.*\n)+)/.exec(read('README.md')) ?? []
    const listed = table.split('\n').flatMap((row) => matches(row.split('|')[1] ?? '', /`(\w+)`/g))
    const [, known = ''] =
      /const Environment = z\.object\(\{\n([\s\S]*?)\n\}\)/.exec(read('server/config.ts')) ?? []
    expect(new Set(listed)).toEqual(new Set(matches(known, /^ {2}([A-Z][A-Z0-9_]*):/gm)))
  })

  it('makes a room with the curl command that it shows', async () => {
    const parley = await startParley()
    try {
      const block =
        matches(read('README.md'), /```bash[^\n]*\n([\s\S]*?)```/g).find((text) => text.includes('curl')) ??
        ''
      const command = block.replace('parley_live_...', API_KEY).replace('http://localhost:6080', parley.url)
      const { stdout } = await promisify(execFile)('bash', ['-c', command.replace('curl ', 'curl --silent ')])
      expect(JSON.parse(stdout)).toMatchObject({ roomName: 'Daily', status: 'open' })
      for (const field of ['moderator', 'speaker'] as const) {
        expect(read('README.md')).toContain(`access.anonymous.${field}.url`)
        expect(JSON.parse(stdout).access.anonymous[field].url).toContain('?secret=')
      }
    } finally {
      await parley.stop()
    }
  })
})

describe('the guide on webhooks', () => {
  const block = (language: string) =>
    matches(
      read('docs/webhooks.md'),
      new RegExp(`\`\`\`${language}(?: [^\\n]*)?\\n([\\s\\S]*?)\`\`\``, 'g'),
    )[0] ?? ''

  it.each([
    ['js', (code: string) => [process.execPath, '--input-type=module', '-e', code]],
    ['python', (code: string) => ['python3', '-u', '-c', code]],
  ] as const)('has a receiver in %s that takes what is genuine and nothing else', async (language, run) => {
    const parley = await startParley()
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    const port = await freePort()
    const [command, ...args] = run(block(language))
    const receiver = spawn(command ?? '', args, {
      env: { PATH: process.env.PATH, PORT: String(port), WEBHOOK_SECRET: secret },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    receiver.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()))
    try {
      const status = async (body: object) => {
        const url = `http://127.0.0.1:${port}/`
        const { id } = (await parley.call('POST /api/v1/webhooks', { body: { url, ...body } })).body
        const test = () => parley.call(`POST /api/v1/webhooks/${id}/test`)
        return (await eventually('an answer', test, ({ body: tried }) => tried.responseStatus !== null)).body
          .responseStatus as number
      }
      expect(await status({ secret })).toBe(200)
      expect(await status({ secret: 'not the secret of that one'.replaceAll(' ', '-') })).toBe(401)
      await parley.call('POST /api/v1/rooms', { body: { roomName: 'Told' } })
      await eventually(
        'the event',
        async () => output,
        (text) => text.includes('roomCreated Told'),
      )
    } finally {
      receiver.kill()
      await once(receiver, 'exit')
      await parley.stop()
    }
  })
})

describe.each(pages)('%s', (page) => {
  const text = read(page)

  it('names files that exist', () => {
    const links = matches(text, /\]\(([^)#:]+)(?:#[^)]*)?\)/g).map((link) =>
      path.join(path.dirname(page), link),
    )
    const named = matches(text, /`((?:server|web|test|docs|docker|bench)\/[\w./-]*)`/g)
    // The picture is taken by the browser tests.
    const missing = [...links, ...named].filter(
      (file) => !file.endsWith('.png') && !existsSync(path.join(root, file)),
    )
    expect(missing).toEqual([])
  })

  it('names npm scripts that exist', () => {
    const unknown = matches(text, /npm run ([\w:]+)/g).filter((name) => !(name in manifest.scripts))
    expect(unknown).toEqual([])
  })
})
