import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type FileHandle, open } from 'node:fs/promises'
import type { Writable } from 'node:stream'

/** Where the recorder's MP4 goes, in the order it comes. */
export interface MediaWriter {
  /** Resolves when more may come. Rejects when it cannot be written, with `code` as the system gives it. */
  write(bytes: Buffer): Promise<void>
  /** Resolves when nobody writes to the file any more. Never rejects. */
  end(): Promise<void>
}

/** As it comes: sound stays Opus. */
export async function plainWriter(file: string): Promise<MediaWriter> {
  const handle: FileHandle = await open(file, 'w', 0o600)
  return {
    write: async (bytes) => {
      for (let done = 0; done < bytes.length;) done += (await handle.write(bytes, done)).bytesWritten
    },
    end: () => handle.close().catch(() => undefined),
  }
}

const END_WITHIN_MS = 5000

/**
 * Through ffmpeg: the video is copied, sound becomes AAC, which Safari and old players need. ffmpeg writes the file
 * itself, so that what it was given is in it even when this process is killed.
 */
export async function ffmpegWriter(ffmpeg: string, file: string, audioKbps: number): Promise<MediaWriter> {
  // Made by us: ffmpeg's own would be readable by others.
  await (await open(file, 'w', 0o600)).close()
  const child = spawn(
    ffmpeg,
    words(
      '-hide_banner -loglevel error -y -f mp4 -i pipe:0 -map 0',
      `-c:v copy -c:a aac -b:a ${audioKbps}k -ar 48000`,
      '-f mp4 -movflags frag_keyframe+empty_moov+default_base_moof -flush_packets 1',
    ).concat(file),
    { stdio: ['pipe', 'ignore', 'pipe'], detached: process.platform !== 'win32' },
  )
  return new FfmpegWriter(child)
}

const words = (...texts: string[]): string[] => texts.flatMap((text) => text.split(' '))

class FfmpegWriter implements MediaWriter {
  readonly #child: ChildProcess
  readonly #input: Writable
  readonly #closed: Promise<void>
  #said = ''
  #fault: Error | null = null

  constructor(child: ChildProcess) {
    this.#child = child
    if (child.stdin === null) throw new Error('unreachable: stdin is a pipe')
    this.#input = child.stdin
    this.#input.on('error', () => undefined)
    child.stderr?.on('data', (bytes: Buffer) => (this.#said = (this.#said + bytes.toString()).slice(-2000)))
    this.#closed = new Promise((resolve) => {
      child.once('error', (err) => {
        this.#fault = err
        resolve()
      })
      child.once('close', (code) => {
        if (code !== 0) this.#fault ??= ffmpegFault(this.#said, code)
        resolve()
      })
    })
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#fault !== null) throw this.#fault
    if (this.#input.destroyed || this.#input.writableEnded) {
      await this.#closed
      throw this.#fault ?? new Error('ffmpeg has ended')
    }
    if (!this.#input.write(bytes))
      await Promise.race([once(this.#input, 'drain').catch(() => undefined), this.#closed])
  }

  async end(): Promise<void> {
    this.#input.end()
    const late = setTimeout(() => this.#child.kill('SIGKILL'), END_WITHIN_MS)
    await this.#closed
    clearTimeout(late)
  }
}

function ffmpegFault(said: string, code: number | null): Error {
  const fault: NodeJS.ErrnoException = new Error(`ffmpeg ended with ${code}: ${said.trim()}`)
  if (/No space left|Disk quota exceeded/i.test(said)) fault.code = 'ENOSPC'
  return fault
}
