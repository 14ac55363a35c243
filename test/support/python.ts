import { createHash } from 'node:crypto'
import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const CACHE = path.join(import.meta.dirname, '../../node_modules/.cache/parley')

/** What tests need that run a client written in Python. */
export const PYTHON_NEEDED = 'Python 3.10 or later with venv'

/** Whether this machine has {@link PYTHON_NEEDED}. Throws in CI where it has not: nothing is skipped there. */
export function hasPython(): boolean {
  const check = 'import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 10))'
  if (spawnSync('python3', ['-c', check]).status === 0) return true
  if (process.env.CI !== undefined) throw new Error(`There is no ${PYTHON_NEEDED}, which tests need`)
  return false
}

/**
 * The Python of a virtual environment with these packages (`name==version`), made once and kept. Needs python3 with
 * venv on this machine.
 */
export async function pythonWith(...packages: string[]): Promise<string> {
  const id = createHash('sha256').update(packages.join('\n')).digest('hex').slice(0, 12)
  const kept = path.join(CACHE, `venv-${id}`)
  const python = path.join(kept, 'bin/python')
  if (existsSync(python)) return python
  // Made beside its place and moved, so that one that was cut short is never taken for whole.
  const fresh = `${kept}-${process.pid}`
  await mkdir(CACHE, { recursive: true })
  await run('python3', ['-m', 'venv', fresh])
  await run(path.join(fresh, 'bin/python'), [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    ...packages,
  ])
  await rename(fresh, kept).catch(() => rm(fresh, { recursive: true, force: true }))
  return python
}
