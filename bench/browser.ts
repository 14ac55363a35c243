import { setTimeout as delay } from 'node:timers/promises'
import { type CallPage, Person } from './call-page.ts'
import { call, median, startParley, withDirectory } from './process.ts'
import { serveYardstick } from './yardstick/serve.ts'

const RUNS = 7
/** As long as somebody needs to read the lobby and type a name. */
const LOBBY_MS = 3000
const CPU_MS = 8000

/** Of seven runs each, which alternate. */
export interface Measures {
  connectedMs: number[]
  /** From the click on Join to the first frame of the other that the browser has presented. */
  remoteFrameMs: number[]
  /** From the click to the first frame of this person that the other's browser has presented. */
  seenMs: number[]
  /** Processor seconds per second of a call of two with cameras on, both browsers together. */
  cpu: number[]
  /** From opening the page to a lobby that answers, on slow 4G with a fourth of the processor. */
  slowLobbyMs: number[]
}

interface Bytes {
  lobbyJs: number
  lobbyCss: number
  all: number
}

export interface BrowserResult {
  parley: Measures & { bytes: Bytes }
  yardstick: Measures & { bytes: Bytes }
}

interface RoomLinks {
  access: { anonymous: Record<'moderator' | 'speaker', { url: string }> }
}

/** Parley's call and the yardstick's, on one server with its LiveKit. */
export const benchBrowser = (runs = RUNS): Promise<BrowserResult> =>
  withDirectory(async (dataDir) => {
    const parley = await startParley(dataDir)
    const yardstick = await serveYardstick(parley.url)
    // Two processes, as two people have them: the one who waits must not share a renderer with the one measured.
    const people = [await Person.launch(), await Person.launch()] as const
    try {
      const products = {
        parley: { urlOf: (roomUrl: string) => roomUrl, measures: empty() },
        yardstick: { urlOf: yardstick.urlOf, measures: empty() },
      }
      for (let run = 0; run < runs; run++) {
        for (const { urlOf, measures } of Object.values(products)) {
          const room = await call<RoomLinks>(parley.url, 'POST', '/api/v1/rooms', { roomName: 'Bench' })
          await measureJoin(people, urlOf(room.access.anonymous.speaker.url), measures)
          const slow = await people[0].open(urlOf(room.access.anonymous.speaker.url), true)
          measures.slowLobbyMs.push(await slow.usableMs())
          await slow.close()
        }
      }
      return { parley: products.parley.measures, yardstick: products.yardstick.measures }
    } finally {
      for (const person of people) await person.close()
      yardstick.stop()
      await parley.stop()
    }
  })

const empty = (): Measures & { bytes: Bytes } => ({
  connectedMs: [],
  remoteFrameMs: [],
  seenMs: [],
  cpu: [],
  slowLobbyMs: [],
  bytes: { lobbyJs: 0, lobbyCss: 0, all: 0 },
})

/** Somebody is there already; the second one comes, and both stay for a while. */
async function measureJoin(
  [first, second]: readonly [Person, Person],
  url: string,
  measures: Measures & { bytes: Bytes },
): Promise<void> {
  const waiting = await first.open(url)
  await waiting.join('First')
  await waiting.connectedAt()
  const coming: CallPage = await second.open(url)
  await coming.usableMs()
  await delay(LOBBY_MS)
  await coming.join('Second')
  const clickedAt = await coming.clickedAt()
  measures.connectedMs.push((await coming.connectedAt()) - clickedAt)
  measures.remoteFrameMs.push((await coming.remoteFrameAt()) - clickedAt)
  measures.seenMs.push((await waiting.remoteFrameAt()) - clickedAt)
  measures.bytes = await coming.bytes()
  const used = () => first.cpuSeconds() + second.cpuSeconds()
  const [before, startedAt] = [used(), performance.now()]
  await delay(CPU_MS)
  measures.cpu.push((used() - before) / ((performance.now() - startedAt) / 1000))
  await Promise.all([waiting.close(), coming.close()])
}

/** What Parley takes of the yardstick's median. */
export const shareOf = (result: BrowserResult, measure: keyof Measures): number =>
  median(result.parley[measure]) / median(result.yardstick[measure])
