import { createStore, type StoreApi } from 'zustand/vanilla'
import { ApiError } from './api-error.ts'
import { type MeetingApi, type RoomAddress, type RoomInfo, type TokenAnswer } from './api.ts'
import { explainTokenError, type EndReason, type JoinFailure, type JoinProblem } from './end-reason.ts'
import {
  NO_PERMISSIONS,
  parseMemberToken,
  type Badge,
  type MemberToken,
  type Permissions,
} from './member-token.ts'
import type { Target } from './route.ts'
import type { ServerMessage } from './server-message.ts'
import type { Timing } from './timings.ts'

export type Phase = 'lobby' | 'joining' | 'connected' | 'reconnecting' | 'ended'

export interface SessionState<C> {
  phase: Phase
  /** Within `joining`: `waiting` is the waiting room. */
  joinStep: 'token' | 'waiting' | 'connecting' | null
  /** Within `reconnecting`: LiveKit is resuming, or gave up and we join anew, for which we may have to be admitted. */
  reconnectStep: 'resuming' | 'rejoining' | 'waiting' | null
  /** Shown in the lobby; pressing Join again is the way on. */
  problem: JoinProblem | null
  endReason: EndReason | null
  /** Null until it has been looked up, and where that failed. */
  room: RoomInfo | null
  permissions: Permissions
  badge: Badge
  identity: string | null
  name: string
  /** Stays after the connection is lost, until the next one is there. */
  connection: C | null
  /** Prepared, or being made: the page can draw the call ahead of it. */
  coming: C | null
  joinedAt: number | null
  /** The name of the moderator who ended the meeting, where the server said it. */
  endedBy: string | null
  /** Joining after a reload, without a lobby. */
  isReturning: boolean
  /** When the server will end this meeting of a test room, by this computer's clock. */
  sandboxEndsAt: number | null
}

/** The way back in after a reload; kept by the page. */
export interface RejoinTicket {
  name: string
  token: string
}

/** Why a LiveKit connection is over for good. `network`: worth joining again. */
export type LostReason = 'kicked' | 'ended' | 'duplicate' | 'network'

/** LiveKit put this participant out while the connection was being made. */
export class PutOut extends Error {}

export interface ConnectionEvents {
  onInterrupted: () => void
  onResumed: () => void
  /** At most once, and not after `close`. */
  onLost: (reason: LostReason) => void
  onMessage: (message: ServerMessage) => void
}

export interface Connection {
  /** Leaves the LiveKit room. The local tracks stay with the connector. */
  close: () => Promise<void>
}

export interface ConnectRequest {
  url: string
  token: string
  roomId: string
  /** With which what the server says in this room can be told from what anybody else sends. */
  serverKey: string
  events: ConnectionEvents
}

/** Makes LiveKit connections and keeps the local tracks from one to the next. */
export interface Connector<C extends Connection> {
  /** Warms up what the next `connect` needs, and gives what that will resolve to; has no effect on others. */
  prepare: () => C
  /** Resolves once media can flow; the local tracks are published meanwhile. Throws {@link PutOut}. */
  connect: (request: ConnectRequest) => Promise<C>
  /** Stops the local tracks. */
  release: () => void
}

interface SessionParts<C extends Connection> {
  api: MeetingApi
  target: Target
  name: string
  /** LiveKit's signalling where a token names none. */
  ownLivekitUrl: string
  loadConnector: () => Promise<Connector<C>>
  media: { start: () => Promise<void>; release: () => void }
  mark: (moment: Timing) => void
  now: () => number
  /** Resolves after the time, at once when aborted. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** Resolves when the browser says that the network is back. */
  online: (signal: AbortSignal) => Promise<void>
  random: () => number
}

const JUST_IN_MS = 15_000
const REJOIN_WINDOW_MS = 5 * 60_000
const MAX_REJOIN_DELAY_MS = 10_000
const LOOKUP_RETRY_MS = 5_000
const SAME_END_MS = 1_000
const READ_AFTER_MS = 1_000

/** A moderator said no, or nobody said anything. */
class NotAdmitted extends Error {
  readonly answer: 'denied' | 'expired'
  constructor(answer: 'denied' | 'expired') {
    super(`Not admitted: ${answer}`)
    this.answer = answer
  }
}

const explainFailure = (error: unknown): JoinFailure => {
  if (!(error instanceof NotAdmitted)) return explainTokenError(error)
  return error.answer === 'denied' ? { end: 'not-admitted' } : { problem: 'unanswered' }
}

/**
 * One person's way through one meeting: lobby, joining, connected, reconnecting, ended. Holds no media and
 * shows nothing; the page renders `store`.
 *
 * Each step carries the epoch in which it began. Leaving, ending and joining begin a new epoch, and whatever
 * an older one still brings is dropped (a late connection is closed).
 */
export class MeetingSession<C extends Connection> {
  readonly store: StoreApi<SessionState<C>>
  #parts: SessionParts<C>
  #epoch = 0
  #life = new AbortController()
  #address: Promise<RoomAddress> | null = null
  #connector: Promise<Connector<C>> | null = null
  #token: MemberToken | null = null
  /** Tells what the link allows, and joins nothing. */
  #lobbyToken = ''
  #lastToken = ''
  #tokenEndsAt = 0
  #serverKey = ''
  /** As it was asked for; the server may have made "Ana_1" of it, and "Ana_1_1" is nobody's name. */
  #chosenName = ''
  /** The server has said that this meeting ends, or we asked it to; LiveKit closes the connection next. */
  #ending: EndReason | null = null
  #listeners = new Set<(message: ServerMessage) => void>()

  constructor(parts: SessionParts<C>) {
    this.#parts = parts
    this.store = createStore<SessionState<C>>(() => ({
      phase: 'lobby',
      joinStep: null,
      reconnectStep: null,
      problem: null,
      endReason: null,
      room: null,
      permissions: NO_PERMISSIONS,
      badge: 'other',
      identity: null,
      name: parts.name,
      connection: null,
      coming: null,
      joinedAt: null,
      endedBy: null,
      isReturning: false,
      sandboxEndsAt: null,
    }))
  }

  get state(): SessionState<C> {
    return this.store.getState()
  }

  /** Hears what the server says to the meeting; returns the way to stop. */
  listen(listener: (message: ServerMessage) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Looks the room up for the lobby and warms the connection up, none of which others notice. Ends the page
   * where the link cannot lead anywhere; tries again every 5 s while the server does not answer.
   */
  async open(): Promise<void> {
    if (this.state.phase !== 'lobby') return
    const epoch = this.#epoch
    this.#warmUp()
    while (epoch === this.#epoch && this.state.phase === 'lobby') {
      try {
        await this.#lookUp(epoch)
        return
      } catch (error) {
        if (epoch !== this.#epoch || this.state.phase !== 'lobby') return
        const failure = explainTokenError(error)
        if ('end' in failure) return this.#end(failure.end)
        this.store.setState({ problem: failure.problem })
        await this.#parts.wait(LOOKUP_RETRY_MS, this.#life.signal)
      }
    }
  }

  /** Joins under this name. Does nothing unless the page shows the lobby, so a second click is harmless. */
  async join(name: string): Promise<void> {
    if (this.state.phase !== 'lobby') return
    this.#parts.mark('join-click')
    await this.#enter(name)
  }

  /**
   * After a reload straight back in, with the same name, and as the same participant while the server still knows
   * them. Ends in the lobby where that fails.
   */
  async resume({ name, token }: RejoinTicket): Promise<void> {
    if (this.state.phase !== 'lobby') return
    try {
      this.#token = parseMemberToken(token)
      this.#tokenEndsAt = this.#parts.now() + this.#token.lifeMs
    } catch {
      // Storage that somebody has written in: then as a new participant.
    }
    this.store.setState({ isReturning: true })
    this.#warmUp()
    await this.#enter(name)
    this.store.setState({ isReturning: false })
  }

  /** What `resume` needs after a reload; null unless in the meeting. */
  get rejoinTicket(): RejoinTicket | null {
    const { phase } = this.state
    if ((phase !== 'connected' && phase !== 'reconnecting') || !this.#token) return null
    return { name: this.#chosenName, token: this.#token.raw }
  }

  /** From the last screen straight back in, with the same name and the remembered devices. */
  async rejoin(): Promise<void> {
    if (this.state.phase !== 'ended') return
    void this.#parts.media.start()
    this.#warmUp()
    await this.#enter(this.#chosenName)
  }

  /** From the last screen back to the lobby. */
  async backToLobby(): Promise<void> {
    if (this.state.phase !== 'ended') return
    this.#begin()
    this.store.setState({ phase: 'lobby', endReason: null, problem: null })
    void this.#parts.media.start()
    await this.open()
  }

  /** Gives up joining, the waiting room included. */
  cancelJoin(): void {
    if (this.state.phase !== 'joining') return
    this.#begin()
    // One that is being made is closed when it stands, and never shown.
    const coming = this.state.joinStep === 'connecting' ? null : this.state.coming
    this.store.setState({ phase: 'lobby', joinStep: null, coming })
  }

  leave(): void {
    if (this.state.phase === 'ended' || this.state.phase === 'lobby') return
    this.#end('left')
  }

  /** Ends the meeting for everybody [meetingEnd]. Throws ApiError; the meeting then goes on. */
  async endForAll(): Promise<void> {
    this.#ending = 'ended-by-you'
    try {
      await this.request((api, roomId, token) => api.endMeeting(roomId, token))
    } catch (error) {
      this.#ending = null
      throw error
    }
    // LiveKit's own notice may be lost with the room; nobody should sit in an ended meeting.
    if (this.state.phase !== 'ended') this.#end('ended-by-you')
  }

  /**
   * Calls the API as this participant, or in the lobby as who may become one. A token found too old, or made old by a change of rights, is renewed
   * once. Throws ApiError.
   */
  async request<T>(act: (api: MeetingApi, roomId: string, token: string) => Promise<T>): Promise<T> {
    const { roomId } = await this.#resolve()
    const { api } = this.#parts
    try {
      return await act(api, roomId, this.#token?.raw ?? this.#lobbyToken)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401 || !this.#token) throw error
      await this.#refreshToken()
      return act(api, roomId, this.#token.raw)
    }
  }

  /** As {@link request}; after the end still as who was in the meeting, for what a page has left to say. */
  async lastly<T>(act: (api: MeetingApi, roomId: string, token: string) => Promise<T>): Promise<T> {
    if (this.#token || !this.#lastToken) return this.request(act)
    const { roomId } = await this.#resolve()
    return act(this.#parts.api, roomId, this.#lastToken)
  }

  async #enter(name: string, isAgain = false): Promise<void> {
    const epoch = this.#begin()
    this.#chosenName = name
    this.store.setState({
      phase: 'joining',
      joinStep: 'token',
      problem: null,
      endReason: null,
      name,
      endedBy: null,
      sandboxEndsAt: null,
    })
    let token: MemberToken
    try {
      const address = await this.#resolve()
      let answer = await this.#askToJoin()
      if (epoch !== this.#epoch) return
      if (answer.status === 'waiting') {
        this.store.setState({ joinStep: 'waiting' })
        answer = await this.#awaitAdmission(address.roomId, answer.knockId)
        if (epoch !== this.#epoch) return
      }
      this.#serverKey = answer.serverKey
      token = parseMemberToken(answer.token)
    } catch (error) {
      if (epoch === this.#epoch) this.#giveUpJoining(error)
      return
    }
    this.store.setState({ joinStep: 'connecting' })
    try {
      await this.#connect(token, epoch)
    } catch (error) {
      if (epoch !== this.#epoch) return
      if (error instanceof PutOut && !isAgain) return this.#askWhyNot()
      this.store.setState({ phase: 'lobby', joinStep: null, coming: null, problem: 'media-unreachable' })
      // The failed attempt took the preview's tracks.
      void this.#connector?.then((connector) => connector.release()).catch(() => {})
      void this.#parts.media.start()
    }
  }

  /** Throws ApiError, and NotAdmitted. */
  async #awaitAdmission(roomId: string, knockId: string) {
    const outcome = await this.#parts.api.awaitAdmission(roomId, knockId, this.#life.signal)
    if (outcome.status !== 'admitted') throw new NotAdmitted(outcome.status)
    return outcome
  }

  #giveUpJoining(error: unknown): void {
    const failure = explainFailure(error)
    if ('end' in failure) this.#end(failure.end)
    else this.store.setState({ phase: 'lobby', joinStep: null, problem: failure.problem })
  }

  /** Throws where LiveKit cannot be reached or its code not loaded. */
  async #connect(token: MemberToken, epoch: number): Promise<void> {
    const connector = await this.#loadConnector()
    if (epoch !== this.#epoch) return
    this.#prepare(connector)
    const connection = await connector.connect({
      url: token.livekitUrl ?? this.#parts.ownLivekitUrl,
      token: token.raw,
      roomId: (await this.#resolve()).roomId,
      serverKey: this.#serverKey,
      events: {
        onInterrupted: () => this.#onInterrupted(epoch),
        onResumed: () => this.#onResumed(epoch),
        onLost: (reason) => this.#onLost(epoch, reason),
        onMessage: (message) => this.#onMessage(epoch, message),
      },
    })
    if (epoch !== this.#epoch) {
      void connection.close()
      return
    }
    this.#parts.mark('connected')
    this.#takeToken(token)
    this.store.setState({
      phase: 'connected',
      joinStep: null,
      reconnectStep: null,
      connection,
      coming: null,
      joinedAt: this.state.joinedAt ?? this.#parts.now(),
    })
    void this.#keepTokenFresh()
    void this.#readRoomLater()
  }

  #warmUp(): void {
    void this.#loadConnector()
      .then((connector) => this.#prepare(connector))
      // Joining tries again and then says so.
      .catch(() => {})
  }

  #prepare(connector: Connector<C>): void {
    const coming = connector.prepare()
    if (coming !== this.state.coming) this.store.setState({ coming })
  }

  #onInterrupted(epoch: number): void {
    if (epoch !== this.#epoch || this.state.phase !== 'connected') return
    this.store.setState({ phase: 'reconnecting', reconnectStep: 'resuming' })
  }

  #onResumed(epoch: number): void {
    if (epoch !== this.#epoch || this.state.phase !== 'reconnecting') return
    this.store.setState({ phase: 'connected', reconnectStep: null })
  }

  #onLost(epoch: number, reason: LostReason): void {
    if (epoch !== this.#epoch) return
    if (reason === 'kicked' && this.#isJustIn()) return void this.#askWhyNot()
    if (reason === 'kicked' || reason === 'duplicate') return this.#end(reason)
    if (reason === 'ended' || this.#ending) return this.#end(this.#ending ?? this.#endByTime())
    void this.#joinAnew()
  }

  #isJustIn(): boolean {
    const { joinedAt } = this.state
    return joinedAt !== null && this.#parts.now() - joinedAt < JUST_IN_MS
  }

  /**
   * Who is put out right after coming in need not be the one who was removed: when somebody is, tokens that others have
   * from the same link are void, and a moderator has to admit them. The server's next answer tells which it is.
   */
  async #askWhyNot(): Promise<void> {
    void this.state.connection?.close()
    this.store.setState({ connection: null, joinedAt: null })
    void this.#connector?.then((connector) => connector.release()).catch(() => {})
    void this.#parts.media.start()
    await this.#enter(this.#chosenName, true)
  }

  #onMessage(epoch: number, message: ServerMessage): void {
    if (epoch !== this.#epoch) return
    switch (message.type) {
      case 'meeting.ended':
        this.#ending = message.isSandbox ? 'sandbox-over' : 'ended'
        // Names are unique within a meeting.
        if (message.by !== null && message.by === this.state.name) this.#ending = 'ended-by-you'
        this.store.setState({ endedBy: message.by })
        break
      case 'meeting.sandbox':
        this.endsIn(message.remainingMs)
        break
      case 'meeting.role':
        if (message.identity !== this.state.identity) break
        this.store.setState({ badge: message.badge, permissions: message.permissions })
        // The old token is worth nothing from now on.
        void this.#refreshToken()
          .then(() => this.#readRoom())
          .catch(() => {})
        break
      // For the call, which listens.
      default:
    }
    for (const listener of this.#listeners) listener(message)
  }

  /** The server ends this meeting of a test room after this time. Asked for and told again and again: small steps are none. */
  endsIn(remainingMs: number): void {
    const { phase, sandboxEndsAt } = this.state
    if (phase === 'lobby' || phase === 'ended') return
    const endsAt = this.#parts.now() + remainingMs
    if (sandboxEndsAt === null || Math.abs(endsAt - sandboxEndsAt) > SAME_END_MS)
      this.store.setState({ sandboxEndsAt: endsAt })
  }

  /** Why a meeting ended of which the server's own word was lost. */
  #endByTime(): EndReason {
    const { sandboxEndsAt } = this.state
    return sandboxEndsAt !== null && this.#parts.now() >= sandboxEndsAt - 2_000 ? 'sandbox-over' : 'ended'
  }

  /** LiveKit gave up: joins again with the same name and tracks, for up to five minutes. */
  async #joinAnew(): Promise<void> {
    const epoch = this.#begin()
    const { wait, online, now, random } = this.#parts
    const startedAt = now()
    this.store.setState({ phase: 'reconnecting', reconnectStep: 'rejoining' })
    for (let attempt = 0; epoch === this.#epoch; attempt++) {
      try {
        const token = await this.#tokenAgain()
        if (epoch !== this.#epoch) return
        await this.#connect(token, epoch)
        return
      } catch (error) {
        if (epoch !== this.#epoch) return
        const isAnswer = error instanceof ApiError || error instanceof NotAdmitted
        const failure = isAnswer ? explainFailure(error) : { problem: 'unreachable' }
        if ('problem' in failure && failure.problem === 'unanswered') return this.#end('not-admitted')
        this.store.setState({ reconnectStep: 'rejoining' })
        if ('end' in failure) return this.#end(failure.end)
        if (now() - startedAt > REJOIN_WINDOW_MS) return this.#end('network')
      }
      // Spread out, so that a restarted server is not met by a whole meeting at once.
      const delayMs = Math.min(1000 * 2 ** attempt, MAX_REJOIN_DELAY_MS) * (0.75 + random() / 2)
      const pause = new AbortController()
      const signal = AbortSignal.any([pause.signal, this.#life.signal])
      await Promise.race([wait(delayMs, signal), online(signal)])
      pause.abort()
    }
  }

  async #tokenAgain(): Promise<MemberToken> {
    let answer = await this.#askToJoin()
    if (answer.status === 'waiting') {
      this.store.setState({ reconnectStep: 'waiting' })
      const { roomId } = await this.#resolve()
      answer = await this.#awaitAdmission(roomId, answer.knockId)
    }
    this.#serverKey = answer.serverKey
    return parseMemberToken(answer.token)
  }

  /** As the same participant again where there was one and the server still knows it, else as a new one. */
  async #askToJoin(): Promise<TokenAnswer> {
    const { api } = this.#parts
    const request = {
      ...(await this.#resolve()),
      joinMeeting: true,
      ...(this.#chosenName && { participantName: this.#chosenName }),
    }
    if (this.#token && this.#tokenEndsAt > this.#parts.now()) {
      try {
        return await api.token({ ...request, previousToken: this.#token.raw })
      } catch (error) {
        const isForgotten = error instanceof ApiError && (error.status === 401 || error.status === 404)
        if (!isForgotten) throw error
      }
    }
    return api.token(request)
  }

  #takeToken(token: MemberToken): void {
    this.#token = token
    this.#lastToken = token.raw
    this.#tokenEndsAt = this.#parts.now() + token.lifeMs
    this.store.setState({
      permissions: token.permissions,
      badge: token.badge,
      identity: token.identity ?? this.state.identity,
      name: token.name ?? this.state.name,
    })
  }

  async #refreshToken(): Promise<void> {
    const epoch = this.#epoch
    const { roomId } = await this.#resolve()
    if (!this.#token) return
    const raw = await this.#parts.api.refreshToken(roomId, this.#token.raw)
    if (epoch === this.#epoch) this.#takeToken(parseMemberToken(raw))
  }

  /** A call may outlast the token by hours; what the page asks of the API needs a valid one. */
  async #keepTokenFresh(): Promise<void> {
    const { signal } = this.#life
    let retryMs = 0
    while (!signal.aborted) {
      const leftMs = this.#tokenEndsAt - this.#parts.now()
      await this.#parts.wait(retryMs || Math.max(leftMs * 0.6, 5_000), signal)
      if (signal.aborted) return
      try {
        await this.#refreshToken()
        retryMs = 0
      } catch {
        retryMs = 10_000
      }
    }
  }

  async #lookUp(epoch: number): Promise<void> {
    const { api } = this.#parts
    const address = await this.#resolve()
    const answer = await api.token({ ...address, joinMeeting: false })
    if (answer.status !== 'admitted') return
    const token = parseMemberToken(answer.token)
    this.#lobbyToken = token.raw
    const room = await api.room(address.roomId, token.raw).catch(() => null)
    // Once joined, the joining token and the room as it is then say more.
    if (epoch !== this.#epoch) {
      if (!this.state.room) this.store.setState({ room })
      return
    }
    this.store.setState({
      room,
      permissions: token.permissions,
      badge: token.badge,
      problem: null,
      // Somebody signed in or invited by name; what they have called themselves here before goes first.
      name: this.state.name || (token.name ?? ''),
    })
    if (room?.status === 'closed') this.#end('closed')
    else if (!token.permissions.meetingJoin) this.#end('denied')
  }

  /** The lobby has read it, as a rule: pictures and sound come first then. */
  async #readRoomLater(): Promise<void> {
    const { signal } = this.#life
    if (this.state.room) await this.#parts.wait(READ_AFTER_MS, signal)
    if (!signal.aborted) await this.#readRoom()
  }

  async #readRoom(): Promise<void> {
    try {
      this.store.setState({ room: await this.request((api, roomId, token) => api.room(roomId, token)) })
    } catch {
      // The meeting goes on without the room's name and link.
    }
  }

  #resolve(): Promise<RoomAddress> {
    const { target, api } = this.#parts
    if (target.kind === 'room') return Promise.resolve(target)
    const address = (this.#address ??= api.resolveCode(target.code))
    address.catch(() => (this.#address = null))
    return address
  }

  #loadConnector(): Promise<Connector<C>> {
    const connector = (this.#connector ??= this.#parts.loadConnector())
    connector.catch(() => (this.#connector = null))
    return connector
  }

  #begin(): number {
    this.#life.abort()
    this.#life = new AbortController()
    return ++this.#epoch
  }

  #end(reason: EndReason): void {
    this.#begin()
    const { connection } = this.state
    void connection?.close()
    this.#token = null
    this.#ending = null
    this.#parts.media.release()
    void this.#connector?.then((connector) => connector.release()).catch(() => {})
    this.store.setState({
      phase: 'ended',
      endReason: reason,
      joinStep: null,
      reconnectStep: null,
      connection: null,
      coming: null,
      joinedAt: null,
    })
  }
}
