import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { createSocket } from 'node:dgram'
import path from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { generate } from 'selfsigned'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { LIVEKIT_VERSION } from '../../server/livekit/binary.ts'
import { livekitBinary, makeChild, within } from '../support/livekit-child.ts'
import { eventually } from '../support/parley.ts'
import { freePort, listening, livekitPid, runningWith } from '../support/processes.ts'
import { ADMIN, API_KEY } from '../support/server.ts'
import { makeSite, type Site } from '../support/site.ts'

// Each test starts several servers, and a busy machine takes seconds for one.
vi.setConfig({ testTimeout: 120_000 })
// The first run on a new machine may have to build LiveKit.
beforeAll(() => livekitBinary(), 45 * 60_000)

const AS_ADMIN = { ADMIN_USERNAME: ADMIN.username, ADMIN_PASSWORD: ADMIN.password }
const SESSION = '/internal-api/v1/session'
const SETUP = '/internal-api/v1/setup'

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
const signIn = (url: string, login: string, password: string) => post(url + SESSION, { login, password })
const statusOf = async (answer: Promise<Response>) => (await answer).status
const tokenOf = (link: string | null) => new URL(link ?? '').searchParams.get('token') ?? ''

describe('the terminal', () => {
  test('tells the URL, the setup link, the data directory, the LiveKit version and where it came from', async () => {
    await using site = await makeSite()
    const server = await site.start()
    expect(server.url).toMatch(/^http:\/\/localhost:\d+$/)
    expect(server.setupLink).toMatch(new RegExp(`^${server.url}/setup\\?token=[\\w-]{32}$`))
    expect(server.output()).toContain(`  Data          ${site.dataDir}\n`)
    expect(server.output()).toMatch(/ {2}LiveKit {7}\d+\.\d+\.\d+, named by LIVEKIT_SERVER_BIN\n/)
    expect(server.output()).toMatch(
      /^ {2}Media on 127\.0\.0\.1 only \(UDP \d+\): nothing to open in a firewall$/m,
    )
    expect(server.output()).not.toContain('https')
    expect((await fetch(server.url, { headers: { accept: 'text/html' } })).status).toBe(200)
  })

  test('tells of a LiveKit that was on PATH, and of one kept in the data directory', async () => {
    await using site = await makeSite()
    const binary = await livekitBinary()
    const bin = path.join(site.dir, 'bin')
    await mkdir(bin)
    await symlink(binary, path.join(bin, 'livekit-server'))
    const onPath = await site.start({ LIVEKIT_SERVER_BIN: '', PATH: bin })
    expect(onPath.output()).toContain(`, on PATH (${path.join(bin, 'livekit-server')})\n`)
    await onPath.stop()

    const kept = path.join(site.dataDir, 'livekit', LIVEKIT_VERSION)
    await mkdir(kept)
    await symlink(binary, path.join(kept, 'livekit-server'))
    const fromCache = await site.start({ LIVEKIT_SERVER_BIN: '', PATH: site.dir })
    expect(fromCache.output()).toContain(`, kept in ${kept}\n`)
  })

  test('warns that browsers give no camera where others are served without a certificate', async () => {
    await using site = await makeSite()
    const open = {
      HOST: '0.0.0.0',
      LIVEKIT_RTC_UDP_PORT: String(await freePort()),
      LIVEKIT_RTC_TCP_PORT: String(await freePort()),
    }
    const warning =
      'Browsers give camera and microphone only on https or localhost: set TLS_CERT and TLS_KEY,'
    const plain = await site.start(open)
    expect(plain.output()).toContain(warning)
    expect(plain.output()).toContain('LIVEKIT_RTC_UDP_PORT')
    await plain.stop()
    const behindProxy = await site.start({
      ...open,
      PUBLIC_URL: 'https://meet.example.com',
      TRUST_PROXY: '1',
    })
    expect(behindProxy.output()).not.toContain(warning)
    expect(behindProxy.output()).toContain('  Parley        https://meet.example.com\n')
  })
})

describe('with LIVEKIT_URL', () => {
  const external = ({ url, apiKey, apiSecret }: { url: string; apiKey: string; apiSecret: string }) => ({
    LIVEKIT_URL: url,
    LIVEKIT_API_KEY: apiKey,
    LIVEKIT_API_SECRET: apiSecret,
  })

  test('no LiveKit is started, and the one that is used goes on when Parley ends', async () => {
    await using site = await makeSite()
    await using livekit = await makeChild()
    await livekit.child.start()
    const url = livekit.child.url.origin.replace('http', 'ws')
    const server = await site.start(external({ ...livekit, url }))
    expect(server.output()).toContain(`  LiveKit       ${url}\n`)
    expect(await (await fetch(`${server.url}/health`)).text()).toBe('OK')
    // The page of a call has the browser shake hands with it ahead of the click on Join.
    const pageOf = (where: string) => fetch(server.url + where, { headers: { accept: 'text/html' } })
    expect((await pageOf('/room/some-room')).headers.get('link')).toBe(
      `<${livekit.child.url.origin}>; rel=preconnect; crossorigin`,
    )
    expect((await pageOf('/login')).headers.get('link')).toBeNull()
    expect(livekitPid(site.dataDir)).toBeNull()
    expect(await server.stop()).toBe(0)
    expect(await livekit.rooms().listRooms()).toEqual([])
  })

  test('Parley starts without it, works, and tells in /health that it does not answer', async () => {
    await using site = await makeSite()
    const url = `ws://127.0.0.1:${await freePort()}`
    const server = await site.start(external({ url, apiKey: 'key', apiSecret: 'x'.repeat(32) }))
    const answer = await fetch(`${server.url}/health`)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ reasons: ['LiveKit does not answer'] })
    await server.call('POST /api/v1/rooms', {})
    expect(await server.stop()).toBe(0)
  })
})

describe('the first admin', () => {
  test('is made with the setup link, once, and no further start prints one', async () => {
    await using site = await makeSite()
    const first = await site.start()
    const page = await fetch(first.setupLink ?? '', { headers: { accept: 'text/html' } })
    expect(page.status).toBe(200)
    await first.stop()

    // Only the newest link counts: an older one may stand in a log that others read.
    const second = await site.start()
    expect(second.setupLink).not.toBeNull()
    const setUp = (token: string, username = 'maria') =>
      statusOf(post(second.url + SETUP, { token, username, password: ADMIN.password }))
    expect(await setUp(tokenOf(first.setupLink))).toBe(403)
    expect(await setUp(tokenOf(second.setupLink))).toBe(201)
    expect(await setUp(tokenOf(second.setupLink), 'second')).toBe(409)
    await second.stop()

    const third = await site.start()
    expect(third.setupLink).toBeNull()
    expect(await (await fetch(third.url + SETUP)).json()).toEqual({ needed: false })
    expect(await statusOf(signIn(third.url, 'maria', ADMIN.password))).toBe(200)
    expect(await statusOf(signIn(third.url, 'second', ADMIN.password))).toBe(401)
  })

  test('is made from ADMIN_PASSWORD, and a second start with the same variables changes nothing', async () => {
    await using site = await makeSite()
    const env = { ADMIN_USERNAME: 'root_1', ADMIN_PASSWORD: 'geheim', ADMIN_EMAIL: 'root@example.com' }
    for (let i = 0; i < 2; i++) {
      const server = await site.start(env)
      expect(server.setupLink).toBeNull()
      expect(await statusOf(signIn(server.url, 'root_1', 'geheim'))).toBe(200)
      expect(await statusOf(signIn(server.url, 'root@example.com', 'geheim'))).toBe(200)
      expect(await server.stop()).toBe(0)
    }
  })

  test('is made from an ADMIN_PASSWORD that comes only with the second start, and the link is void then', async () => {
    await using site = await makeSite()
    const first = await site.start()
    await first.stop()
    const second = await site.start(AS_ADMIN)
    expect(second.setupLink).toBeNull()
    expect(await statusOf(signIn(second.url, ADMIN.username, ADMIN.password))).toBe(200)
    const setUp = post(second.url + SETUP, { token: tokenOf(first.setupLink), password: ADMIN.password })
    expect(await statusOf(setUp)).toBe(409)
  })
})

test('INITIAL_API_KEY opens the API from the first start on, and stays revoked once it was', async () => {
  await using site = await makeSite()
  const keyId = async (url: string) => {
    const answer = await fetch(`${url}/api/v1/keys`, { headers: { 'X-API-KEY': API_KEY } })
    expect(answer.status).toBe(200)
    const { keys } = (await answer.json()) as { keys: { id: string; name: string }[] }
    expect(keys).toHaveLength(1)
    return keys[0]?.id
  }
  const first = await site.start()
  const id = await keyId(first.url)
  await first.stop()
  const second = await site.start()
  expect(await keyId(second.url)).toBe(id)
  await fetch(`${second.url}/api/v1/keys/${id}`, { method: 'DELETE', headers: { 'X-API-KEY': API_KEY } })
  await second.stop()
  const third = await site.start()
  const refused = await fetch(`${third.url}/api/v1/rooms`, { headers: { 'X-API-KEY': API_KEY } })
  expect(refused.status).toBe(401)
  expect(await refused.json()).toMatchObject({ code: 'auth_revoked' })
})

describe('the data directory', () => {
  test('is for its owner alone, and so is every file in it, also where the directory was open before', async () => {
    await using site = await makeSite()
    const fresh = await site.start()
    expect((await stat(site.dataDir)).mode & 0o777).toBe(0o700)
    expect((await stat(path.join(site.dataDir, 'secret.key'))).mode & 0o777).toBe(0o600)
    await fresh.stop()

    const open = path.join(site.dir, 'open')
    await mkdir(open, { mode: 0o755 })
    const server = await site.start({ DATA_DIR: open })
    await server.call('POST /api/v1/rooms', {})
    const entries = await readdir(open, { recursive: true, withFileTypes: true })
    expect(entries.map(({ name }) => name)).toContain('parley.sqlite-wal')
    for (const entry of entries) {
      const file = path.join(entry.parentPath, entry.name)
      expect((await stat(file)).mode & 0o077, file).toBe(0)
    }
  })
})

describe('on loopback', () => {
  test('neither Parley nor its LiveKit listens on any other address', async () => {
    await using site = await makeSite()
    const server = await site.start()
    const all = [
      ...(await listening(server.process.pid ?? 0)),
      ...(await listening(livekitPid(site.dataDir) ?? 0)),
    ]
    expect(all.length).toBeGreaterThanOrEqual(4)
    expect(all).toContain(`tcp 127.0.0.1:${new URL(server.url).port}`)
    for (const address of all) expect(address).toMatch(/^(tcp|udp) 127\.0\.0\.1:\d+$/)
  })
})

describe('one sentence, exit code 1 and nothing left running', () => {
  /** Starts, expects to be refused, and returns what stands on the error output below `Parley cannot start.` */
  async function refusal(site: Site, env: Record<string, string>): Promise<string> {
    const before = runningWith(site.dir)
    const attempt = await site.run(env)
    const ended = await within(20_000, 'the end', attempt.exited)
    expect(ended, attempt.stdout() + attempt.stderr()).toEqual({ code: 1, signal: null })
    expect(attempt.stdout()).toBe('')
    expect(attempt.stderr()).not.toMatch(/^\s+at /m)
    expect(runningWith(site.dir)).toEqual(before)
    const told = /^\nParley cannot start\.\n(.+)\n$/s.exec(attempt.stderr())?.[1]
    if (told === undefined) expect.fail(attempt.stderr())
    return told
  }

  test('a port in use names PORT and another one', async () => {
    await using site = await makeSite()
    const taken = createTcpServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    expect(await refusal(site, { PORT: String(port) })).toBe(
      `PORT: ${port} on 127.0.0.1 is in use by another program; stop it or choose another (for example PORT=${port + 1})`,
    )
    taken.close()
  })

  test('an address that is not of this machine names HOST', async () => {
    await using site = await makeSite()
    expect(await refusal(site, { HOST: '192.0.2.1' })).toMatch(
      /^HOST: cannot listen on 192\.0\.2\.1:0: .*EADDRNOTAVAIL.*\(for example HOST=0\.0\.0\.0\)$/,
    )
  })

  test('a data directory that cannot be written names DATA_DIR', async () => {
    await using site = await makeSite()
    const file = path.join(site.dir, 'file')
    await writeFile(file, '')
    const below = path.join(file, 'data')
    expect(await refusal(site, { DATA_DIR: below })).toBe(
      `DATA_DIR: ${below} cannot be written (ENOTDIR); choose a directory that this user owns`,
    )
    expect(await refusal(site, { DATA_DIR: file })).toBe(
      `DATA_DIR: ${file} cannot be written (EEXIST); choose a directory that this user owns`,
    )
    // What chmod forbids, root may do; a directory in the file's place stops everybody.
    const odd = path.join(site.dir, 'odd')
    await mkdir(path.join(odd, 'parley.lock'), { recursive: true })
    expect(await refusal(site, { DATA_DIR: odd })).toMatch(
      /^DATA_DIR: .*parley\.lock cannot be opened \(SQLITE_CANTOPEN\w*\); choose a directory that this user owns$/,
    )
  })

  test('a data directory that another Parley uses names DATA_DIR, and the other goes on', async () => {
    await using site = await makeSite()
    const first = await site.start()
    expect(await refusal(site, {})).toBe(
      `DATA_DIR: ${site.dataDir} is in use by another Parley; stop it or set another DATA_DIR`,
    )
    expect(await (await fetch(`${first.url}/health`)).text()).toBe('OK')
    expect(await first.stop()).toBe(0)

    // At the same moment, one of them is first.
    const both = await Promise.all([site.run(), site.run()])
    const loser = await within(20_000, 'the end of one', Promise.race(both.map(({ exited }) => exited)))
    expect(loser).toEqual({ code: 1, signal: null })
    const winner = both.find(({ process: { exitCode } }) => exitCode === null)
    await eventually(
      'the other runs',
      () => Promise.resolve(winner?.stdout() ?? ''),
      (told) => told.includes('Media'),
    )
    winner?.process.kill()
    expect(await winner?.exited).toEqual({ code: 0, signal: null })
  })

  test('a database from a newer release names its migration, and is left as it was', async () => {
    await using site = await makeSite()
    await (await site.start()).stop()
    const file = path.join(site.dataDir, 'parley.sqlite')
    const database = new SqliteDatabase(file)
    database
      .prepare('insert into kysely_migration (name, timestamp) values (?, ?)')
      .run('9999-future', new Date().toISOString())
    database.close()
    const before = readFileSync(file)
    expect(await refusal(site, {})).toBe(
      'The database was written by a newer release of Parley (it has migration 9999-future): ' +
        'start that release, or restore a backup made by this one',
    )
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  test('a database that is none names its file', async () => {
    await using site = await makeSite()
    await mkdir(site.dataDir)
    const file = path.join(site.dataDir, 'parley.sqlite')
    await writeFile(file, 'not a database, but long enough to be looked at'.repeat(100))
    expect(await refusal(site, {})).toContain(`The database ${file} cannot be opened: `)
  })

  test('a PostgreSQL that does not answer names DATABASE_URL without its password', async () => {
    await using site = await makeSite()
    const port = await freePort()
    const told = await refusal(site, { DATABASE_URL: `postgres://parley:hush-hush@127.0.0.1:${port}/parley` })
    expect(told).toContain(`DATABASE_URL: no connection to 127.0.0.1:${port}`)
    expect(told).not.toContain('hush-hush')
  })

  test('a damaged secret.key is named, for an empty one would make every secret known', async () => {
    await using site = await makeSite()
    await mkdir(site.dataDir)
    const file = path.join(site.dataDir, 'secret.key')
    await writeFile(file, '')
    expect(await refusal(site, {})).toContain(`${file} is damaged`)
  })

  test('a bad variable is named with an example, and several are named all at once', async () => {
    await using site = await makeSite()
    expect(await refusal(site, { PORT: 'abc' })).toMatch(/^PORT: .+ \(for example PORT=6080\)$/)
    const told = await refusal(site, {
      PORT: '70000',
      LOG_LEVEL: 'loud',
      SECRET_KEY: 'short',
      PUBLIC_URL: 'meet.example.com',
      TLS_CERT: '/somewhere.pem',
      LIVEKIT_URL: 'ws://127.0.0.1:7880',
      ADMIN_EMAIL: 'root@example.com',
    })
    const names = told.split('\n').map((line) => line.split(':')[0])
    expect(names.sort()).toEqual([
      'ADMIN_PASSWORD',
      'LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET',
      'LOG_LEVEL',
      'PORT',
      'PUBLIC_URL',
      'SECRET_KEY',
      'TLS_CERT, TLS_KEY',
    ])
    expect(told).not.toContain('short')
  })

  test('TLS_CERT without TLS_KEY, and LIVEKIT_URL without its key, name what is missing', async () => {
    await using site = await makeSite()
    expect(await refusal(site, { TLS_CERT: '/somewhere.pem' })).toBe(
      'TLS_CERT, TLS_KEY: set all of them or none; missing: TLS_KEY',
    )
    expect(await refusal(site, { LIVEKIT_URL: 'ws://127.0.0.1:7880', LIVEKIT_API_KEY: 'key' })).toBe(
      'LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET: set all of them or none; missing: LIVEKIT_API_SECRET',
    )
  })

  test('a certificate that cannot be read, or does not belong to its key, names its variable', async () => {
    await using site = await makeSite()
    const [one, other] = await Promise.all([generate(), generate()])
    const write = async (name: string, text: string) => {
      const file = path.join(site.dir, name)
      await writeFile(file, text)
      return file
    }
    const cert = await write('cert.pem', one.cert)
    const nowhere = path.join(site.dir, 'nowhere.pem')
    expect(await refusal(site, { TLS_CERT: nowhere, TLS_KEY: nowhere })).toContain(
      `TLS_CERT: ${nowhere} cannot be read: ENOENT`,
    )
    expect(await refusal(site, { TLS_CERT: cert, TLS_KEY: site.dir })).toContain(
      `TLS_KEY: ${site.dir} cannot be read: EISDIR`,
    )
    const wrong = await write('wrong.pem', other.private)
    expect(await refusal(site, { TLS_CERT: cert, TLS_KEY: wrong })).toContain(
      'TLS_CERT, TLS_KEY: not a certificate and its key: ',
    )
    const text = await write('text.pem', 'hello')
    expect(await refusal(site, { TLS_CERT: text, TLS_KEY: wrong })).toContain(
      'TLS_CERT, TLS_KEY: not a certificate and its key: ',
    )
  })

  test('a media port in use names LIVEKIT_RTC_UDP_PORT', async () => {
    await using site = await makeSite()
    const taken = createSocket('udp4')
    taken.bind(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address()
    expect(await refusal(site, { LIVEKIT_RTC_UDP_PORT: String(port) })).toContain(
      `LIVEKIT_RTC_UDP_PORT: UDP port ${port} for media cannot be opened (address already in use)`,
    )
    taken.close()
  })

  test('a LiveKit that is not there, or does not start, is named with what it said', async () => {
    await using site = await makeSite()
    expect(await refusal(site, { LIVEKIT_SERVER_BIN: '/nowhere/livekit-server' })).toContain(
      'LIVEKIT_SERVER_BIN: /nowhere/livekit-server is not there (for example LIVEKIT_SERVER_BIN=',
    )
    const broken = path.join(site.dir, 'livekit-server')
    await writeFile(
      broken,
      '#!/bin/sh\ncase "$1" in --version) echo "livekit-server version 1.13.5" ;; *) echo no disk; exit 3 ;; esac\n',
      { mode: 0o755 },
    )
    expect(await refusal(site, { LIVEKIT_SERVER_BIN: broken })).toBe(
      `${broken} does not start: LiveKit ended with code 3: no disk`,
    )
  })

  test('without any LiveKit to be had, all that was tried is listed, and how to mend it', async () => {
    await using site = await makeSite()
    const told = await refusal(site, {
      LIVEKIT_SERVER_BIN: '',
      PATH: site.dir,
      LIVEKIT_DOWNLOAD_URL: `http://127.0.0.1:${await freePort()}`,
    })
    for (const tried of ['livekit-server on PATH', 'a copy in ', 'download: ', 'go install: '])
      expect(told).toContain(`\n  - ${tried}`)
    expect(told).toContain('LIVEKIT_SERVER_BIN=')
    expect(await readdir(path.join(site.dataDir, 'livekit'))).toEqual([LIVEKIT_VERSION])
  })
})
