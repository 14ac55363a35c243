/**
 * The real call with 25 people, in whom something shown changes all the time. LiveKit simulates the others: its own
 * objects and events, with nobody behind them.
 */
import '../../web/ui/tokens.css'
import '../../web/ui/base.css'
import '../../web/call.css'
import { ConnectionQuality, Room, RoomEvent, type RemoteParticipant } from 'livekit-client'
import { Profiler } from 'react'
import { createRoot } from 'react-dom/client'
import { LocalMedia, PreferenceStore } from '../../web/lobby/index.ts'
import { WordsContext, wordsOf } from '../../web/locales/use-translation.ts'
import { languages, MeetingApi, MeetingSession } from '../../web/meeting/index.ts'
import { Call } from '../../web/meeting/call/index.ts'
import { LiveKitConnection } from '../../web/meeting/call/connection.ts'
import { LocalTracks } from '../../web/meeting/call/local-tracks.ts'

const OTHERS = 24
/** How often each of them begins or stops to speak, and changes their quality. */
const CHANGE_MS = 250

declare global {
  interface Window {
    /** Milliseconds of rendering of each commit since the people panel was opened. */
    commits: number[]
  }
}

/** A token as the server makes them, which nothing here verifies. */
const token = (): string => {
  const part = (value: object) => btoa(JSON.stringify(value))
  const permissions = Object.fromEntries(
    [
      'meetingJoin',
      'chatRead',
      'chatWrite',
      'mediaPublishAudio',
      'participantKick',
      'participantPromote',
    ].map((name) => [name, true]),
  )
  const metadata = JSON.stringify({ iat: Date.now(), roomId: 'bench', permissions, badge: 'moderator' })
  return `${part({})}.${part({ sub: 'simulated-local', name: 'Ana', exp: Date.now() / 1000 + 600, metadata })}.x`
}

/** The server's answers; there is none here. */
const answer = (url: string): object =>
  url.includes('/token') ? { token: token() } : url.includes('/messages') ? { messages: [] } : {}

// LiveKit's simulation makes receivers, which browsers refuse to be made.
window.RTCRtpReceiver = class {
  getStats = async () => new Map()
} as unknown as typeof RTCRtpReceiver

const preferences = new PreferenceStore()
const media = new LocalMedia({ preferences, mediaDevices: undefined, permission: async () => 'prompt' })
const room = new Room()
const connection = new LiveKitConnection(room, new LocalTracks())
const session: MeetingSession<LiveKitConnection> = new MeetingSession({
  api: new MeetingApi('', async (input) => Response.json(answer(new Request(input).url))),
  target: { kind: 'room', roomId: 'bench', secret: null },
  name: 'Ana',
  ownLivekitUrl: 'ws://127.0.0.1',
  loadConnector: async () => ({
    prepare: () => connection,
    release: () => {},
    connect: async ({ events }) => {
      connection.follow(events, async () => null)
      await room.simulateParticipants({
        publish: { audio: true, video: true },
        // Of the number, one is oneself.
        participants: { count: OTHERS + 1, audio: true, video: true },
      })
      return connection
    },
  }),
  media,
  mark: () => {},
  now: () => Date.now(),
  wait: () => new Promise(() => {}),
  online: () => new Promise(() => {}),
  random: Math.random,
})

const keepChanging = (others: RemoteParticipant[]): void => {
  const qualities = [ConnectionQuality.Excellent, ConnectionQuality.Good, ConnectionQuality.Poor]
  others.forEach((participant, index) =>
    setInterval(
      () => {
        participant.setIsSpeaking(!participant.isSpeaking)
        // What the server sends is a number; the numbers of these three are 2, 1 and 0.
        participant.setConnectionQuality(2 - ((qualities.indexOf(participant.connectionQuality) + 1) % 3))
        room.activeSpeakers = others.filter(({ isSpeaking }) => isSpeaking)
        room.emit(RoomEvent.ActiveSpeakersChanged, room.activeSpeakers)
      },
      CHANGE_MS + index * 7,
    ),
  )
}

const root = document.getElementById('root')
if (root) {
  await languages.start(['en'])
  await session.join('Ana')
  if (!session.state.connection) throw new Error(`not connected: ${JSON.stringify(session.state)}`)
  window.commits = []
  createRoot(root).render(
    <Profiler id="call" onRender={(_id, _phase, actualDuration) => window.commits.push(actualDuration)}>
      <WordsContext value={wordsOf(languages.i18n)}>
        <Call
          session={session}
          connection={connection}
          media={media}
          preferences={preferences}
          bridge={null}
        />
      </WordsContext>
    </Profiler>,
  )
  keepChanging([...room.remoteParticipants.values()])
}
