import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import path from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import * as tar from 'tar'

/** One step of a long start, to be shown to whoever waits; sizes are null where they are not known. */
export interface Progress {
  text: string
  receivedBytes: number | null
  totalBytes: number | null
  /** 0 to 100. */
  percent: number | null
}

/**
 * The official archive of a LiveKit release for this machine, as named on its releases page, or null where
 * LiveKit publishes none (macOS and rare processors).
 */
export function archiveName(version: string, platform: NodeJS.Platform, arch: string): string | null {
  const builds: Partial<Record<NodeJS.Platform, Record<string, string>>> = {
    linux: { x64: 'linux_amd64.tar.gz', arm64: 'linux_arm64.tar.gz', arm: 'linux_armv7.tar.gz' },
    win32: { x64: 'windows_amd64.zip', arm64: 'windows_arm64.zip' },
  }
  const build = builds[platform]?.[arch]
  return build === undefined ? null : `livekit_${version}_${build}`
}

export const binaryName = (platform: NodeJS.Platform): string =>
  platform === 'win32' ? 'livekit-server.exe' : 'livekit-server'

/** The bytes that came are not the ones the release lists: damaged, or tampered with. They were not run. */
export class WrongChecksum extends Error {
  override name = 'WrongChecksum'
}

interface DownloadOptions {
  /** Address below which `v<version>/<archive>` and `v<version>/checksums.txt` lie. */
  downloadUrl: string
  version: string
  archive: string
  /** Existing directory that takes the archive and the binary; the caller removes it. */
  directory: string
  platform: NodeJS.Platform
  report: (progress: Progress) => void
  /** Waiting for the first answer, and between two pieces of the body. */
  timeouts: { connectMs: number; idleMs: number }
  signal?: AbortSignal
}

/**
 * Fetches one release archive, compares it with the release's `checksums.txt` (lines of sha256sum) and unpacks
 * the binary. Returns the binary's path inside `directory`, not yet run by anybody. Throws an `Error` with a
 * sentence for the operator when an address cannot be reached, answers with another status than 200, is cut
 * or stalls, and {@link WrongChecksum} before anything is unpacked.
 */
export async function downloadRelease(options: DownloadOptions): Promise<string> {
  const base = `${options.downloadUrl}/v${options.version}`
  const archiveFile = path.join(options.directory, options.archive)

  const checksums = await fetchChecksums(`${base}/checksums.txt`, options)
  const expected = checksums.get(options.archive)
  if (expected === undefined) throw new Error(`${base}/checksums.txt has no line for ${options.archive}`)

  const actual = await fetchFile(`${base}/${options.archive}`, archiveFile, options)
  if (actual !== expected)
    throw new WrongChecksum(
      `WRONG CHECKSUM: ${base}/${options.archive} has sha256 ${actual}, but the release lists ${expected}; ` +
        'the file is damaged or was tampered with and was not run',
    )
  return unpack(archiveFile, options)
}

async function fetchChecksums(url: string, options: DownloadOptions): Promise<Map<string, string>> {
  const sums = new Map<string, string>()
  await request(url, options, async (response) => {
    for (const line of (await response.text()).split('\n')) {
      const parts = /^([0-9a-f]{64})\s+\*?(\S+)\s*$/i.exec(line)
      if (parts?.[1] !== undefined && parts[2] !== undefined) sums.set(parts[2], parts[1].toLowerCase())
    }
  })
  return sums
}

/** Streams `url` into `file` and returns the sha256 of what was written, in hex. */
async function fetchFile(url: string, file: string, options: DownloadOptions): Promise<string> {
  const hash = createHash('sha256')
  let receivedBytes = 0
  let totalBytes: number | null = null
  await request(url, options, async (response, alive) => {
    const length = Number(response.headers.get('content-length') ?? Number.NaN)
    totalBytes = Number.isSafeInteger(length) ? length : null
    if (response.body === null) throw new Error('the answer is empty')
    let shownAt = 0
    const show = () => options.report(downloadProgress(options.version, receivedBytes, totalBytes))
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        alive()
        hash.update(chunk)
        receivedBytes += chunk.length
        if (Date.now() - shownAt > 250) {
          shownAt = Date.now()
          show()
        }
        done(null, chunk)
      },
    })
    // The DOM's and Node's stream types name the same object differently.
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0])
    await pipeline(body, meter, createWriteStream(file))
    show()
  }).catch((error: Error) => {
    if (receivedBytes === 0) throw error
    const of = totalBytes === null ? '' : ` of ${totalBytes}`
    throw new Error(`${error.message} (after ${receivedBytes}${of} bytes)`, { cause: error })
  })
  return hash.digest('hex')
}

function downloadProgress(version: string, receivedBytes: number, totalBytes: number | null): Progress {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
  const percent =
    totalBytes === null || totalBytes === 0 ? null : Math.floor((100 * receivedBytes) / totalBytes)
  const size = totalBytes === null ? '' : ` of ${megabytes(totalBytes)}`
  return {
    text: `Downloading LiveKit ${version}: ${megabytes(receivedBytes)}${size} MB${percent === null ? '' : ` (${percent} %)`}`,
    receivedBytes,
    totalBytes,
    percent,
  }
}

/** Calls `read` with a 200 answer; every failure becomes one sentence that begins with the address. */
async function request(
  url: string,
  { timeouts, signal }: DownloadOptions,
  read: (response: Response, alive: () => void) => Promise<void>,
): Promise<void> {
  const stall = new AbortController()
  const limit = (ms: number, what: string) => setTimeout(() => stall.abort(new Error(what)), ms)
  let timer = limit(timeouts.connectMs, `no answer within ${timeouts.connectMs / 1000} s`)
  let answered = false
  try {
    const response = await fetch(url, {
      signal: signal === undefined ? stall.signal : AbortSignal.any([stall.signal, signal]),
      // A mirror that serves .tar.gz with content-encoding gzip would be unpacked on the way, and the sum be wrong.
      headers: { 'accept-encoding': 'identity', 'user-agent': 'parley' },
    })
    answered = true
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new Error(`answered ${response.status}${response.status === 404 ? ' (not there)' : ''}`)
    }
    const alive = () => {
      clearTimeout(timer)
      timer = limit(timeouts.idleMs, `stalled: nothing came for ${timeouts.idleMs / 1000} s`)
    }
    alive()
    await read(response, alive)
  } catch (error) {
    signal?.throwIfAborted()
    throw new Error(`${url}: ${reason(stall.signal.aborted ? stall.signal.reason : error, answered)}`, {
      cause: error,
    })
  } finally {
    clearTimeout(timer)
  }
}

/** fetch says only "fetch failed" or "terminated"; what happened stands in the cause. */
function reason(error: unknown, answered: boolean): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  return answered ? `the download was cut (${code})` : `cannot be reached (${code})`
}

async function unpack(archive: string, { directory, platform }: DownloadOptions): Promise<string> {
  const name = binaryName(platform)
  try {
    // Windows' own tar reads zip and is there since Windows 10.
    if (archive.endsWith('.zip')) await promisify(execFile)('tar', ['-xf', archive, '-C', directory, name])
    else {
      await tar.extract({
        file: archive,
        cwd: directory,
        strict: true,
        filter: (entry) => path.posix.normalize(entry) === name,
      })
    }
  } catch (error) {
    throw new Error(`${path.basename(archive)} cannot be unpacked: ${(error as Error).message}`, {
      cause: error,
    })
  }
  return path.join(directory, name)
}
