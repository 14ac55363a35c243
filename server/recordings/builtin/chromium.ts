import { accessSync, constants, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type * as playwright from 'playwright-core'
import type { Browser } from 'playwright-core'
import type { Logger } from '../../log.ts'

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
]
const PLACES = [
  '/usr/bin/chromium',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]
/** A browser that nobody used for this long is closed. */
const IDLE_MS = 10 * 60_000

/** First program of these names on PATH. */
export function onPath(names: string[]): string | null {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter))
    for (const name of names) {
      const file = path.join(folder, process.platform === 'win32' ? `${name}.exe` : name)
      if (folder !== '' && isExecutable(file)) return file
    }
  return null
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** CHROMIUM_BIN, PATH, the usual places, Playwright's own download; null where there is none. */
export function findChromium(configured: string | null): string | null {
  if (configured !== null) return isExecutable(configured) ? configured : null
  return onPath(NAMES) ?? PLACES.find((file) => existsSync(file)) ?? downloaded()
}

function downloaded(): string | null {
  try {
    const { chromium } = createRequire(import.meta.url)('playwright-core') as typeof playwright
    const file = chromium.executablePath()
    return existsSync(file) ? file : null
  } catch {
    return null
  }
}

const FLAGS = [
  '--auto-accept-this-tab-capture',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-gpu',
  '--disable-quic',
  // Rendering must not slow down where nobody looks.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
]

/** One Chromium for all recordings, started with the first and closed when long unused. */
export class WarmChromium {
  readonly #log: Logger
  readonly #executable: () => string | null
  #browser: Promise<Browser> | null = null
  #users = 0
  #idle: NodeJS.Timeout | undefined

  constructor(options: { executable: () => string | null; log: Logger }) {
    this.#executable = options.executable
    this.#log = options.log
  }

  /** The running browser; give it back with {@link release}. Throws when none can be started. */
  async take(): Promise<Browser> {
    clearTimeout(this.#idle)
    this.#users += 1
    try {
      this.#browser ??= this.#launch()
      return await this.#browser
    } catch (cause) {
      this.#browser = null
      this.release()
      throw new Error('Chromium could not be started', { cause })
    }
  }

  release(): void {
    this.#users -= 1
    if (this.#users > 0) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.close(), IDLE_MS).unref()
  }

  async #launch(): Promise<Browser> {
    const executablePath = this.#executable()
    if (executablePath === null) throw new Error('there is no Chromium')
    const { chromium } = await import('playwright-core')
    const launch = (isSandboxed: boolean) =>
      chromium.launch({
        executablePath,
        args: FLAGS,
        // It would silence the capture too; the page asks that nothing is played aloud.
        ignoreDefaultArgs: ['--mute-audio'],
        chromiumSandbox: isSandboxed,
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
      })
    // Chromium refuses its sandbox to root.
    const mayBeSandboxed = process.getuid?.() !== 0
    const browser = await launch(mayBeSandboxed).catch((err: unknown) => {
      if (!mayBeSandboxed || !/sandbox/i.test(String(err))) throw err
      this.#log.warn('Chromium has no sandbox here (user namespaces are off): the recorder runs without it')
      return launch(false)
    })
    browser.once('disconnected', () => {
      this.#browser = null
    })
    return browser
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const browser = this.#browser
    this.#browser = null
    await browser?.then((one) => one.close()).catch(() => undefined)
  }
}
