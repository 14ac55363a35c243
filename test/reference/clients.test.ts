import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { connect } from '../support/bots.ts'
import { API_KEY, eventually, startParley, type TestParley } from '../support/parley.ts'
import { type Ended, runCommand } from '../support/run-command.ts'

let parley: TestParley
let dir: string
beforeAll(async () => {
  parley = await startParley()
  dir = await mkdtemp(path.join(tmpdir(), 'parley-clients-'))
})
afterAll(async () => {
  await parley.stop()
  await rm(dir, { recursive: true, force: true })
})

const python = inject('python')
const minutes = (count: number) => count * 60_000

async function succeed(command: string, args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const ended = await runCommand(command, args, { cwd: dir, env, withinMs: minutes(2) })
  expect(ended.code, ended.output).toBe(0)
  return ended
}

/** Makes a key, a room and a token with the client; somebody joins with it; the client sees the meeting. */
async function meetWith(run: (...args: string[]) => Promise<Ended>): Promise<void> {
  const made = JSON.parse((await run('make')).stdout) as Record<
    'roomId' | 'link' | 'token' | 'refused',
    string
  >
  expect(made.link).toContain(`/room/${made.roomId}?secret=`)
  expect(made.refused).toBe('permission_denied')
  const bot = await connect(parley, made.token)
  try {
    await eventually(
      'the meeting',
      () => parley.call(`GET /api/v1/rooms/${made.roomId}`),
      ({ body }) => body.status === 'active_meeting',
    )
    const seen: unknown = JSON.parse((await run('look', made.roomId)).stdout)
    expect(seen).toEqual({ status: 'active_meeting', people: ['Ada'] })
  } finally {
    await bot.leave()
  }
}

const env = () => ({ PARLEY_URL: parley.url, PARLEY_KEY: API_KEY })

describe('a client generated from openapi.json', () => {
  it(
    'by openapi-typescript, with openapi-fetch, makes a key, a room and a meeting',
    async () => {
      const packages = path.join(inject('typescriptClient'), 'node_modules')
      await symlink(packages, path.join(dir, 'node_modules'))
      const sources = path.join(import.meta.dirname, 'typescript')
      for (const file of ['client.ts', 'package.json'])
        await cp(path.join(sources, file), path.join(dir, file))
      const bin = (name: string) => path.join(packages, '.bin', name)
      await succeed(bin('openapi-typescript'), [`${parley.url}/api/v1/openapi.json`, '-o', 'parley.d.ts'])
      const strict = ['--strict', '--noUncheckedIndexedAccess', '--module', 'nodenext', '--target', 'es2022']
      const emit = ['--outDir', 'js', '--noEmitOnError', '--rewriteRelativeImportExtensions']
      await succeed(bin('tsc'), [...strict, ...emit, 'client.ts'])
      await meetWith((...args) => succeed(process.execPath, ['js/client.js', ...args], env()))
    },
    minutes(4),
  )

  it.skipIf(python === null)(
    'by openapi-python-client makes a key, a room and a meeting',
    async () => {
      const bin = path.dirname(python ?? '')
      const PATH = `${bin}:${process.env.PATH ?? ''}`
      const generated = path.join(dir, 'python')
      const { output } = await succeed(
        python ?? '',
        [
          '-m',
          'openapi_python_client',
          'generate',
          '--url',
          `${parley.url}/api/v1/openapi.json`,
          '--output-path',
          generated,
          '--config',
          path.join(import.meta.dirname, 'python/client-generator.yaml'),
        ],
        { PATH },
      )
      expect(output).not.toMatch(/WARNING|ERROR/)
      const script = path.join(import.meta.dirname, 'python/client.py')
      await meetWith((...args) =>
        succeed(python ?? '', [script, ...args], { ...env(), PYTHONPATH: generated }),
      )
    },
    minutes(4),
  )
})
