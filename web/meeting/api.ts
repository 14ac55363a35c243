import { asNumber, asRecord, asRecords, asText } from './json.ts'
import { parseBadge, type Badge } from './member-token.ts'
import { parseRecordingState, type RecordingState } from './recording/recording-state.ts'

/** An answer that is not 2xx. `status` 0: none came. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly status: number
  /** The server's `error`, such as "Room Error"; tells two answers of one status apart. */
  readonly kind: string
  readonly code: string

  constructor(status: number, kind: string, code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
    this.kind = kind
    this.code = code
  }
}

export interface RoomAddress {
  roomId: string
  secret: string | null
}

export interface RoomInfo {
  roomName: string
  status: 'open' | 'active_meeting' | 'closed'
  isChatEnabled: boolean
  isRecordingEnabled: boolean
  /** The link to hand to guests; null for who may not share it. */
  inviteUrl: string | null
}

export type TokenAnswer = { status: 'admitted'; token: string } | { status: 'waiting'; knockId: string }

export interface ChatMessage {
  id: string
  identity: string
  name: string
  text: string
  /** Milliseconds since 1970. */
  sentAt: number
}

export interface RosterEntry {
  identity: string
  name: string
  badge: Badge
  isPromotedModerator: boolean
}

interface TokenRequest extends RoomAddress {
  joinMeeting: boolean
  participantName?: string
  /** The token of the connection that was lost: the same identity and name are given again. */
  previousToken?: string
}

const TIMEOUT_MS = 15_000
/** A recorder may take 20 s to start. */
const RECORDING_MS = 30_000

/**
 * The calls of the meeting page. Each throws ApiError: with the server's status, or 0 when no answer came
 * within 15 s. Signed-in people are known by their cookie.
 */
export class MeetingApi {
  #basePath: string
  #fetch: typeof fetch

  constructor(basePath: string, fetcher: typeof fetch = (...args) => fetch(...args)) {
    this.#basePath = basePath
    this.#fetch = fetcher
  }

  async resolveCode(code: string): Promise<RoomAddress> {
    const body = asRecord(await this.#send('GET', `/internal-api/v1/codes/${encodeURIComponent(code)}`))
    return {
      roomId: asText(body['roomId']),
      secret: asText(body['secret']) || null,
    }
  }

  async token({ roomId, secret, previousToken, ...rest }: TokenRequest): Promise<TokenAnswer> {
    const answer = asRecord(
      await this.#send('POST', `/internal-api/v1/rooms/${encodeURIComponent(roomId)}/members/token`, {
        token: previousToken,
        body: { ...rest, ...(secret !== null && { secret }) },
      }),
    )
    return answer['status'] === 'waiting'
      ? { status: 'waiting', knockId: asText(answer['knockId']) }
      : { status: 'admitted', token: asText(answer['token']) }
  }

  async refreshToken(roomId: string, token: string): Promise<string> {
    const path = `/internal-api/v1/rooms/${encodeURIComponent(roomId)}/members/token/refresh`
    return asText(asRecord(await this.#send('POST', path, { token, body: {} }))['token'])
  }

  /** When people meet in the room next, or since when; null without a fixed time. Times by this computer's clock. */
  async schedule(roomId: string, token: string): Promise<{ startsAt: number; endsAt: number } | null> {
    const path = `/internal-api/v1/rooms/${encodeURIComponent(roomId)}/schedule`
    const answer = asRecord(await this.#send('GET', path, { token }))
    const meeting = asRecord(answer['meeting'])
    const aheadMs = asNumber(answer['now']) - Date.now()
    const [startsAt, endsAt] = [meeting['start'], meeting['end']].map(
      (text) => Date.parse(asText(text)) - aheadMs,
    )
    return startsAt === undefined || endsAt === undefined || Number.isNaN(startsAt + endsAt)
      ? null
      : { startsAt, endsAt }
  }

  async room(roomId: string, token: string): Promise<RoomInfo> {
    const path = `/api/v1/rooms/${encodeURIComponent(roomId)}?extraFields=config`
    const room = asRecord(await this.#send('GET', path, { token }))
    const speaker = asRecord(asRecord(asRecord(room['access'])['anonymous'])['speaker'])
    const status = room['status']
    return {
      roomName: asText(room['roomName']),
      status: status === 'closed' || status === 'active_meeting' ? status : 'open',
      isChatEnabled: asRecord(asRecord(room['config'])['chat'])['enabled'] !== false,
      isRecordingEnabled: asRecord(asRecord(room['config'])['recording'])['enabled'] !== false,
      inviteUrl: (speaker['enabled'] !== false && asText(speaker['url'])) || null,
    }
  }

  async endMeeting(roomId: string, token: string): Promise<void> {
    await this.#send('DELETE', this.#meeting(roomId), { token })
  }

  async kick(roomId: string, token: string, identity: string): Promise<void> {
    await this.#send('DELETE', `${this.#meeting(roomId)}/participants/${encodeURIComponent(identity)}`, {
      token,
    })
  }

  async setRole(
    roomId: string,
    token: string,
    identity: string,
    action: 'upgrade' | 'downgrade',
  ): Promise<void> {
    const path = `${this.#meeting(roomId)}/participants/${encodeURIComponent(identity)}/role`
    await this.#send('PUT', path, { token, body: { action } })
  }

  async participants(roomId: string, token: string): Promise<RosterEntry[]> {
    const body = asRecord(await this.#send('GET', `${this.#meeting(roomId)}/participants`, { token }))
    return asRecords(body['participants']).map((entry) => ({
      identity: asText(entry['identity']),
      name: asText(entry['name']),
      badge: parseBadge(entry['badge']),
      isPromotedModerator: entry['isPromotedModerator'] === true,
    }))
  }

  async messages(roomId: string, token: string): Promise<ChatMessage[]> {
    const body = asRecord(await this.#send('GET', `${this.#meeting(roomId)}/messages`, { token }))
    return asRecords(body['messages']).flatMap((entry) => parseChatMessage(entry) ?? [])
  }

  async sendMessage(roomId: string, token: string, message: string): Promise<ChatMessage> {
    const body = await this.#send('POST', `${this.#meeting(roomId)}/messages`, {
      token,
      body: { text: message },
    })
    const sent = parseChatMessage(body)
    if (!sent)
      throw new ApiError(502, 'Unexpected answer', 'unexpected_answer', 'The server sent no message back')
    return sent
  }

  async recording(roomId: string, token: string): Promise<RecordingState> {
    return parseRecordingState(await this.#send('GET', `${this.#meeting(roomId)}/recording`, { token }))
  }

  async startRecording(roomId: string, token: string): Promise<void> {
    await this.#send('POST', '/api/v1/recordings', { token, body: { roomId }, timeoutMs: RECORDING_MS })
  }

  async stopRecording(recordingId: string, token: string): Promise<void> {
    await this.#send('POST', `/api/v1/recordings/${encodeURIComponent(recordingId)}/stop`, { token })
  }

  async answerRecording(
    roomId: string,
    token: string,
    answer: 'agreed' | 'declined',
  ): Promise<RecordingState> {
    const path = `${this.#meeting(roomId)}/recording/consent`
    return parseRecordingState(await this.#send('PUT', path, { token, body: { answer } }))
  }

  #meeting(roomId: string): string {
    return `/internal-api/v1/meetings/${encodeURIComponent(roomId)}`
  }

  async #send(
    method: string,
    path: string,
    options: { token?: string; body?: object; timeoutMs?: number } = {},
  ): Promise<unknown> {
    let response: Response
    let body: unknown
    try {
      response = await this.#fetch(this.#basePath + path, {
        method,
        headers: {
          Accept: 'application/json',
          ...(options.body && { 'Content-Type': 'application/json' }),
          ...(options.token && { 'X-Room-Member-Token': `Bearer ${options.token}` }),
        },
        ...(options.body && { body: JSON.stringify(options.body) }),
        signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
      })
      body = await response.json().catch(() => null)
    } catch (cause) {
      throw new ApiError(0, 'No answer', 'no_answer', 'The server cannot be reached', { cause })
    }
    if (response.ok) return body
    const fault = asRecord(body)
    throw new ApiError(
      response.status,
      asText(fault['error']),
      asText(fault['code']),
      asText(fault['message']) || response.statusText,
    )
  }
}

/** Undefined for anything that is not a whole message. */
export const parseChatMessage = (value: unknown): ChatMessage | undefined => {
  const { id, identity, name, text, sentAt } = asRecord(value)
  if (typeof id !== 'string' || typeof identity !== 'string' || typeof text !== 'string') return undefined
  if (typeof sentAt !== 'number') return undefined
  return { id, identity, name: asText(name), text, sentAt }
}
