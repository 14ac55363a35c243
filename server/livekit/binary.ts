import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { ConfigError, type Config } from '../config.ts'
import type { Logger } from '../log.ts'
import { archiveName, binaryName, downloadRelease, type Progress, WrongChecksum } from './release.ts'

export type { Progress } from './release.ts'

/** The release that is fetched, built and cached; what the operator brings may be another. */
export const LIVEKIT_VERSION = '1.13.5'
const GO_PACKAGE = `github.com/livekit/livekit-server/cmd/server@v${LIVEKIT_VERSION}`
/** A build takes about 3 minutes on two cores and far longer on a small board. */
const GO_TIMEOUT_MS = 45 * 60_000
/** Long enough that no running fetch or build is that old. */
const LEFTOVER_AGE_MS = 24 * 3600_000

export interface FoundLiveKit {
  /** Absolute path of an executable that has answered `--version`. */
  path: string
  version: string
  /** For people: "on PATH", "downloaded from https://...", "built with go install" ... */
  source: string
}

export interface FindOptions {
  config: Config
  log: Logger
  /** Called at most a few times a second while something is downloaded or built. */
  report: (progress: Progress) => void
  /** Ends a download or build that is under way; the call then rejects with the signal's reason. */
  signal?: AbortSignal
  /** Where PATH stands, and what the go command needs. */
  env?: NodeJS.ProcessEnv
  platform?: NodeJS.Platform
  arch?: string
  timeouts?: { connectMs: number; idleMs: number }
}

/**
 * Finds a LiveKit server, or gets one: LIVEKIT_SERVER_BIN, `livekit-server` on PATH, the copy in the data
 * directory, the official release (verified against its checksums), `go install`. What was fetched or built is
 * kept in `<dataDir>/livekit/<version>/` and found there by the next call without any request. Calls at the
 * same time, also from other processes, each work in a directory of their own and rename the finished binary
 * into place.
 *
 * Throws {@link ConfigError} when LIVEKIT_SERVER_BIN is set and cannot be used, and when nothing worked: then
 * the message lists everything that was tried and how to mend it.
 */
export async function findLiveKit(options: FindOptions): Promise<FoundLiveKit> {
  const { config, log } = options
  const platform = options.platform ?? process.platform
  const env = options.env ?? process.env
  if (config.livekit.serverBin !== null) return givenBinary(config.livekit.serverBin)

  const tried: string[] = []
  const failed = (what: string, error: unknown) => {
    options.signal?.throwIfAborted()
    tried.push(`${what}: ${(error as Error).message}`)
  }

  const onPath = await findOnPath(binaryName(platform), env)
  if (onPath === null) tried.push('livekit-server on PATH: not there')
  else {
    try {
      return { path: onPath, version: await readVersion(onPath), source: `on PATH (${onPath})` }
    } catch (error) {
      failed(`livekit-server on PATH (${onPath})`, error)
    }
  }

  const cached = path.join(config.dataDir, 'livekit', LIVEKIT_VERSION, binaryName(platform))
  if (await isThere(cached)) {
    try {
      return { path: cached, version: await readVersion(cached), source: `kept in ${path.dirname(cached)}` }
    } catch (error) {
      failed(`the copy in ${path.dirname(cached)}`, error)
    }
  } else tried.push(`a copy in ${path.dirname(cached)}: not there`)

  const archive = archiveName(LIVEKIT_VERSION, platform, options.arch ?? process.arch)
  if (archive === null)
    tried.push(`download: LiveKit publishes no archive for ${platform} ${options.arch ?? process.arch}`)
  else {
    const address = `${config.livekit.downloadUrl}/v${LIVEKIT_VERSION}/${archive}`
    try {
      return await intoCache(options, cached, `downloaded from ${address}`, (directory) =>
        downloadRelease({
          downloadUrl: config.livekit.downloadUrl,
          version: LIVEKIT_VERSION,
          archive,
          directory,
          platform,
          report: options.report,
          timeouts: options.timeouts ?? { connectMs: 8_000, idleMs: 30_000 },
          signal: options.signal,
        }),
      )
    } catch (error) {
      if (error instanceof WrongChecksum) log.error(error.message)
      failed('download', error)
    }
  }

  const go = await findOnPath(platform === 'win32' ? 'go.exe' : 'go', env)
  if (go === null) tried.push('go install: Go is not on PATH')
  else {
    log.info(`No LiveKit release to be had (${tried.at(-1)}); building it with Go, which takes some minutes`)
    try {
      return await intoCache(options, cached, 'built with go install', (directory) =>
        goInstall(go, directory, { ...options, env, platform }),
      )
    } catch (error) {
      failed('go install', error)
    }
  }

  throw new ConfigError(
    [
      'No LiveKit server was found, and none could be fetched or built. Tried:',
      ...tried.map((line) => `  - ${line}`),
      `To mend it, do one of these: ${
        platform === 'darwin' ? 'run `brew install livekit`; ' : ''
      }install LiveKit ${LIVEKIT_VERSION} so that livekit-server is on PATH, or name it ` +
        '(for example LIVEKIT_SERVER_BIN=/usr/local/bin/livekit-server); set LIVEKIT_DOWNLOAD_URL to a mirror of ' +
        'its releases; install Go; or use a LiveKit that runs already with LIVEKIT_URL, LIVEKIT_API_KEY and ' +
        'LIVEKIT_API_SECRET.',
    ].join('\n'),
  )
}

async function givenBinary(given: string): Promise<FoundLiveKit> {
  const file = path.resolve(given)
  const fault = (what: string) =>
    new ConfigError(
      `LIVEKIT_SERVER_BIN: ${file} ${what} (for example LIVEKIT_SERVER_BIN=/usr/local/bin/livekit-server, ` +
        'or leave it unset to have one found)',
    )
  const found = await stat(file).catch(() => null)
  if (found === null) throw fault('is not there')
  if (!found.isFile()) throw fault('is not a file')
  if (!(await isExecutable(file))) throw fault(`is not executable: chmod +x ${file}`)
  try {
    return { path: file, version: await readVersion(file), source: 'named by LIVEKIT_SERVER_BIN' }
  } catch (error) {
    throw fault((error as Error).message)
  }
}

/** Asks the binary itself; throws a sentence when it does not run or is something else. */
async function readVersion(file: string): Promise<string> {
  const { stdout } = await promisify(execFile)(file, ['--version'], {
    timeout: 10_000,
    windowsHide: true,
  }).catch((error: Error) => {
    throw new Error(`does not answer --version: ${error.message.trim().split('\n').at(-1)}`, { cause: error })
  })
  const version = /version v?(\d+\.\S+)/.exec(stdout)?.[1]
  if (version === undefined)
    throw new Error(
      `does not look like LiveKit: --version says ${JSON.stringify(stdout.trim().slice(0, 80))}`,
    )
  return version
}

/**
 * Lets `make` put a binary into a fresh directory, tries it, and renames it to `cached`: a half-written or
 * unusable file never stands under the name that the next start trusts.
 */
async function intoCache(
  { config, log }: FindOptions,
  cached: string,
  source: string,
  make: (directory: string) => Promise<string>,
): Promise<FoundLiveKit> {
  const cache = path.join(config.dataDir, 'livekit')
  const directory = path.join(cache, `.new-${process.pid}-${randomBytes(4).toString('hex')}`)
  await mkdir(path.dirname(cached), { recursive: true })
  await removeLeftovers(cache)
  await mkdir(directory)
  try {
    const made = await make(directory)
    if (!(await isThere(made))) throw new Error(`${path.basename(made)} is not in it`)
    await chmod(made, 0o755)
    const version = await readVersion(made)
    if (version !== LIVEKIT_VERSION) throw new Error(`it is version ${version}, not ${LIVEKIT_VERSION}`)
    await rename(made, cached).catch(async (error: unknown) => {
      // Windows refuses to replace a program that runs: another start was quicker with the same version.
      if ((await readVersion(cached).catch(() => null)) !== LIVEKIT_VERSION) throw error
    })
    log.info(`LiveKit ${version} ${source}, kept in ${path.dirname(cached)}`)
    return { path: cached, version, source }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** A start that was killed leaves its directory; a living one's is younger than {@link LEFTOVER_AGE_MS}. */
async function removeLeftovers(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith('.new-')) continue
    const directory = path.join(cache, name)
    const found = await stat(directory).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > LEFTOVER_AGE_MS)
      await rm(directory, { recursive: true, force: true })
  }
}

/** Builds the pinned version into `directory`; later versions have replace directives and cannot be built so. */
async function goInstall(
  go: string,
  directory: string,
  { env, platform, report, signal }: FindOptions,
): Promise<string> {
  const startedAt = Date.now()
  const seconds = () => Math.round((Date.now() - startedAt) / 1000)
  let modules = 0
  let packages = 0
  const tail: string[] = []
  const build = spawn(go, ['install', '-v', GO_PACKAGE], {
    // An absolute GOBIN: go refuses a relative one.
    env: { ...env, GOBIN: path.resolve(directory) },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: GO_TIMEOUT_MS,
    signal,
    windowsHide: true,
  })
  createInterface({ input: build.stderr }).on('line', (line) => {
    // -v prints a package's path when it is compiled.
    if (line.startsWith('go: downloading ')) modules++
    else if (/^[\w.~/-]+$/.test(line)) packages++
    else tail.push(line)
    if (tail.length > 5) tail.shift()
  })
  const ticker = setInterval(
    () =>
      report({
        text: `Building LiveKit ${LIVEKIT_VERSION} with Go: ${seconds()} s, ${modules} modules fetched, ${packages} packages compiled`,
        receivedBytes: null,
        totalBytes: null,
        percent: null,
      }),
    1000,
  )
  try {
    const [code, ended] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      build.once('error', reject)
      build.once('close', (code, ended) => resolve([code, ended]))
    })
    if (code !== 0)
      throw new Error(
        `${ended === null ? `ended with ${code}` : `was ended by ${ended}`} after ${seconds()} s: ${tail.join(' | ') || 'no message'}`,
      )
  } finally {
    clearInterval(ticker)
  }
  const name = binaryName(platform ?? process.platform)
  const built = path.join(directory, `server${path.extname(name)}`)
  const binary = path.join(directory, name)
  await rename(built, binary)
  return binary
}

async function findOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  for (const directory of (env['PATH'] ?? '').split(path.delimiter)) {
    if (directory === '') continue
    const file = path.resolve(directory, name)
    if (await isExecutable(file)) return file
  }
  return null
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    (found) => found.isFile(),
    () => false,
  )

const isExecutable = async (file: string): Promise<boolean> =>
  (await isThere(file)) &&
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
