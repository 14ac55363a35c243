import { setTimeout as delay } from 'node:timers/promises'
import { median, startParley, withDirectory } from './process.ts'

const STARTS = 5
const IDLE_MS = 10_000

export interface StartResult {
  firstMs: number
  /** Median of the starts on the same data directory. */
  laterMs: number
  /** Of the server's process, 10 s after it was ready. */
  idleResidentBytes: number
}

/** From `npm start`'s command to the lines that say it is ready, LiveKit child included, with dist/ built. */
export const benchStart = (): Promise<StartResult> =>
  withDirectory(async (dataDir) => {
    const times: number[] = []
    let idleResidentBytes = 0
    for (let i = 0; i <= STARTS; i++) {
      const parley = await startParley(dataDir, 'server/start.js')
      times.push(parley.startedInMs)
      if (i === STARTS) {
        await delay(IDLE_MS)
        idleResidentBytes = parley.residentBytes()
      }
      await parley.stop()
    }
    return { firstMs: times[0] ?? Number.NaN, laterMs: median(times.slice(1)), idleResidentBytes }
  })
