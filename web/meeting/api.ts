import { ApiError } from './api-error.ts'
import { asNumber, asRecord, asRecords, asText } from './json.ts'
import { followKnock, type KnockOutcome } from './knock.ts'
import { parseBadge, type Badge } from './member-token.ts'
import { parseRecordingState, type RecordingState } from './recording/recording-state.ts'
import {
  parseAttachment,
  parseChatMessage,
  parseMeetingState,
  type Attachment,
  type ChatMessage,
  type Locks,
  type MeetingState,
} from './messages.ts'

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

export type TokenAnswer =
  | { status: 'admitted'; token: string; serverKey: string }
  | { status: 'waiting'; knockId: string }

export interface RosterEntry {
  identity: string
  name: string
  badge: Badge
  isPromotedModerator: boolean
}

/** Somebody who waits to be let in. */
export interface Knock {
  knockId: string
  name: string
  isSignedIn: boolean
}

export type MediaChange = Partial<Record<'audio' | 'video' | 'screen', 'off' | 'ask'>>

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
      : { status: 'admitted', token: asText(answer['token']), serverKey: asText(answer['serverKey']) }
  }

  /** Waits for a moderator's answer; see followKnock. */
  awaitAdmission(roomId: string, knockId: string, signal: AbortSignal): Promise<KnockOutcome> {
    const url = `${this.#basePath}${this.#meeting(roomId)}/knocks/${encodeURIComponent(knockId)}`
    return followKnock(url, signal, this.#fetch)
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

  async participants(
    roomId: string,
    token: string,
  ): Promise<{ entries: RosterEntry[]; state: MeetingState | undefined; remainingMs: number | null }> {
    const body = asRecord(await this.#send('GET', `${this.#meeting(roomId)}/participants`, { token }))
    const entries = asRecords(body['participants']).map((entry) => ({
      identity: asText(entry['identity']),
      name: asText(entry['name']),
      badge: parseBadge(entry['badge']),
      isPromotedModerator: entry['isPromotedModerator'] === true,
    }))
    const { state, remainingMs } = body
    return {
      entries,
      state: parseMeetingState(state),
      remainingMs: typeof remainingMs === 'number' ? remainingMs : null,
    }
  }

  async setMedia(roomId: string, token: string, identity: string, change: MediaChange): Promise<void> {
    const path = `${this.#meeting(roomId)}/participants/${encodeURIComponent(identity)}/media`
    await this.#send('PUT', path, { token, body: change })
  }

  async muteAll(roomId: string, token: string): Promise<void> {
    await this.#send('POST', `${this.#meeting(roomId)}/mute-all`, { token })
  }

  async setLocks(roomId: string, token: string, change: Partial<Locks>): Promise<void> {
    await this.#send('PUT', `${this.#meeting(roomId)}/locks`, { token, body: change })
  }

  async setSpotlight(roomId: string, token: string, identity: string | null): Promise<void> {
    await this.#send('PUT', `${this.#meeting(roomId)}/spotlight`, { token, body: { identity } })
  }

  async setOwnHand(roomId: string, token: string, isRaised: boolean): Promise<void> {
    await this.#send('PUT', `${this.#meeting(roomId)}/hands/me`, { token, body: { isRaised } })
  }

  /** Lowers somebody's hand; null: all of them. */
  async lowerHand(roomId: string, token: string, identity: string | null): Promise<void> {
    const who = identity === null ? '' : `/${encodeURIComponent(identity)}`
    await this.#send('DELETE', `${this.#meeting(roomId)}/hands${who}`, { token })
  }

  async react(roomId: string, token: string, reaction: string): Promise<void> {
    await this.#send('POST', `${this.#meeting(roomId)}/reactions`, { token, body: { reaction } })
  }

  async knocks(roomId: string, token: string): Promise<Knock[]> {
    const body = asRecord(await this.#send('GET', `${this.#meeting(roomId)}/knocks`, { token }))
    return asRecords(body['knocks']).map((knock) => ({
      knockId: asText(knock['knockId']),
      name: asText(knock['name']),
      isSignedIn: knock['isSignedIn'] === true,
    }))
  }

  /** Admits or denies one who waits; null: all of them. */
  async answerKnock(roomId: string, token: string, knockId: string | null, admit: boolean): Promise<void> {
    const which = knockId === null ? '' : `/${encodeURIComponent(knockId)}`
    await this.#send('PUT', `${this.#meeting(roomId)}/knocks${which}`, { token, body: { admit } })
  }

  /** The newest messages, or those before or after a number; oldest first. */
  async messages(
    roomId: string,
    token: string,
    where: { before?: number; after?: number } = {},
  ): Promise<{ messages: ChatMessage[]; hasMore: boolean }> {
    const query = new URLSearchParams(Object.entries(where).map(([name, at]) => [name, String(at)]))
    const body = asRecord(
      await this.#send('GET', `${this.#meeting(roomId)}/messages?${query.toString()}`, { token }),
    )
    const messages = asRecords(body['messages']).flatMap((entry) => parseChatMessage(entry) ?? [])
    return { messages, hasMore: body['hasMore'] === true }
  }

  /** Adds to how long this participant has talked, in ms; outlives the page. */
  async talked(roomId: string, token: string, talkMs: number): Promise<void> {
    const path = `${this.#meeting(roomId)}/talk`
    await this.#send('POST', path, { token, body: { talkMs }, keepalive: true })
  }

  async sendMessage(
    roomId: string,
    token: string,
    message: { text: string; attachmentIds: string[] },
  ): Promise<ChatMessage> {
    const sent = parseChatMessage(
      await this.#send('POST', `${this.#meeting(roomId)}/messages`, { token, body: message }),
    )
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

  async deleteMessage(roomId: string, token: string, id: string): Promise<void> {
    await this.#send('DELETE', `${this.#meeting(roomId)}/messages/${encodeURIComponent(id)}`, { token })
  }

  /** Stores a file for a message to follow; `onProgress` hears of 0 to 1. */
  sendAttachment(
    roomId: string,
    token: string,
    file: File,
    { onProgress, signal }: { onProgress: (part: number) => void; signal: AbortSignal },
  ): Promise<Attachment> {
    const query = new URLSearchParams({ name: file.name || 'file' })
    const url = `${this.#basePath}${this.#meeting(roomId)}/attachments?${query.toString()}`
    return upload(url, token, file, onProgress, signal)
  }

  /** The bytes of a file in the chat. */
  async attachment(roomId: string, token: string, id: string): Promise<Blob> {
    const url = `${this.#basePath}${this.#meeting(roomId)}/attachments/${encodeURIComponent(id)}`
    let response: Response
    try {
      response = await this.#fetch(url, { headers: { 'X-Room-Member-Token': `Bearer ${token}` } })
      if (response.ok) return await response.blob()
    } catch (cause) {
      throw new ApiError(0, 'No answer', 'no_answer', 'The server cannot be reached', { cause })
    }
    throw faultOf(response.status, await response.json().catch(() => null), response.statusText)
  }

  #meeting(roomId: string): string {
    return `/internal-api/v1/meetings/${encodeURIComponent(roomId)}`
  }

  async #send(
    method: string,
    path: string,
    options: { token?: string; body?: object; timeoutMs?: number; keepalive?: boolean } = {},
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
        ...(options.keepalive && { keepalive: true }),
        signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
      })
      body = await response.json().catch(() => null)
    } catch (cause) {
      throw new ApiError(0, 'No answer', 'no_answer', 'The server cannot be reached', { cause })
    }
    if (response.ok) return body
    throw faultOf(response.status, body, response.statusText)
  }
}

const faultOf = (status: number, body: unknown, otherwise: string): ApiError => {
  const fault = asRecord(body)
  return new ApiError(
    status,
    asText(fault['error']),
    asText(fault['code']),
    asText(fault['message']) || otherwise,
  )
}

/** With XMLHttpRequest: fetch tells nothing of what has been sent so far. */
const upload = (
  url: string,
  token: string,
  file: File,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<Attachment> =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', url)
    request.responseType = 'json'
    request.setRequestHeader('X-Room-Member-Token', `Bearer ${token}`)
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total ? loaded / total : 0))
    request.addEventListener('load', () => {
      const attachment = request.status === 201 ? parseAttachment(request.response) : undefined
      if (attachment) resolve(attachment)
      else reject(faultOf(request.status, request.response, request.statusText))
    })
    const fail = () => reject(new ApiError(0, 'No answer', 'no_answer', 'The server cannot be reached'))
    request.addEventListener('error', fail)
    request.addEventListener('abort', fail)
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(file)
  })
