import { setTimeout as delay } from 'node:timers/promises'
import { chromium } from '@playwright/test'
import { CHROMIUM_ARGS, chromiumPath } from '../test/support/chromium.ts'
import { percentile } from './process.ts'
import { serveStaticPage } from './static-page.ts'

const MEASURED_MS = 20_000

export interface CommitsResult {
  commits: number
  perSecond: number
  /** Milliseconds of rendering, as React's profiling build counts them. */
  p50Ms: number
  p95Ms: number
  mostMs: number
}

/** What React does in a call of 25 whose speaking and quality change four times a second each, people panel open. */
export async function benchCommits(): Promise<CommitsResult> {
  const page = await serveStaticPage('commits')
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS })
  try {
    const tab = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await tab.goto(page.url)
    await tab.click('#participants-panel-btn')
    await tab.locator('[role=complementary] li, aside li').nth(24).waitFor()
    await delay(2000)
    await tab.evaluate(() => {
      window.commits = []
    })
    await delay(MEASURED_MS)
    const commits = await tab.evaluate(() => window.commits)
    return {
      commits: commits.length,
      perSecond: commits.length / (MEASURED_MS / 1000),
      p50Ms: percentile(commits, 50),
      p95Ms: percentile(commits, 95),
      mostMs: Math.max(...commits),
    }
  } finally {
    await browser.close()
    page.stop()
  }
}
