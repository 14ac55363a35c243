import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import * as tar from 'tar'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConfigError, loadConfig } from '../../server/config.ts'
import { findLiveKit, type FindOptions, LIVEKIT_VERSION, type Progress } from '../../server/livekit/binary.ts'

const ARCHIVE = `livekit_${LIVEKIT_VERSION}_linux_amd64.tar.gz`
const RELEASE = `/v${LIVEKIT_VERSION}`
/** Never on PATH: sh and touch are, for the scripts that play a binary. */
const SYSTEM_PATH = '/usr/bin:/bin'

let dir: string
let dataDir: string
let emptyPath: string
/** Refuses every connection: its port was free a moment ago. */
let deadUrl: string

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'parley-binary-'))
  dataDir = path.join(dir, 'data')
  emptyPath = path.join(dir, 'empty')
  await mkdir(emptyPath)
  const gone = new Mirror({})
  deadUrl = await gone.url()
  await gone[Symbol.asyncDispose]()
})
afterEach(async () => {
  await rm(dir, { recursive: true, force: true })
})

/** A program that says what LiveKit's --version says, and leaves a mark wherever it is run. */
const script = (version = LIVEKIT_VERSION) =>
  `#!/bin/sh\nPATH=${SYSTEM_PATH}; touch "${dir}/was-run"\necho "livekit-server version ${version}"\n`
const wasRun = () =>
  stat(path.join(dir, 'was-run')).then(
    () => true,
    () => false,
  )

async function program(name: string, text: string, mode = 0o755): Promise<string> {
  const file = path.join(dir, name)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, text)
  await chmod(file, mode)
  return file
}

async function archiveOf(text: string): Promise<Buffer> {
  const folder = await mkdtemp(path.join(dir, 'archive-'))
  await writeFile(path.join(folder, 'LICENSE'), 'Apache-2.0')
  await writeFile(path.join(folder, 'livekit-server'), text, { mode: 0o755 })
  await tar.create({ gzip: true, cwd: folder, file: path.join(folder, ARCHIVE) }, [
    'LICENSE',
    'livekit-server',
  ])
  return readFile(path.join(folder, ARCHIVE))
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

type Answer = (req: IncomingMessage, res: ServerResponse) => void
/** A mirror of LiveKit's releases on this machine: a path's bytes, or what it does instead of answering. */
class Mirror {
  readonly asked: string[] = []
  readonly #server: Server

  constructor(files: Record<string, Buffer | string | Answer>) {
    this.#server = createServer((req, res) => {
      this.asked.push(req.url ?? '')
      const file = files[req.url ?? '']
      if (typeof file === 'function') file(req, res)
      else if (file === undefined) res.writeHead(404).end()
      else res.writeHead(200, { 'content-length': Buffer.byteLength(file) }).end(file)
    })
  }
  async [Symbol.asyncDispose]() {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
  async url(): Promise<string> {
    if (!this.#server.listening)
      await new Promise<void>((resolve) => {
        this.#server.listen(0, '127.0.0.1', resolve)
      })
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/releases`
  }
}

/** A mirror with one good release, changed by `files`. */
async function mirrorOf(
  binary: string,
  files: Record<string, Buffer | string | Answer> = {},
): Promise<Mirror> {
  const archive = await archiveOf(binary)
  return new Mirror({
    [`/releases${RELEASE}/checksums.txt`]: `${'0'.repeat(64)}  other.zip\n${sha256(archive)}  ${ARCHIVE}\n`,
    [`/releases${RELEASE}/${ARCHIVE}`]: archive,
    ...files,
  })
}

interface Asked {
  env?: Record<string, string>
  downloadUrl?: string
  PATH?: string
}
/** findLiveKit on a bare Linux machine: nothing on PATH, no mirror that answers. */
async function find(asked: Asked = {}, options: Partial<FindOptions> = {}) {
  const reports: Progress[] = []
  const logged: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => logged.push(line) })
  const found = findLiveKit({
    config: loadConfig({
      DATA_DIR: dataDir,
      LIVEKIT_DOWNLOAD_URL: asked.downloadUrl ?? deadUrl,
      ...asked.env,
    }),
    log,
    report: (progress) => reports.push(progress),
    env: { HOME: dir, PATH: asked.PATH ?? emptyPath },
    platform: 'linux',
    arch: 'x64',
    timeouts: { connectMs: 1000, idleMs: 1000 },
    ...options,
  })
  return { found, reports, logged }
}
const failure = async (asked: Asked = {}, options: Partial<FindOptions> = {}) => {
  const { found, logged } = await find(asked, options)
  const error = await found.then(
    (result) => expect.fail(`found ${result.path}`),
    (error: Error) => error,
  )
  expect(error).toBeInstanceOf(ConfigError)
  return { message: error.message, logged }
}
const inCache = () => readdir(path.join(dataDir, 'livekit'), { recursive: true }).catch(() => [])

describe('LIVEKIT_SERVER_BIN', () => {
  test('goes before everything else', async () => {
    const bin = await program('mine/my-livekit', script('1.9.0'))
    await program('path/livekit-server', script())
    const { found } = await find({ env: { LIVEKIT_SERVER_BIN: bin }, PATH: path.join(dir, 'path') })
    expect(await found).toEqual({ path: bin, version: '1.9.0', source: 'named by LIVEKIT_SERVER_BIN' })
  })

  test.each([
    ['is not there', 'nowhere', null, 0o755],
    ['is not executable', 'plain', script(), 0o644],
    ['does not look like LiveKit', 'other', '#!/bin/sh\necho hello\n', 0o755],
    ['does not answer --version', 'broken', '#!/bin/sh\nexit 3\n', 0o755],
  ])(
    'that %s is an error that names the variable, not a reason to take another',
    async (why, name, text, mode) => {
      const bin = path.join(dir, name)
      if (text !== null) await program(name, text, mode)
      await program('path/livekit-server', script())
      const { message } = await failure({ env: { LIVEKIT_SERVER_BIN: bin }, PATH: path.join(dir, 'path') })
      expect(message).toContain('LIVEKIT_SERVER_BIN')
      expect(message).toContain(bin)
      expect(message).toContain(why)
      expect(message).toContain('for example')
    },
  )
})

test('livekit-server on PATH is taken before the cache and without any request', async () => {
  const bin = await program('path/livekit-server', script('1.10.1'))
  await program(`data/livekit/${LIVEKIT_VERSION}/livekit-server`, script())
  await using mirror = await mirrorOf(script())
  const { found } = await find({ PATH: `${emptyPath}:${path.dirname(bin)}`, downloadUrl: await mirror.url() })
  expect(await found).toEqual({ path: bin, version: '1.10.1', source: `on PATH (${bin})` })
  expect(mirror.asked).toEqual([])
})

test('a broken livekit-server on PATH is passed over', async () => {
  await program('path/livekit-server', '#!/bin/sh\nexit 1\n')
  await using mirror = await mirrorOf(script())
  const { found } = await find({ PATH: path.join(dir, 'path'), downloadUrl: await mirror.url() })
  expect((await found).source).toContain('downloaded from')
})

describe('the release archive', () => {
  test('is downloaded with progress, verified, kept, and never asked for again', async () => {
    // Incompressible, so that the archive comes in many pieces.
    const padding = Array.from({ length: 40_000 }, () => Math.random().toString(36)).join('\n# ')
    await using mirror = await mirrorOf(`${script()}exit 0\n# ${padding}\n`)
    const downloadUrl = await mirror.url()
    const first = await find({ downloadUrl })
    const kept = path.join(dataDir, 'livekit', LIVEKIT_VERSION, 'livekit-server')
    expect(await first.found).toEqual({
      path: kept,
      version: LIVEKIT_VERSION,
      source: `downloaded from ${downloadUrl}${RELEASE}/${ARCHIVE}`,
    })
    const end = first.reports.at(-1)
    expect(end?.percent).toBe(100)
    expect(end?.receivedBytes).toBe(end?.totalBytes)
    expect(end?.text).toMatch(/^Downloading LiveKit 1\.13\.5: [\d.]+ of [\d.]+ MB \(100 %\)$/)
    expect(await inCache()).toEqual([LIVEKIT_VERSION, `${LIVEKIT_VERSION}/livekit-server`])
    expect(mirror.asked).toHaveLength(2)

    const second = await find({ downloadUrl })
    expect(await second.found).toEqual({
      path: kept,
      version: LIVEKIT_VERSION,
      source: `kept in ${path.dirname(kept)}`,
    })
    expect(mirror.asked).toHaveLength(2)
    expect(second.reports).toEqual([])
  })

  test('with a wrong checksum is never unpacked or run, and that is said loudly', async () => {
    const right = await archiveOf(script())
    await using mirror = await mirrorOf(script(), {
      [`/releases${RELEASE}/checksums.txt`]: `${'a'.repeat(64)}  ${ARCHIVE}\n`,
      [`/releases${RELEASE}/${ARCHIVE}`]: right,
    })
    const { message, logged } = await failure({ downloadUrl: await mirror.url() })
    expect(message).toContain('WRONG CHECKSUM')
    expect(message).toContain(sha256(right))
    expect(message).toContain('a'.repeat(64))
    const error = logged.map((line) => JSON.parse(line)).find(({ level }) => level === 50)
    expect(error?.msg).toContain('WRONG CHECKSUM')
    expect(await wasRun()).toBe(false)
    expect(await inCache()).toEqual([LIVEKIT_VERSION])
  })

  test('that is cut half-way is an error with the bytes that came, and leaves nothing', async () => {
    const archive = await archiveOf(script())
    await using mirror = await mirrorOf(script(), {
      [`/releases${RELEASE}/${ARCHIVE}`]: (_req, res) => {
        res.writeHead(200, { 'content-length': archive.length })
        res.write(archive.subarray(0, 100), () => res.destroy())
      },
    })
    const { message } = await failure({ downloadUrl: await mirror.url() })
    expect(message).toMatch(
      new RegExp(`${ARCHIVE}: the download was cut \\(.+\\) \\(after 100 of ${archive.length} bytes\\)`),
    )
    expect(await wasRun()).toBe(false)
    expect(await inCache()).toEqual([LIVEKIT_VERSION])
  })

  test('that stalls is given up', async () => {
    await using mirror = await mirrorOf(script(), {
      [`/releases${RELEASE}/${ARCHIVE}`]: (_req, res) => {
        res.writeHead(200, { 'content-length': 1000 })
        res.write('x'.repeat(10))
      },
    })
    const { message } = await failure(
      { downloadUrl: await mirror.url() },
      { timeouts: { connectMs: 1000, idleMs: 100 } },
    )
    expect(message).toContain('stalled: nothing came for 0.1 s (after 10 of 1000 bytes)')
  })

  test('that is missing is said with its address', async () => {
    await using mirror = await mirrorOf(script(), {
      [`/releases${RELEASE}/${ARCHIVE}`]: (_req, res) => res.writeHead(404).end(),
    })
    const url = await mirror.url()
    const { message } = await failure({ downloadUrl: url })
    expect(message).toContain(`${url}${RELEASE}/${ARCHIVE}: answered 404 (not there)`)
  })

  test('without a line in checksums.txt is not fetched', async () => {
    await using mirror = await mirrorOf(script(), {
      [`/releases${RELEASE}/checksums.txt`]: `${'a'.repeat(64)}  other.tar.gz\n`,
    })
    const { message } = await failure({ downloadUrl: await mirror.url() })
    expect(message).toContain(`checksums.txt has no line for ${ARCHIVE}`)
    expect(mirror.asked).toHaveLength(1)
  })

  test('without a binary in it, or with another version, is refused', async () => {
    await using other = await mirrorOf(script('1.0.0'))
    const { message } = await failure({ downloadUrl: await other.url() })
    expect(message).toContain('it is version 1.0.0, not 1.13.5')

    const folder = path.join(dir, 'without')
    await mkdir(folder)
    await writeFile(path.join(folder, 'LICENSE'), 'Apache-2.0')
    await tar.create({ gzip: true, cwd: folder, file: path.join(dir, ARCHIVE) }, ['LICENSE'])
    const bytes = await readFile(path.join(dir, ARCHIVE))
    await using without = new Mirror({
      [`/releases${RELEASE}/checksums.txt`]: `${sha256(bytes)} *${ARCHIVE}\n`,
      [`/releases${RELEASE}/${ARCHIVE}`]: bytes,
    })
    expect((await failure({ downloadUrl: await without.url() })).message).toContain(
      'livekit-server is not in it',
    )
    expect(await inCache()).toEqual([LIVEKIT_VERSION])
  })

  test('fails fast where there is no network, or a server that never answers', async () => {
    const startedAt = Date.now()
    const { message } = await failure()
    expect(message).toContain(`${deadUrl}${RELEASE}/checksums.txt: cannot be reached (ECONNREFUSED)`)

    await using mirror = await mirrorOf(script(), { [`/releases${RELEASE}/checksums.txt`]: () => undefined })
    const silent = await failure(
      { downloadUrl: await mirror.url() },
      { timeouts: { connectMs: 200, idleMs: 100 } },
    )
    expect(silent.message).toContain('checksums.txt: no answer within 0.2 s')
    expect(Date.now() - startedAt).toBeLessThan(5000)
  })

  test('is there for two starts at the same time', async () => {
    await using mirror = await mirrorOf(script())
    const downloadUrl = await mirror.url()
    const both = await Promise.all([find({ downloadUrl }), find({ downloadUrl })])
    const [one, two] = await Promise.all(both.map(({ found }) => found))
    expect(one?.path).toBe(two?.path)
    expect(await inCache()).toEqual([LIVEKIT_VERSION, `${LIVEKIT_VERSION}/livekit-server`])
  })

  test('is given up at once when the start is called off', async () => {
    const stop = new AbortController()
    await using mirror = await mirrorOf(script(), {
      [`/releases${RELEASE}/${ARCHIVE}`]: () => stop.abort(new Error('called off')),
    })
    const { found } = await find({ downloadUrl: await mirror.url() }, { signal: stop.signal })
    await expect(found).rejects.toThrow('called off')
    expect(await inCache()).toEqual([LIVEKIT_VERSION])
  })
})

test('a damaged copy in the cache is replaced', async () => {
  await program(`data/livekit/${LIVEKIT_VERSION}/livekit-server`, 'half a file')
  await using mirror = await mirrorOf(script())
  const { found } = await find({ downloadUrl: await mirror.url() })
  expect((await found).source).toContain('downloaded from')
})

describe('go install', () => {
  const fakeGo = (then: string) =>
    program(
      'go-bin/go',
      `#!/bin/sh\nPATH=${SYSTEM_PATH}\necho "$@" > "${dir}/go-arguments"; echo "$GOBIN" > "${dir}/gobin"\n` +
        `echo "go: downloading github.com/livekit/protocol v1" >&2; echo github.com/livekit/livekit-server/cmd/server >&2\n${then}\n`,
    )

  test('builds the pinned version where nothing can be downloaded, and keeps it', async () => {
    const go = await fakeGo(
      `printf '#!/bin/sh\\necho livekit-server version ${LIVEKIT_VERSION}\\n' > "$GOBIN/server"; sleep 1.2`,
    )
    const { found, reports } = await find({ PATH: path.dirname(go) })
    const kept = path.join(dataDir, 'livekit', LIVEKIT_VERSION, 'livekit-server')
    expect(await found).toEqual({ path: kept, version: LIVEKIT_VERSION, source: 'built with go install' })
    expect(await readFile(path.join(dir, 'go-arguments'), 'utf8')).toBe(
      `install -v github.com/livekit/livekit-server/cmd/server@v${LIVEKIT_VERSION}\n`,
    )
    const gobin = (await readFile(path.join(dir, 'gobin'), 'utf8')).trim()
    expect(path.dirname(gobin)).toBe(path.join(dataDir, 'livekit'))
    expect(reports.at(-1)?.text).toBe(
      'Building LiveKit 1.13.5 with Go: 1 s, 1 modules fetched, 1 packages compiled',
    )
    expect(await inCache()).toEqual([LIVEKIT_VERSION, `${LIVEKIT_VERSION}/livekit-server`])

    const again = await find()
    expect((await again.found).source).toContain('kept in')
  })

  test('that fails is told with what go said', async () => {
    const go = await fakeGo('echo "go: no such host" >&2; exit 1')
    const { message } = await failure({ PATH: path.dirname(go) })
    expect(message).toMatch(/go install: ended with 1 after \d s: go: no such host/)
    expect(await inCache()).toEqual([LIVEKIT_VERSION])
  })

  test.runIf(process.env['PARLEY_TEST_GO_INSTALL'] === '1')(
    'makes a real LiveKit with the real Go',
    async () => {
      const go = (process.env['PATH'] ?? '').split(':').map((entry) => path.join(entry, 'go'))
      const real = (
        await Promise.all(
          go.map((file) =>
            stat(file).then(
              () => file,
              () => null,
            ),
          ),
        )
      ).find((file) => file !== null)
      if (real === null || real === undefined) expect.fail('Go is not on PATH')
      // Only Go and the system, so that a LiveKit on this machine's PATH is not found first.
      const { found, reports } = await find(
        {},
        { env: { ...process.env, PATH: `${path.dirname(real)}:${SYSTEM_PATH}` } },
      )
      expect(await found).toMatchObject({ version: LIVEKIT_VERSION, source: 'built with go install' })
      expect(reports.length).toBeGreaterThan(1)
    },
    45 * 60_000,
  )
})

test('when nothing works, one error lists all that was tried and how to mend it', async () => {
  const { message } = await failure()
  for (const part of [
    'livekit-server on PATH: not there',
    `a copy in ${path.join(dataDir, 'livekit', LIVEKIT_VERSION)}: not there`,
    `download: ${deadUrl}`,
    'go install: Go is not on PATH',
    'LIVEKIT_SERVER_BIN=',
    'LIVEKIT_DOWNLOAD_URL',
    'LIVEKIT_URL',
  ])
    expect(message).toContain(part)
})

test('on macOS, for which LiveKit publishes no archive, the error names Homebrew', async () => {
  const { message } = await failure({}, { platform: 'darwin', arch: 'arm64' })
  expect(message).toContain('LiveKit publishes no archive for darwin arm64')
  expect(message).toContain('brew install livekit')
})
