import { existsSync } from 'node:fs'
import { chromium } from '@playwright/test'

/** Quiet, sandbox-less where root runs it, with a fake camera and microphone that are always allowed. */
export const CHROMIUM_ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
]

const SYSTEM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** CHROMIUM_BIN, a browser of the system, or Playwright's own download; '' when there is none of them. */
export function chromiumPath(): string {
  const candidates = [process.env.CHROMIUM_BIN ?? '', ...SYSTEM, chromium.executablePath()]
  return candidates.find((file) => file !== '' && existsSync(file)) ?? ''
}
