import path from 'node:path'
import { defineConfig } from '@playwright/test'
import { CHROMIUM_ARGS, chromiumPath } from './support/chromium.ts'

/** Real Chromium with fake media against the built server; one page at a time, as two cores bear. */
export default defineConfig({
  testDir: path.join(import.meta.dirname, 'browser'),
  outputDir: path.join(import.meta.dirname, '../test-results/browser'),
  timeout: 90_000,
  expect: { timeout: 15_000 },
  workers: 1,
  // Live media on a machine that does other things too: one more try, and the summary names who needed it.
  retries: 1,
  reporter: [
    ['list'],
    ['json', { outputFile: path.join(import.meta.dirname, '../test-results/browser.json') }],
  ],
  use: {
    browserName: 'chromium',
    headless: true,
    launchOptions: { executablePath: chromiumPath(), args: CHROMIUM_ARGS },
    viewport: { width: 1280, height: 800 },
  },
})
