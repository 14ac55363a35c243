import {
  AudioSource,
  type DisconnectReason,
  LocalAudioTrack,
  type LocalTrackPublication,
  LocalVideoTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
  VideoSource,
} from '@livekit/rtc-node'
import { SIGNATURE_BYTES } from '../../server/livekit/voice.ts'
import type { Answer, TestParley } from './parley.ts'

/** A participant without a browser: LiveKit's own client in Node. */
export interface Bot {
  room: Room
  token: string
  identity: string
  /** Everything heard on topic `parley` so far, whoever sent it. */
  heard: Uint8Array[]
  /** JSON of the server's `parley` messages so far. */
  told: { type: string; [field: string]: unknown }[]
  disconnected: Promise<DisconnectReason | undefined>
  leave(): Promise<void>
}

/** The secret in a room's link. */
export const secretOf = (url: string): string => new URL(url).searchParams.get('secret') ?? ''

/** Asks for a room member token as the call page does. */
export const askToken = (
  parley: TestParley,
  roomId: string,
  body: { secret?: string; joinMeeting?: boolean; participantName?: string },
  headers: Record<string, string> = {},
): Promise<Answer> =>
  parley.call(`POST /internal-api/v1/rooms/${roomId}/members/token`, { key: null, body, headers })

/** Joins with a token, through Parley's own /livekit as browsers do. */
export async function connect(parley: { url: string }, token: string): Promise<Bot> {
  const room = new Room()
  const told: Bot['told'] = []
  const heard: Uint8Array[] = []
  room.on(RoomEvent.DataReceived, (payload, participant, _kind, topic) => {
    if (topic !== 'parley') return
    heard.push(payload)
    const text = new TextDecoder().decode(payload.slice(SIGNATURE_BYTES))
    // What another participant sends is no message of the server, and may be nothing at all.
    if (participant === undefined && text.startsWith('{')) told.push(JSON.parse(text) as Bot['told'][number])
  })
  const disconnected = new Promise<DisconnectReason | undefined>((resolve) => {
    room.on(RoomEvent.Disconnected, (reason) => resolve(reason))
  })
  await room.connect(`${parley.url.replace(/^http/, 'ws')}/livekit`, token, {
    autoSubscribe: true,
    dynacast: false,
  })
  return {
    room,
    token,
    identity: room.localParticipant?.identity ?? '',
    heard,
    told,
    disconnected,
    leave: () => room.disconnect(),
  }
}

/** Mints a joining token with a link's secret and joins. */
export async function join(parley: TestParley, roomUrl: string, participantName: string): Promise<Bot> {
  const roomId = new URL(roomUrl).pathname.split('/').at(-1) ?? ''
  const secret = secretOf(roomUrl)
  const { status, body } = await askToken(parley, roomId, { secret, joinMeeting: true, participantName })
  if (status !== 200) throw new Error(`no token: ${status} ${JSON.stringify(body)}`)
  return connect(parley, body.token)
}

/** Publishes a silent microphone, or a black picture as camera or screen. */
export async function publish(
  { room }: Bot,
  source: 'microphone' | 'camera' | 'screen',
): Promise<LocalTrackPublication | undefined> {
  const options = new TrackPublishOptions({
    source: {
      microphone: TrackSource.SOURCE_MICROPHONE,
      camera: TrackSource.SOURCE_CAMERA,
      screen: TrackSource.SOURCE_SCREENSHARE,
    }[source],
  })
  const track =
    source === 'microphone'
      ? LocalAudioTrack.createAudioTrack(source, new AudioSource(48_000, 1))
      : LocalVideoTrack.createVideoTrack(source, new VideoSource(64, 36))
  return room.localParticipant?.publishTrack(track, options)
}

/** The cookie by which the server knows a browser, from an answer that set it. */
export const browserOf = (answer: Answer): string => answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''

/** The claims of a JWT, unverified. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into claims of every shape
export function claimsOf(token: string): any {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return { ...claims, metadata: claims.metadata === undefined ? undefined : JSON.parse(claims.metadata) }
}
