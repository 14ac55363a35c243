import { type DisconnectReason, Room, RoomEvent } from '@livekit/rtc-node'
import type { Answer, TestParley } from './parley.ts'

/** A participant without a browser: LiveKit's own client in Node. */
export interface Bot {
  room: Room
  token: string
  identity: string
  /** JSON of the server's `parley` messages so far. */
  told: { type: string; [field: string]: unknown }[]
  disconnected: Promise<DisconnectReason | undefined>
  leave(): Promise<void>
}

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
  room.on(RoomEvent.DataReceived, (payload) => {
    told.push(JSON.parse(new TextDecoder().decode(payload)) as Bot['told'][number])
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
    told,
    disconnected,
    leave: () => room.disconnect(),
  }
}

/** Mints a joining token with a link's secret and joins. */
export async function join(parley: TestParley, roomUrl: string, participantName: string): Promise<Bot> {
  const url = new URL(roomUrl)
  const roomId = url.pathname.split('/').at(-1) ?? ''
  const secret = url.searchParams.get('secret') ?? ''
  const { status, body } = await askToken(parley, roomId, { secret, joinMeeting: true, participantName })
  if (status !== 200) throw new Error(`no token: ${status} ${JSON.stringify(body)}`)
  return connect(parley, body.token)
}

/** The claims of a JWT, unverified. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into claims of every shape
export function claimsOf(token: string): any {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return { ...claims, metadata: claims.metadata === undefined ? undefined : JSON.parse(claims.metadata) }
}
