import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { hasPython, PYTHON_NEEDED, pythonWith } from './python.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A Python with what test/reference/python/requirements.txt names; null where this machine has no Python. */
    python: string | null
    /** Where the packages of test/reference/typescript are installed. */
    typescriptClient: string
  }
}

const root = path.join(import.meta.dirname, '../..')
const cache = path.join(root, 'node_modules/.cache/parley')
const REFERENCE = path.join(root, 'test/reference')

/** Installs what the tests of the API reference need, once for each change of it, beside the other caches. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide('python', await referencePython())
  project.provide('typescriptClient', typescriptClient())
}

/** A Python with what test/reference/python/requirements.txt names; null where this machine has no Python. */
export async function referencePython(): Promise<string | null> {
  if (!hasPython()) {
    process.stdout.write(`No ${PYTHON_NEEDED} here: the tests that need it are skipped\n`)
    return null
  }
  const requirements = readFileSync(path.join(REFERENCE, 'python/requirements.txt'), 'utf8')
  return pythonWith(...requirements.split('\n').filter((line) => /^\w/.test(line)))
}

function typescriptClient(): string {
  const files = ['package.json', 'package-lock.json', '.npmrc'].map((name) =>
    path.join(REFERENCE, 'typescript', name),
  )
  const dir = path.join(cache, `typescript-client-${hashOf(files)}`)
  install(dir, () => {
    for (const file of files) copyFileSync(file, path.join(dir, path.basename(file)))
    run('npm', ['ci', '--no-audit', '--no-fund', '--silent'], dir)
  })
  return dir
}

/** Fills a directory unless that was done before; one that was left half filled is made anew. */
function install(dir: string, fill: () => void): void {
  const done = path.join(dir, 'installed')
  if (existsSync(done)) return
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  fill()
  writeFileSync(done, '')
}

const hashOf = (files: string[]): string =>
  createHash('sha256')
    .update(files.map((file) => readFileSync(file, 'utf8')).join('\0'))
    .digest('hex')
    .slice(0, 12)

function run(command: string, args: string[], cwd = root): void {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`)
}
