import { type ChildProcess, execFile, fork, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backUp } from '../../server/backup/backup.ts'
import { runCommand } from '../../server/backup/command.ts'
import { restore } from '../../server/backup/restore.ts'
import { ConfigError, loadConfig } from '../../server/config.ts'
import { copySqlite } from '../../server/db/open.ts'
import { livekitBinary } from '../support/livekit-child.ts'

const root = path.join(import.meta.dirname, '../..')
const KEY = 'backup-test-key-0123456789'
const ADMIN = { login: 'admin', password: 'correct horse battery' }
const now = new Date('2026-11-21T12:00:00.000Z')

let place: string
const servers: ChildProcess[] = []
beforeEach(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'parley-backup-'))
})
afterEach(async () => {
  await Promise.all(servers.splice(0).map(stop))
  await rm(place, { recursive: true, force: true })
})

const tsx = ['--import', 'tsx', 'server/main.ts']
const environment = (dataDir: string, more: Record<string, string> = {}) => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  DATA_DIR: dataDir,
  PORT: '0',
  LOG_LEVEL: 'warn',
  ...more,
})

/** Starts a Parley as a process of its own, as an operator does; resolves with its address. */
async function start(dataDir: string, more: Record<string, string> = {}): Promise<string> {
  const env = environment(dataDir, { LIVEKIT_SERVER_BIN: await livekitBinary(), ...more })
  const server = spawn(process.execPath, tsx, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  servers.push(server)
  let output = ''
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer) => {
      output += String(chunk)
      const url = /Parley +(http:\S+)/.exec(output)?.[1]
      if (url !== undefined) resolve(url)
    }
    server.stdout.on('data', take)
    server.stderr.on('data', take)
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${output}`)))
  })
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exited = once(server, 'exit')
  server.kill('SIGTERM')
  await exited
}

/** Runs `parley <args>` to its end. */
const command = (dataDir: string, args: string[], more: Record<string, string> = {}) =>
  new Promise<{ code: number; output: string }>((resolve) => {
    const options = { cwd: root, env: environment(dataDir, more) }
    const child = execFile(process.execPath, [...tsx, ...args], options, (_err, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    )
  })

async function createRoom(url: string): Promise<string> {
  const answer = await fetch(`${url}/api/v1/rooms`, {
    method: 'POST',
    headers: { 'X-API-KEY': KEY, 'Content-Type': 'application/json' },
    body: '{"roomName":"Daily"}',
  })
  if (answer.status !== 201) throw new Error(`POST /rooms answered ${answer.status}: ${await answer.text()}`)
  return ((await answer.json()) as { roomId: string }).roomId
}

async function listRooms(url: string): Promise<string[]> {
  const ids: string[] = []
  let token: string | undefined
  do {
    const query = `maxItems=100${token === undefined ? '' : `&nextPageToken=${token}`}`
    const answer = await fetch(`${url}/api/v1/rooms?${query}`, { headers: { 'X-API-KEY': KEY } })
    const page = (await answer.json()) as {
      rooms: { roomId: string }[]
      pagination: { nextPageToken?: string }
    }
    ids.push(...page.rooms.map((room) => room.roomId))
    token = page.pagination.nextPageToken
  } while (token !== undefined)
  return ids
}

/** Every file below a directory with its hash and mode, to see that nothing has changed. */
async function contentOf(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('parley.lock'))
  const described = await Promise.all(
    files.map(async (entry) => {
      const file = path.join(entry.parentPath, entry.name)
      const hash = createHash('sha256')
        .update(await readFile(file))
        .digest('hex')
      return [
        path.relative(directory, file),
        `${hash} ${((await stat(file)).mode & 0o777).toString(8)}`,
      ] as const
    }),
  )
  return Object.fromEntries(described)
}

/** A data directory as a Parley leaves it, without the time that starting one takes. */
async function makeData(name = 'data', note = 'first'): Promise<string> {
  const dataDir = path.join(place, name)
  await mkdir(path.join(dataDir, 'media/recordings'), { recursive: true, mode: 0o700 })
  await mkdir(path.join(dataDir, 'media/.incoming'))
  await mkdir(path.join(dataDir, 'livekit/1.13.5'), { recursive: true })
  await writeFile(path.join(dataDir, 'secret.key'), `secret of the ${note}`, { mode: 0o600 })
  await writeFile(path.join(dataDir, 'media/recordings/one.mp4'), Buffer.alloc(300_000, note), {
    mode: 0o600,
  })
  await writeFile(path.join(dataDir, 'media/.incoming/half'), 'half')
  await writeFile(path.join(dataDir, 'livekit/1.13.5/livekit-server'), 'program', { mode: 0o755 })
  await writeFile(path.join(dataDir, 'parley.log'), 'line')
  const database = new SqliteDatabase(path.join(dataDir, 'parley.sqlite'))
  database.pragma('journal_mode = WAL')
  database.exec(`create table note (text text); insert into note values ('${note}')`)
  database.close()
  return dataDir
}

const noteIn = (dataDir: string): unknown => {
  const database = new SqliteDatabase(path.join(dataDir, 'parley.sqlite'))
  const note: unknown = database.prepare('select text from note').pluck().get()
  database.close()
  return note
}
const configOf = (dataDir: string, more: Record<string, string> = {}) =>
  loadConfig({ DATA_DIR: dataDir, ...more })

describe('a backup of a server that is being written to', () => {
  it('restores to a server with every room that existed, its keys, its sessions and its media', async () => {
    const dataDir = path.join(place, 'data')
    const url = await start(dataDir, {
      INITIAL_API_KEY: KEY,
      ADMIN_PASSWORD: ADMIN.password,
      RATE_LIMITS: 'off',
    })
    await mkdir(path.join(dataDir, 'media/recordings'), { recursive: true })
    await writeFile(path.join(dataDir, 'media/recordings/one.mp4'), Buffer.alloc(2_000_000, 'frame'), {
      mode: 0o600,
    })
    const signedIn = await fetch(`${url}/internal-api/v1/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', origin: url },
      body: JSON.stringify(ADMIN),
    })
    const cookie = signedIn.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')

    const before: string[] = []
    for (let i = 0; i < 50; i++) before.push(await createRoom(url))
    const writing = new AbortController()
    const later: string[] = []
    const writers = Array.from({ length: 3 }, async () => {
      while (!writing.signal.aborted) later.push(await createRoom(url))
    })
    const { code, output } = await command(dataDir, ['backup', path.join(place, 'backup')])
    writing.abort()
    await Promise.all(writers)
    expect(output).toContain(path.join(place, 'backup'))
    expect(code).toBe(0)
    expect(later.length).toBeGreaterThan(0)

    const fresh = path.join(place, 'fresh')
    expect(await command(fresh, ['restore', path.join(place, 'backup')])).toMatchObject({ code: 0 })
    expect((await stat(fresh)).mode & 0o777).toBe(0o700)
    expect(await contentOf(path.join(fresh, 'media'))).toEqual(await contentOf(path.join(dataDir, 'media')))
    expect(await readdir(fresh)).not.toContain('livekit')
    expect((await stat(path.join(fresh, 'secret.key'))).mode & 0o777).toBe(0o600)

    const restored = await start(fresh)
    const rooms = await listRooms(restored)
    expect(rooms).toEqual(expect.arrayContaining(before))
    expect([...before, ...later]).toEqual(expect.arrayContaining(rooms))
    const session = await fetch(`${restored}/internal-api/v1/session`, { headers: { cookie } })
    expect(session.status).toBe(200)
    await createRoom(restored)
  }, 120_000)

  it('is consistent and comes to an end although another process never stops writing', async () => {
    const file = path.join(place, 'busy.sqlite')
    const database = new SqliteDatabase(file)
    database.pragma('journal_mode = WAL')
    database.exec('create table a (x); create table b (x)')
    // Large enough that a copy takes many steps.
    database.exec(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 4000)
      insert into a select zeroblob(4000) from n; insert into b select 1 from a`)
    const script = path.join(place, 'writer.mjs')
    await writeFile(
      script,
      `import SqliteDatabase from ${JSON.stringify(import.meta.resolve('better-sqlite3'))}
       const database = new SqliteDatabase(${JSON.stringify(file)})
       database.pragma('busy_timeout = 5000')
       const write = database.transaction(() => {
         database.exec('insert into a values (zeroblob(4000)); insert into b values (1)')
       })
       process.send('writing')
       const loop = () => { for (let i = 0; i < 20; i++) write(); setImmediate(loop) }
       loop()`,
    )
    const writer = fork(script)
    servers.push(writer)
    await once(writer, 'message')
    const count = () => Number(database.prepare('select count(*) from a').pluck().get())
    const countBefore = count()
    await copySqlite(file, path.join(place, 'copy.sqlite'))
    expect(count()).toBeGreaterThan(countBefore)
    database.close()

    const copy = new SqliteDatabase(path.join(place, 'copy.sqlite'))
    const counts = copy
      .prepare('select (select count(*) from a) as a, (select count(*) from b) as b')
      .get() as {
      a: number
      b: number
    }
    copy.close()
    expect(counts.a).toBeGreaterThanOrEqual(countBefore)
    expect(counts.a).toBe(counts.b)
  })
})

describe('a backup', () => {
  it('holds the database, secrets and media, and lists them; not what the next start makes again', async () => {
    const manifest = await backUp(configOf(await makeData()), path.join(place, 'new/backup'), now)
    expect(manifest).toMatchObject({ format: 1, createdAt: now.toISOString(), database: 'sqlite' })
    expect(manifest.files.map((file) => file.path).sort()).toEqual([
      'media/recordings/one.mp4',
      'parley.sqlite',
      'secret.key',
    ])
    expect(JSON.parse(await readFile(path.join(place, 'new/backup/manifest.json'), 'utf8'))).toEqual(manifest)
    expect(Object.keys(await contentOf(path.join(place, 'new/backup'))).sort()).toEqual([
      'data/media/recordings/one.mp4',
      'data/parley.sqlite',
      'data/secret.key',
      'manifest.json',
    ])
    expect((await stat(path.join(place, 'new/backup'))).mode & 0o777).toBe(0o700)
    expect(await readdir(path.join(place, 'new'))).toEqual(['backup'])
  })

  it('is refused where it would overwrite something or copy itself, and leaves nothing behind', async () => {
    const dataDir = await makeData()
    const before = await contentOf(place)
    await mkdir(path.join(place, 'full'))
    await writeFile(path.join(place, 'full/file'), '')
    await expect(backUp(configOf(dataDir), path.join(place, 'full'), now)).rejects.toThrow(
      'holds something already',
    )
    await expect(backUp(configOf(dataDir), path.join(dataDir, 'backup'), now)).rejects.toThrow(
      'data directory',
    )
    await expect(backUp(configOf(dataDir), dataDir, now)).rejects.toThrow('data directory')
    await expect(backUp(configOf(path.join(place, 'none')), path.join(place, 'b'), now)).rejects.toThrow(
      'nothing to back up',
    )
    await rm(path.join(place, 'full'), { recursive: true })
    expect(await contentOf(place)).toEqual(before)
  })

  it('of a damaged database is refused', async () => {
    const dataDir = await makeData()
    await truncate(path.join(dataDir, 'parley.sqlite'), 5000)
    await expect(backUp(configOf(dataDir), path.join(place, 'backup'), now)).rejects.toThrow()
    expect(await readdir(place)).toEqual(['data'])
  })

  it('with PostgreSQL has the files, and says how to dump the database', async () => {
    const dataDir = await makeData()
    const postgres = { DATABASE_URL: 'postgres://parley:hidden@127.0.0.1:1/parley' }
    const { code, output } = await command(dataDir, ['backup', path.join(place, 'backup')], postgres)
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('pg_dump') })
    expect(output).not.toContain('hidden')
    expect(await readdir(path.join(place, 'backup/data'))).toEqual(['media', 'secret.key'])
    await expect(restore(configOf(dataDir), path.join(place, 'backup'), now)).rejects.toThrow('DATABASE_URL')
    await restore(configOf(path.join(place, 'other'), postgres), path.join(place, 'backup'), now)
    expect(await readFile(path.join(place, 'other/secret.key'), 'utf8')).toBe('secret of the first')
  })
})

describe('a restore', () => {
  it('moves what was there aside and keeps it', async () => {
    await backUp(configOf(await makeData()), path.join(place, 'backup'), now)
    const dataDir = await makeData('second', 'second')
    const { movedTo } = await restore(configOf(dataDir), path.join(place, 'backup'), now)
    expect(noteIn(dataDir)).toBe('first')
    expect(await readFile(path.join(dataDir, 'secret.key'), 'utf8')).toBe('secret of the first')
    expect(movedTo).toBe(path.join(dataDir, 'before-restore-2026-11-21T12-00-00-000Z'))
    expect(noteIn(movedTo ?? '')).toBe('second')
    expect(await readFile(path.join(dataDir, 'livekit/1.13.5/livekit-server'), 'utf8')).toBe('program')
    expect((await readdir(dataDir)).filter((name) => name.startsWith('.'))).toEqual([])
    // What was put aside is no part of the next backup.
    const { files } = await backUp(configOf(dataDir), path.join(place, 'again'), now)
    expect(files.map((file) => file.path).sort()).toEqual([
      'media/recordings/one.mp4',
      'parley.sqlite',
      'secret.key',
    ])
  })

  const damage: [string, (backup: string) => Promise<void>, string][] = [
    [
      'one byte of the database differs',
      (backup) => flipByte(path.join(backup, 'data/parley.sqlite')),
      'parley.sqlite',
    ],
    ['a file is longer', (backup) => appendFile(path.join(backup, 'data/secret.key'), 'x'), 'secret.key'],
    [
      'a file is cut',
      (backup) => truncate(path.join(backup, 'data/media/recordings/one.mp4'), 10),
      'one.mp4',
    ],
    ['a file is missing', (backup) => rm(path.join(backup, 'data/secret.key')), 'secret.key'],
    ['the manifest is cut', (backup) => truncate(path.join(backup, 'manifest.json'), 100), 'manifest.json'],
    ['the manifest is missing', (backup) => rm(path.join(backup, 'manifest.json')), 'not a backup'],
    [
      'the manifest leads elsewhere',
      (backup) => rename(backup, 'secret.key', '../../secret.key'),
      'manifest.json',
    ],
    ['it is of a newer release', (backup) => rename(backup, '"format": 1', '"format": 2'), 'newer release'],
  ]
  it.each(damage)('is refused when %s, and changes nothing', async (_what, spoil, told) => {
    await backUp(configOf(await makeData()), path.join(place, 'backup'), now)
    await spoil(path.join(place, 'backup'))
    const dataDir = await makeData('second', 'second')
    const before = await contentOf(dataDir)
    await expect(restore(configOf(dataDir), path.join(place, 'backup'), now)).rejects.toThrow(told)
    expect(await contentOf(dataDir)).toEqual(before)
  })

  it('is refused while a Parley runs on the data directory', async () => {
    await backUp(configOf(await makeData()), path.join(place, 'backup'), now)
    const dataDir = path.join(place, 'running')
    const url = await start(dataDir, { INITIAL_API_KEY: KEY })
    const { code, output } = await command(dataDir, ['restore', path.join(place, 'backup')])
    expect(code).toBe(1)
    expect(output).toContain('in use by another Parley')
    expect(output.trim().split('\n')).toHaveLength(2)
    await createRoom(url)
  }, 60_000)
})

describe('on the command line', () => {
  it.each([
    [['backup'], 'Name one directory'],
    [['backup', 'a', 'b'], 'Name one directory'],
    [['back-up', 'a'], "no command 'back-up'"],
    [['restore', '/nowhere'], 'not a backup'],
    [['backup', '/dev/null/below'], 'cannot be used'],
  ])('%j is answered with a sentence', async (args, told) => {
    const failed = runCommand(configOf(await makeData()), args, () => undefined)
    await expect(failed).rejects.toThrow(told)
    await expect(failed).rejects.toBeInstanceOf(ConfigError)
  })
})

async function flipByte(file: string): Promise<void> {
  const bytes = await readFile(file)
  bytes[5000] = (bytes[5000] ?? 0) ^ 1
  await writeFile(file, bytes)
}

/** Changes the text of the manifest. */
async function rename(backup: string, from: string, to: string): Promise<void> {
  const file = path.join(backup, 'manifest.json')
  const text = await readFile(file, 'utf8')
  expect(text).toContain(from)
  await writeFile(file, text.replace(from, to))
}
