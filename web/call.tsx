import './ui/tokens.css'
import './ui/base.css'
import './call.css'
import { Component, StrictMode, useEffect, useState, type ReactNode } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { useTranslation, WordsContext, wordsOf } from './locales/use-translation.ts'
import { useStore } from 'zustand/react'
import { useShallow } from 'zustand/react/shallow'
import { createStore } from 'zustand/vanilla'
import { LocalMedia, Lobby, type LobbySchedule, PreferenceStore, queryPermission } from './lobby/index.ts'
import type { Embedding } from './embed/start.ts'
import type * as callModule from './meeting/call/index.ts'
import {
  DrawnAhead,
  EndScreen,
  isNameOptional,
  isReload,
  languages,
  markTiming,
  MeetingApi,
  MeetingSession,
  parseRoute,
  withoutKeyInQuery,
  type Route,
  RejoinMemory,
  Returning,
} from './meeting/index.ts'

/*
 * The entry of the call page. Everything up to a lobby that answers is in this chunk; LiveKit and the call
 * itself are fetched while the person reads the lobby.
 */
type CallModule = typeof callModule
type Session = MeetingSession<callModule.LiveKitConnection>

interface Page {
  route: Route
  session: Session
  media: LocalMedia
  preferences: PreferenceStore
  suggestedName: string
  isNameOptional: boolean
  homeUrl: string
  memory: RejoinMemory
  call: () => CallModule
}

/** What the lobby needs comes first on a slow line; the call is fetched once the lobby can be used. */
let showLobby = (): void => {}
const lobbyShown = new Promise<void>((resolve) => {
  showLobby = resolve
})
/** A tab in the background draws no frame. */
const HIDDEN_TAB_MS = 500

const openPage = (): Page | undefined => {
  const cleaned = withoutKeyInQuery(location)
  if (cleaned !== null) history.replaceState(history.state, '', cleaned)
  const route = parseRoute(location)
  if (!route) return undefined
  const preferences = new PreferenceStore()
  const media = new LocalMedia({
    preferences,
    mediaDevices: (navigator as Partial<Navigator>).mediaDevices,
    permission: queryPermission,
  })
  let call: CallModule | undefined
  const suggestedName = route.suggestedName ?? preferences.current.name
  const session: Session = new MeetingSession({
    api: new MeetingApi(route.basePath),
    target: route.target,
    name: suggestedName,
    ownLivekitUrl: `${location.origin.replace(/^http/, 'ws')}/livekit`,
    loadConnector: async () => {
      await lobbyShown
      call = await import('./meeting/call/index.ts')
      return new call.LiveKitConnector({ media, preferences, mark: markTiming })
    },
    media,
    mark: markTiming,
    now: () => Date.now(),
    wait: (ms, signal) => settled(signal, (resolve) => void setTimeout(resolve, ms)),
    online: (signal) =>
      settled(signal, (resolve) => addEventListener('online', resolve, { once: true, signal })),
    random: Math.random,
  })
  return {
    route,
    session,
    media,
    preferences,
    suggestedName,
    isNameOptional: isNameOptional(route.target),
    homeUrl: `${route.basePath}/`,
    memory: new RejoinMemory(location.pathname),
    call: () => {
      if (!call) throw new Error('Connected before the call was loaded')
      return call
    },
  }
}

/** Resolves when `begin` says so or the signal is aborted, whichever comes first. */
const settled = (signal: AbortSignal, begin: (resolve: () => void) => void): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
    begin(resolve)
  })

function CallPage({ page, embedding }: { page: Page; embedding: Embedding | null }) {
  const { t } = useTranslation()
  const { session } = page
  // What the lobby does not show (each step of joining) must not draw it again: the click's own work waits for that.
  const { phase, isIn, isWaiting, isReturning, problem, endReason, endedBy, room, name } = useStore(
    session.store,
    useShallow((now) => ({
      phase: now.phase,
      isIn: isInMeeting(now),
      isWaiting: now.joinStep === 'waiting',
      isReturning: now.isReturning,
      problem: now.problem,
      endReason: now.endReason,
      endedBy: now.endedBy,
      room: now.room,
      name: now.name,
    })),
  )

  useEffect(() => {
    document.title = room ? t('lobby.pageTitle', { room: room.roomName }) : t('lobby.pageTitleUnknown')
  }, [room, t])

  const schedule = useSchedule(session, room !== null && phase === 'lobby')
  const { suggestedName, isClosed } = useStore(embedding?.wishes ?? NO_WISHES)
  const leave = embedding?.leave
  if (phase === 'ended' && endReason) {
    return (
      <EndScreen
        onBack={leave ? (isClosed ? null : () => void leave()) : undefined}
        key={endReason}
        reason={endReason}
        endedBy={endedBy}
        homeUrl={page.homeUrl}
        signInUrl={`${page.homeUrl}?redirectTo=${encodeURIComponent(location.pathname + location.search)}`}
        onRejoin={() => void session.rejoin()}
        onRetry={() => void session.backToLobby()}
      />
    )
  }
  return (
    <>
      <Meeting page={page} embedding={embedding} />
      {isIn ? null : isReturning && phase === 'joining' && !isWaiting ? (
        <Returning />
      ) : (
        <Lobby
          // A name that the host gives takes the place of what is in the field.
          key={suggestedName}
          onBack={leave && !isClosed ? () => void leave() : undefined}
          media={page.media}
          preferences={page.preferences}
          languages={languages}
          room={room && { name: room.roomName, isOn: room.status === 'active_meeting' }}
          schedule={schedule}
          step={phase !== 'joining' ? 'idle' : isWaiting ? 'waiting' : 'joining'}
          problem={problem && t(`problem.${problem}`)}
          isNameMissing={problem === 'name-required'}
          suggestedName={suggestedName ?? (name || page.suggestedName)}
          isNameOptional={page.isNameOptional}
          onJoin={(chosen) => void session.join(chosen)}
          onCancel={() => session.cancelJoin()}
        />
      )}
    </>
  )
}

/** The call: out of sight while its connection is being made. */
function Meeting({ page, embedding }: { page: Page; embedding: Embedding | null }) {
  const { session } = page
  const isIn = useStore(session.store, isInMeeting)
  const connection = useStore(session.store, (now) => (isInMeeting(now) ? now.connection : now.coming))
  if (!connection) return null
  const { Call } = page.call()
  return (
    <DrawnAhead isShown={isIn}>
      <Call
        session={session}
        connection={connection}
        media={page.media}
        preferences={page.preferences}
        bridge={embedding?.bridge ?? null}
      />
    </DrawnAhead>
  )
}

const isInMeeting = ({ connection, phase }: Session['state']): boolean =>
  connection !== null && (phase === 'connected' || phase === 'reconnecting')

/** When people meet here, once the lobby stands; it does without where the server does not say. */
function useSchedule(session: Session, isWanted: boolean): LobbySchedule | null {
  const [schedule, setSchedule] = useState<LobbySchedule | null>(null)
  useEffect(() => {
    let isLeft = false
    if (isWanted)
      session
        .request((api, roomId, token) => api.schedule(roomId, token))
        .then((found) => {
          if (!isLeft) setSchedule(found)
        })
        .catch(() => undefined)
    return () => {
      isLeft = true
    }
  }, [session, isWanted])
  return schedule
}

const NO_WISHES = createStore<ReturnType<Embedding['wishes']['getState']>>(() => ({
  suggestedName: null,
  isClosed: false,
}))

/** A fault in our own code ends in words and a way on, not in an empty page. */
class Guard extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false }

  static getDerivedStateFromError() {
    return { hasFailed: true }
  }

  override render() {
    return this.state.hasFailed ? <StaticEnd reason="failed" /> : this.props.children
  }
}

const StaticEnd = ({ reason }: { reason: 'failed' | 'not-found' | 'unsupported' }) => (
  <EndScreen
    reason={reason}
    homeUrl="/"
    signInUrl="/"
    onRejoin={() => location.reload()}
    onRetry={() => location.reload()}
  />
)

/** Code that only a page needs which another one shows, opened or colours. */
const embed = async (page: Page): Promise<Embedding | null> => {
  const { theme, leaveRedirectUrl } = page.route
  const isOpenedFromElsewhere =
    document.referrer !== '' && !document.referrer.startsWith(`${location.origin}/`)
  const isPart =
    window.parent !== window ||
    leaveRedirectUrl !== null ||
    isOpenedFromElsewhere ||
    Object.keys(theme).length > 0
  if (!isPart) return null
  const { startEmbedding } = await import('./embed/start.ts')
  return startEmbedding(page)
}

const start = async () => {
  const container = document.getElementById('root')
  if (!container) return
  const page = 'RTCPeerConnection' in window ? openPage() : undefined
  if (page?.route.recordings) {
    location.replace(page.route.recordings)
    return
  }
  // The camera takes longest: it is asked for before anything is drawn.
  void page?.media.start()
  const ticket = page && isReload() ? page.memory.take(Date.now()) : null
  if (ticket) {
    showLobby()
    void page?.session.resume(ticket).then(() => page.session.open())
  } else {
    void page?.session.open()
  }
  const [embedding] = await Promise.all([
    page ? embed(page) : null,
    languages.start(page?.route.language ? [page.route.language] : []),
  ])
  const words = wordsOf(languages.i18n)
  if (!page) {
    comeAlive()
    container.dataset['state'] = 'ended'
    if (window.parent !== window)
      void import('./embed/announce.ts').then(({ announceReady }) => announceReady())
    createRoot(container).render(
      <WordsContext value={words}>
        <StaticEnd reason={'RTCPeerConnection' in window ? 'not-found' : 'unsupported'} />
      </WordsContext>,
    )
    return
  }
  container.dataset['state'] = page.session.state.phase
  page.session.store.subscribe(({ phase }) => (container.dataset['state'] = phase))
  // The room holds our camera for as long as the page lives, the page cache included.
  addEventListener('pagehide', () => {
    page.memory.save(page.session.rejoinTicket, Date.now())
    page.media.release()
  })
  // Back from the page cache there is neither camera nor connection left.
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload())
  const content = (
    <StrictMode>
      <WordsContext value={words}>
        <Guard>
          <CallPage page={page} embedding={embedding} />
        </Guard>
      </WordsContext>
    </StrictMode>
  )
  // The lobby may have been drawn by the HTML already, with what was typed in it.
  if (window.parleyEarly) hydrateRoot(container, content)
  else createRoot(container).render(content)
  requestAnimationFrame(() => {
    markTiming('lobby-alive')
    comeAlive()
  })
  setTimeout(comeAlive, HIDDEN_TAB_MS)
}

/** What the lobby can do without is fetched from now on. */
const comeAlive = () => {
  document.documentElement.dataset['alive'] = ''
  showLobby()
}

void start()
