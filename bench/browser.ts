import { setTimeout as delay } from 'node:timers/promises'
import { type CallPage, Person } from './call-page.ts'
import { serveJoinPage } from './join-page.ts'
import { call, median, startParley, withDirectory } from './process.ts'

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
}

/** On slow 4G with a fourth of the processor, of seven runs each, which alternate. */
export interface LobbyMeasures {
  /** From opening the page to a form that answers. */
  formMs: number[]
  /** From opening the page to all of the lobby: preview, switches, device menus. */
  completeMs: number[]
}

interface Bytes {
  lobby: number
  all: number
}

/** The same of both. */
interface Compared<T> {
  parley: T
  yardstick: T
}
/** `least`: a page with nothing but livekit-client, below which no page on it can fall. */
export type CallResult = Compared<Measures & { bytes: Bytes }> & { least: Measures & { bytes: Bytes } }
export type LobbyResult = Compared<LobbyMeasures>

interface RoomLinks {
  access: { anonymous: Record<'moderator' | 'speaker', { url: string }> }
}

/** Two people join and stay for a while. */
export const benchCall = async (): Promise<CallResult> => {
  const empty = () => ({
    connectedMs: [],
    remoteFrameMs: [],
    seenMs: [],
    cpu: [],
    bytes: { lobby: 0, all: 0 },
  })
  const result: CallResult = { parley: empty(), yardstick: empty(), least: empty() }
  await alternate(['parley', 'yardstick', 'least'], (people, product, url) =>
    measureJoin(people, url, result[product]),
  )
  return result
}

/** One person opens the lobby on a slow line. */
export const benchLobby = async (): Promise<LobbyResult> => {
  const empty = () => ({ formMs: [], completeMs: [] })
  const result: LobbyResult = { parley: empty(), yardstick: empty() }
  await alternate(['parley', 'yardstick'], async ([person], product, url) => {
    const page = await person.open(url, true)
    result[product].formMs.push(await page.usableMs())
    result[product].completeMs.push(await page.completeMs())
    await page.close()
  })
  return result
}

type People = readonly [Person, Person]

/** These in turns, each time in a room of its own, on one server with its LiveKit. */
const alternate = <P extends keyof CallResult>(
  products: P[],
  act: (people: People, product: P, url: string) => Promise<void>,
): Promise<void> =>
  withDirectory(async (dataDir) => {
    const parley = await startParley(dataDir)
    const yardstick = await serveJoinPage('yardstick', parley.url)
    const least = await serveJoinPage('least', parley.url)
    const urlOf = { parley: (url: string) => url, yardstick: yardstick.urlOf, least: least.urlOf }
    // Two processes, as two people have them: the one who waits must not share a renderer with the one measured.
    const people = [await Person.launch(), await Person.launch()] as const
    try {
      for (let run = 0; run < RUNS; run++) {
        for (const product of products) {
          const room = await call<RoomLinks>(parley.url, 'POST', '/api/v1/rooms', { roomName: 'Bench' })
          const { url } = room.access.anonymous.speaker
          await act(people, product, urlOf[product](url))
        }
      }
    } finally {
      for (const person of people) await person.close()
      yardstick.stop()
      least.stop()
      await parley.stop()
    }
  })

/** Somebody is there already; the second one comes, and both stay for a while. */
async function measureJoin(
  [first, second]: People,
  url: string,
  measures: Measures & { bytes: Bytes },
): Promise<void> {
  const waiting = await first.open(url)
  await waiting.join('First')
  await waiting.connectedAt()
  const coming: CallPage = await second.open(url)
  await coming.completeMs()
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
export const shareOf = <M extends string>(result: Compared<Record<M, number[]>>, measure: M): number =>
  median(result.parley[measure]) / median(result.yardstick[measure])
