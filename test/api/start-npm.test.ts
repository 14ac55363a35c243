import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { appendFile, cp, rm, symlink } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { livekitBinary, within } from '../support/livekit-child.ts'
import { eventually } from '../support/parley.ts'
import { isAlive, livekitPid, parentOf, runningWith } from '../support/processes.ts'
import { ADMIN } from '../support/server.ts'
import { makeSite, type Site } from '../support/site.ts'

// A build takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000 })

const ROOT = path.join(import.meta.dirname, '../..')
/** What a fresh clone has, as far as a start needs it. */
const SOURCES = [
  'server',
  'web',
  'docs',
  'livekit.yaml',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  '.npmrc',
]

let site: Site
let clone: string
const started = new Set<ChildProcess>()

beforeAll(async () => {
  await livekitBinary()
  site = await makeSite()
  clone = path.join(site.dir, 'parley')
  for (const name of SOURCES) await cp(path.join(ROOT, name), path.join(clone, name), { recursive: true })
  await symlink(path.join(ROOT, 'node_modules'), path.join(clone, 'node_modules'))
}, 45 * 60_000)
afterEach(() => {
  for (const { pid } of started) if (pid !== undefined) killGroup(pid)
  started.clear()
})
afterAll(() => site[Symbol.asyncDispose]())

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // All of it has ended, as it should.
  }
}

interface Terminal {
  /** What runs in the foreground, with a process group of its own as a shell gives it. */
  process: ChildProcess
  said: () => string
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Resolves with the URL once it is printed. */
  url: () => Promise<string>
}

async function inTerminal(command: string[], env: Record<string, string> = {}): Promise<Terminal> {
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    cwd: clone,
    detached: true,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      LIVEKIT_SERVER_BIN: await livekitBinary(),
      PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.add(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => (said += bytes.toString()))
  const exited = new Promise<Awaited<Terminal['exited']>>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  )
  const url = async () => {
    const isOver = (text: string) => /Media[ :]/.test(text) || child.exitCode !== null
    await eventually('the address', () => Promise.resolve(said), isOver, 150_000)
    const found = / {2}Parley +(\S+)/.exec(said)?.[1]
    if (found === undefined) throw new Error(`it did not start:\n${said}`)
    return found
  }
  return { process: child, said: () => said, exited, url }
}

const isGone = (pid: number) =>
  eventually(
    'the end',
    () => Promise.resolve(isAlive(pid)),
    (alive) => !alive,
  )

test('npm start builds in a fresh clone, and not again until a source changes', async () => {
  const start = async () => {
    const terminal = await inTerminal(['npm', 'start'])
    const health = await fetch(`${await terminal.url()}/health`)
    expect(await health.text()).toBe('OK')
    process.kill(-(terminal.process.pid ?? 0), 'SIGINT')
    await terminal.exited
    return terminal.said()
  }
  const first = await start()
  expect(first).toMatch(/Building the web app \.\.\.\n {2}Building the server \.\.\.\n {2}Built in \d/)
  expect(existsSync(path.join(clone, 'data/parley.sqlite'))).toBe(true)
  const second = await start()
  expect(second).not.toContain('Building')
  expect(second).toContain(`  Data          ${path.join(clone, 'data')}\n`)
  await appendFile(path.join(clone, 'server/clock.ts'), '\n')
  expect(await start()).toContain('Building the server')
})

describe('npm start', () => {
  // Some shells make way for their last command, and then Ctrl-C comes twice: from the terminal and from npm.
  test.each(['/bin/sh', '/bin/bash'].filter((shell) => existsSync(shell)))(
    'at Ctrl-C under %s ends in order, with LiveKit',
    async (shell) => {
      const terminal = await inTerminal(['npm', 'start'], { npm_config_script_shell: shell })
      await terminal.url()
      const livekit = livekitPid(path.join(clone, 'data')) ?? 0
      const parley = parentOf(livekit)
      process.kill(-(terminal.process.pid ?? 0), 'SIGINT')
      await within(10_000, 'the end', terminal.exited)
      expect(isAlive(parley)).toBe(false)
      expect(isAlive(livekit)).toBe(false)
      // Left behind by a process that had no time to stop.
      expect(livekitPid(path.join(clone, 'data'))).toBeNull()
    },
  )

  test('does not live on when npm alone is told to stop', async () => {
    const terminal = await inTerminal(['npm', 'start'])
    await terminal.url()
    const livekit = livekitPid(path.join(clone, 'data')) ?? 0
    const parley = parentOf(livekit)
    terminal.process.kill('SIGTERM')
    await isGone(parley)
    await isGone(livekit)
    expect(livekitPid(path.join(clone, 'data'))).toBeNull()
  })

  test('tells what is wrong in one sentence, with code 1', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const terminal = await inTerminal(['node', 'server/start.js'], { PORT: String(port) })
    expect(await terminal.exited).toEqual({ code: 1, signal: null })
    expect(terminal.said()).toBe(
      `\nParley cannot start.\nPORT: ${port} on 127.0.0.1 is in use by another program; stop it or choose another ` +
        `(for example PORT=${port + 1})\n`,
    )
    taken.close()
    expect(runningWith(clone)).toEqual([])
  })

  test('needs nothing of its build any more once it runs, so that the next one can be made beside it', async () => {
    const env = { ADMIN_USERNAME: ADMIN.username, ADMIN_PASSWORD: ADMIN.password }
    const first = await inTerminal(['node', 'server/start.js'], env)
    await first.url()
    first.process.kill('SIGTERM')
    await first.exited

    const terminal = await inTerminal(['node', 'server/start.js'])
    const url = await terminal.url()
    const page = await (await fetch(`${url}/room/x`, { headers: { accept: 'text/html' } })).text()
    const [, script] = /<script type="module"[^>]* src="([^"]+)"/.exec(page) ?? []
    await rm(path.join(clone, 'dist'), { recursive: true })
    const asset = await fetch(url + script)
    expect(asset.status).toBe(200)
    expect((await asset.text()).length).toBeGreaterThan(100)
    expect((await fetch(`${url}/rooms`, { headers: { accept: 'text/html' } })).status).toBe(200)
    const signedIn = await fetch(`${url}/internal-api/v1/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ login: ADMIN.username, password: ADMIN.password }),
    })
    expect(signedIn.status).toBe(200)
    expect(await (await fetch(`${url}/health`)).text()).toBe('OK')
    terminal.process.kill('SIGTERM')
    expect(await terminal.exited).toEqual({ code: 0, signal: null })
  })
})
