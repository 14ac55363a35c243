import { useCallback, useSyncExternalStore } from 'react'
import { useQueryClient, type QueryClient, type QueryKey } from '@tanstack/react-query'
import { useEnvironment, type Environment } from '../shell/environment.ts'

/** What the server tells on `GET /internal-api/v1/events`, each as `{event, roomId, at}`. */
const EVENTS = [
  'meetingStarted',
  'meetingEnded',
  'roomCreated',
  'roomUpdated',
  'roomDeleted',
  'participantJoined',
  'participantLeft',
] as const
type EventName = (typeof EVENTS)[number]

/** Where the answers about rooms are cached; all of one room's share a beginning. */
export const roomKeys = {
  all: (environment: Environment) => ['rooms', environment] as const,
  list: (environment: Environment) => ['rooms', environment, 'list'] as const,
  room: (environment: Environment, roomId: string) => ['rooms', environment, 'one', roomId] as const,
  part: (environment: Environment, roomId: string, part: 'room' | 'settings' | 'members' | 'meetings') =>
    ['rooms', environment, 'one', roomId, part] as const,
}
export const overviewKey = (environment: Environment) => ['overview', environment] as const

/** Changes under way hold back what an event would fetch, so that a switch does not jump back and forth. */
export const CHANGE_KEY = ['room-change'] as const

/** Which cached answers an event makes old. */
export function staleAfter(name: EventName, roomId: string | null, environment: Environment): QueryKey[] {
  const overview = overviewKey(environment)
  if (roomId === null) return [overview, roomKeys.all(environment)]
  return name === 'participantJoined' || name === 'participantLeft'
    ? [overview, roomKeys.part(environment, roomId, 'meetings')]
    : [overview, roomKeys.list(environment), roomKeys.room(environment, roomId)]
}

const COALESCE_MS = 250
/** The browser reconnects by itself after a cut, not after a refusal. */
const REOPEN_MS = 15_000
/** Going from page to page keeps the connection. */
const LINGER_MS = 1000

/** One connection for all who listen in an environment. Closed while the page is hidden: browsers allow six per server. */
class Stream {
  readonly #client: QueryClient
  readonly #environment: Environment
  readonly #listeners = new Set<() => void>()
  readonly #stale = new Map<string, QueryKey>()
  #source: EventSource | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #isFlushing = false
  isUp = false

  constructor(client: QueryClient, environment: Environment) {
    this.#client = client
    this.#environment = environment
  }

  subscribe(listener: () => void): () => void {
    if (this.#listeners.size === 0) {
      document.addEventListener('visibilitychange', this.#followVisibility)
      this.#followVisibility()
    }
    this.#listeners.add(listener)
    return () => {
      setTimeout(() => {
        this.#listeners.delete(listener)
        if (this.#listeners.size > 0) return
        document.removeEventListener('visibilitychange', this.#followVisibility)
        this.#close()
      }, LINGER_MS)
    }
  }

  #followVisibility = () => {
    if (document.visibilityState === 'hidden') this.#close()
    else this.#open()
  }

  #open = () => {
    clearTimeout(this.#timer)
    if (this.#source !== null) return
    const source = new EventSource(`/internal-api/v1/events?environment=${this.#environment}`)
    this.#source = source
    source.addEventListener('open', () => {
      this.#setUp(true)
      // What happened between the last answer and now was not told.
      this.#refresh([roomKeys.all(this.#environment), overviewKey(this.#environment)])
    })
    source.addEventListener('error', () => {
      this.#setUp(false)
      if (source.readyState !== EventSource.CLOSED) return
      this.#source = null
      this.#timer = setTimeout(this.#open, REOPEN_MS)
    })
    for (const name of EVENTS) {
      source.addEventListener(name, ({ data }: MessageEvent<string>) => {
        const { roomId } = JSON.parse(data) as { roomId: string | null }
        this.#refresh(staleAfter(name, roomId, this.#environment))
      })
    }
  }

  #close() {
    clearTimeout(this.#timer)
    this.#source?.close()
    this.#source = null
    this.#setUp(false)
  }

  #setUp(isUp: boolean) {
    if (this.isUp === isUp) return
    this.isUp = isUp
    for (const listener of this.#listeners) listener()
  }

  #refresh(keys: QueryKey[]) {
    for (const key of keys) this.#stale.set(JSON.stringify(key), key)
    if (this.#isFlushing) return
    this.#isFlushing = true
    setTimeout(() => void this.#flush(), COALESCE_MS)
  }

  /** One round at a time: a storm of events must not restart the same request for ever. */
  async #flush(): Promise<void> {
    if (this.#client.isMutating({ mutationKey: CHANGE_KEY }) > 0) {
      setTimeout(() => void this.#flush(), COALESCE_MS)
      return
    }
    const keys = [...this.#stale.values()]
    this.#stale.clear()
    await Promise.all(keys.map((queryKey) => this.#client.invalidateQueries({ queryKey })))
    this.#isFlushing = false
    if (this.#stale.size > 0) this.#refresh([])
  }
}

const streams = new Map<Environment, Stream>()

/**
 * How often to ask again, in milliseconds: seldom while the server tells what changes, which also fetches it anew, and often
 * while that connection is down.
 */
export function usePollMs(): number {
  const client = useQueryClient()
  const environment = useEnvironment()
  const subscribe = useCallback(
    (listener: () => void) => {
      const stream = streams.get(environment) ?? new Stream(client, environment)
      streams.set(environment, stream)
      return stream.subscribe(listener)
    },
    [client, environment],
  )
  const isUp = useSyncExternalStore(subscribe, () => streams.get(environment)?.isUp ?? false)
  return isUp ? 15_000 : 5000
}
