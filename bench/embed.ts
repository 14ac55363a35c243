import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { chromium } from '@playwright/test'
import { CHROMIUM_ARGS, chromiumPath } from '../test/support/chromium.ts'
import { call, median, startParley, withDirectory } from './process.ts'

const RUNS = 7

export interface EmbedResult {
  loaderBytes: number
  /** From opening the host page, in a browser that has never been there, to the element's first paint. */
  shownMs: number
  /** From there to a meeting page that speaks with the host. */
  readyMs: number
}

/** A page of another origin that holds nothing but the element. */
export const benchEmbed = (): Promise<EmbedResult> =>
  withDirectory(async (dataDir) => {
    const parley = await startParley(dataDir)
    const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS })
    const host = createServer()
    try {
      const room = await call<{ access: { anonymous: { speaker: { url: string } } } }>(
        parley.url,
        'POST',
        '/api/v1/rooms',
        { roomName: 'Bench' },
      )
      const link = room.access.anonymous.speaker.url.replaceAll('&', '&amp;')
      const html = `<!doctype html><title>Host</title>
        <script>
          const shown = new Promise((resolve) => new PerformanceObserver((list) =>
            resolve(list.getEntries()[0].startTime)).observe({ type: 'paint', buffered: true }))
          const ready = new Promise((resolve) => addEventListener('ready', () => resolve(performance.now())))
        </script>
        <script src="${parley.url}/v1/parley.js"></script><parley-meet room-url="${link}"></parley-meet>`
      host.on('request', (_req, res) => res.setHeader('Content-Type', 'text/html').end(html))
      await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
      const shown: number[] = []
      const ready: number[] = []
      for (let run = 0; run < RUNS; run++) {
        const context = await browser.newContext()
        const page = await context.newPage()
        await page.goto(`http://127.0.0.1:${(host.address() as AddressInfo).port}`)
        shown.push(await page.evaluate<number>('shown'))
        ready.push(await page.evaluate<number>('ready'))
        await context.close()
      }
      const loader = Buffer.from(await (await fetch(`${parley.url}/v1/parley.js`)).arrayBuffer())
      return {
        loaderBytes: gzipSync(loader, { level: 9 }).length,
        shownMs: median(shown),
        readyMs: median(ready),
      }
    } finally {
      host.closeAllConnections()
      host.close()
      await browser.close()
      await parley.stop()
    }
  })
