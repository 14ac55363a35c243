import type { StoreApi } from 'zustand/vanilla'
import {
  cleanName,
  type CaptureKind,
  type LocalMedia,
  type LocalMediaState,
  type PreferenceStore,
} from '../lobby/index.ts'
import type { EndReason } from '../meeting/end-reason.ts'
import type { Connection, MeetingSession } from '../meeting/session.ts'
import {
  commands,
  events,
  type CommandName,
  type CommandPayload,
  type Device,
  type EventDetail,
  type EventName,
  type LeftReason,
  type QueryAnswer,
  type QueryName,
  type TypesByName,
} from './contract.ts'
import { commandOf, payloadFault } from './payload.ts'
import type { CallControls } from './in-call.ts'
import type { HostTheme } from './theme.ts'

type Fault = TypesByName['CommandFault']
/** Carries a command out; gives back why not. */
export type Handlers = {
  [C in CommandName]?: (payload: CommandPayload<C>) => Promise<Fault | null | void> | Fault | null | void
}
export type Answers = { [Q in QueryName]?: () => QueryAnswer<Q> }

/** What of `getState` only a call knows. */
export type CallState = Pick<QueryAnswer<'getState'>, 'isRecording' | 'locks' | 'spotlight'>

/** What can be done in a call, asked of it, and is so in it. */
interface InCall {
  handlers: Handlers
  answers: Answers
  state: () => CallState
}

/** What the page shows because the host said so. */
export type HostWishes = StoreApi<{ suggestedName: string | null; isClosed: boolean }>

interface BridgeParts {
  /** The window around this one. */
  host: Pick<Window, 'postMessage'>
  hostOrigin: string
  session: MeetingSession<Connection>
  media: LocalMedia
  preferences: PreferenceStore
  theme: HostTheme
  /** Goes back into the meeting that this frame was in before it was moved; false where that is not known. */
  resume: () => boolean
  wishes: HostWishes
}

const LEFT_REASONS: Partial<Record<EndReason, LeftReason>> = {
  left: 'voluntary_leave',
  kicked: 'participant_kicked',
  ended: 'meeting_ended',
  'ended-by-you': 'meeting_ended_by_self',
  'sandbox-over': 'meeting_ended',
  duplicate: 'duplicate_identity',
  network: 'network_disconnect',
}

/**
 * The meeting's end of the protocol between it and the page around it (contract.ts). Hears only that page, at the
 * origin it has told, and speaks to no other. Each event goes out once, in the order in which things happened,
 * followed by its deprecated name where it has one.
 */
export class Bridge {
  #parts: BridgeParts
  #joined: { roomId: string; participantIdentity: string } | null = null
  #sending: Promise<void> = Promise.resolve()
  #inCall: InCall | null = null
  #awaitingCall: (() => void)[] = []

  constructor(parts: BridgeParts) {
    this.#parts = parts
  }

  /** Says that the page is there, and follows session and devices for as long as it lives. */
  start(target: Pick<Window, 'addEventListener'>): void {
    const { host, session, media } = this.#parts
    target.addEventListener('message', ({ source, origin, data }) => {
      if (source === host && origin === this.#parts.hostOrigin) void this.#hear(data)
    })
    this.emit('ready', {})
    this.#tellOfFaults()
    session.store.subscribe((now, before) => {
      if (now.phase !== before.phase) this.#onPhase(now.phase)
      if (now.badge !== before.badge && before.phase === 'connected' && now.phase === 'connected')
        this.emit('roleChanged', { role: now.badge })
    })
    media.store.subscribe((now, before) => {
      if (now.devices !== before.devices) this.emit('devicesChanged', { devices: this.#devices() })
      this.#tellOfFaults(before)
    })
  }

  #tellOfFaults(before?: LocalMediaState): void {
    for (const device of ['microphone', 'camera'] as const) {
      const { fault } = this.#parts.media.state[device]
      if (fault && fault !== before?.[device].fault) this.emit('deviceFailed', { device, fault })
    }
  }

  /** Adds what can be done in a call while there is one; call what it returns when there is none any more. */
  attach(inCall: InCall): () => void {
    this.#inCall = inCall
    for (const resume of this.#awaitingCall.splice(0)) resume()
    return () => {
      if (this.#inCall === inCall) this.#inCall = null
    }
  }

  /** {@link attach} with what is known of a call; its code comes only to who is embedded. */
  followCall(call: CallControls): () => void {
    let stop: (() => void) | null = null
    let isOver = false
    void import('./in-call.ts').then(({ attachCall }) => {
      if (!isOver) stop = attachCall(this, call)
    })
    return () => {
      isOver = true
      stop?.()
    }
  }

  emit<E extends EventName>(event: E, detail: EventDetail<E>): void {
    const kind: { detail: unknown; deprecated?: string } = events[event]
    this.#post(event, kind.detail === null ? {} : { payload: detail })
    if (kind.deprecated !== undefined)
      this.#post(kind.deprecated, kind.detail === null ? {} : { payload: detail })
  }

  /** The person leaves the lobby or the last screen. Resolves when the host has been told. */
  async close(): Promise<void> {
    this.emit('meetingClosed', null)
    await this.#sending
  }

  #post(event: string, rest: object): void {
    const send = () => this.#parts.host.postMessage({ event, ...rest }, this.#parts.hostOrigin)
    this.#sending = this.#sending.then(send)
  }

  #onPhase(phase: TypesByName['Phase']): void {
    const { session } = this.#parts
    const { identity, name, endReason } = session.state
    this.#parts.wishes.setState({ isClosed: false })
    this.emit('phaseChanged', { phase, participantName: name })
    if (phase === 'connected' && !this.#joined) {
      const joined = { roomId: '', participantIdentity: identity ?? '' }
      this.#joined = joined
      // A short code stands for a room whose id is asked for; what comes after waits for it.
      this.#sending = this.#sending.then(async () => {
        joined.roomId = await this.#roomId()
      })
      this.emit('meetingJoined', joined)
    } else if (phase === 'ended' && this.#joined) {
      const left = this.#joined
      this.#joined = null
      const reason = (endReason && LEFT_REASONS[endReason]) || 'unknown'
      const detail = { ...left, reason }
      // It may leave before its room id has come.
      this.#sending = this.#sending.then(() => {
        detail.roomId = left.roomId
      })
      this.emit('meetingLeft', detail)
    }
  }

  #roomId(): Promise<string> {
    return this.#parts.session.request((_api, roomId) => Promise.resolve(roomId)).catch(() => '')
  }

  async #hear(data: unknown): Promise<void> {
    if (typeof data !== 'object' || data === null) return
    const { command, payload, query, id } = data as Record<string, unknown>
    if (typeof query === 'string') return this.#answer(query, id)
    if (typeof command !== 'string') return
    if (command === 'initialize') {
      // The frame was moved in its page and loaded anew: back to where the person was.
      const { isMoved, participantName } = (payload ?? {}) as Record<string, unknown>
      if (isMoved === true && !this.#parts.resume())
        void this.#join(typeof participantName === 'string' ? participantName : undefined)
      return
    }
    const name = commandOf(command)
    if (name === undefined) return this.#fail(command, 'invalid_payload', 'There is no such command')
    const invalid = payloadFault(name, payload)
    if (invalid !== null) return this.#fail(command, 'invalid_payload', invalid)
    try {
      const fault = this.#refusal(name) ?? (await this.#run(name, payload))
      if (fault) this.#fail(command, fault, EXPLAINED[fault])
    } catch (error) {
      this.#fail(command, 'failed', error instanceof Error ? error.message : String(error))
    }
  }

  /** What `needs` says, told by this page's own state; the server decides again by its own. */
  #refusal(name: CommandName): Fault | null {
    const { needs } = commands[name]
    if (needs === 'anywhere' || needs === 'lobby') return null
    const { phase, permissions } = this.#parts.session.state
    if (phase !== 'connected' && phase !== 'reconnecting') return 'not_connected'
    return needs === 'meeting' || permissions[needs] ? null : 'not_permitted'
  }

  async #run(name: CommandName, payload: unknown): Promise<Fault | null | void> {
    await this.#settled()
    // What the payload holds has just been compared with the contract.
    const handler = (this.#inCall?.handlers[name] ?? this.#everywhere[name]) as
      | ((payload: unknown) => Promise<Fault | null | void> | Fault | null | void)
      | undefined
    return handler ? handler(withoutNulls(payload)) : 'not_connected'
  }

  #everywhere: Handlers = {
    meetingJoin: ({ participantName }) => this.#join(participantName),
    participantNameSet: ({ participantName }) =>
      this.#parts.wishes.setState({ suggestedName: participantName }),
    meetingLeave: () => this.#parts.session.leave(),
    meetingEnd: () => this.#parts.session.endForAll(),
    participantKick: ({ participantIdentity }) =>
      this.#parts.session.request((api, roomId, token) => api.kick(roomId, token, participantIdentity)),
    participantPromote: ({ participantIdentity }) => this.#setRole(participantIdentity, 'upgrade'),
    participantDemote: ({ participantIdentity }) => this.#setRole(participantIdentity, 'downgrade'),
    themeSet: ({ theme }) => this.#parts.theme.change(theme),
    microphoneSet: ({ isOn }) => this.#parts.media.setWanted('microphone', isOn),
    microphoneToggle: () => this.#toggle('microphone'),
    cameraSet: ({ isOn }) => this.#parts.media.setWanted('camera', isOn),
    cameraToggle: () => this.#toggle('camera'),
    deviceSelect: ({ kind, deviceId }) => this.#parts.media.pick(kind, deviceId ?? null),
  }

  #setRole(identity: string, action: 'upgrade' | 'downgrade'): Promise<void> {
    return this.#parts.session.request((api, roomId, token) => api.setRole(roomId, token, identity, action))
  }

  #toggle(kind: CaptureKind): void {
    const { media } = this.#parts
    media.setWanted(kind, !media.state[kind].isWanted)
  }

  /** Which of all that can stand in the way it was, the lobby or the last screen says. */
  async #join(name?: string): Promise<Fault | null> {
    const { session, preferences } = this.#parts
    const { phase } = session.state
    const chosen =
      name ?? (this.#parts.wishes.getState().suggestedName || session.state.name || preferences.current.name)
    if (phase === 'lobby') await session.join(cleanName(chosen))
    else if (phase === 'ended') await session.rejoin()
    else return 'failed'
    return session.state.phase === 'lobby' || session.state.phase === 'ended' ? 'failed' : null
  }

  #fail(command: string, fault: Fault, message: string): void {
    this.emit('commandFailed', { command, fault, message })
  }

  async #answer(query: string, id: unknown): Promise<void> {
    await this.#settled()
    const answers: Answers = { ...this.#always(await this.#roomId()), ...this.#inCall?.answers }
    const known = Object.hasOwn(answers, query) ? answers[query as QueryName] : undefined
    this.#post('answer', { id, payload: known?.() ?? null })
  }

  /** The host may answer `meetingJoined` before the call itself is drawn. */
  async #settled(): Promise<void> {
    if (this.#inCall || this.#parts.session.state.phase !== 'connected') return
    await new Promise<void>((resolve) => this.#awaitingCall.push(resolve))
  }

  #always(roomId: string): Answers {
    const { phase, room, identity, name, badge } = this.#parts.session.state
    return {
      getState: () => ({
        phase,
        roomId,
        roomName: room?.roomName ?? '',
        participantIdentity: identity,
        participantName: name,
        role: badge,
        layout: this.#parts.preferences.current.layout,
        ...(this.#inCall?.state() ?? NO_CALL),
      }),
      getParticipants: () => [],
      getMessages: () => [],
      getDevices: () => this.#devices(),
    }
  }

  #devices(): Device[] {
    const { media, preferences } = this.#parts
    return (['microphone', 'camera', 'speaker'] as const).flatMap((kind) =>
      media.state.devices[kind].map(({ id, label }) => ({
        kind,
        id,
        label,
        isChosen: preferences.current[`${kind}Id`] === id,
      })),
    )
  }
}

const NO_CALL: CallState = {
  isRecording: false,
  locks: { microphone: false, camera: false, screen: false, chat: false },
  spotlight: null,
}

/** A field that is null is one that was left out. */
const withoutNulls = (payload: unknown): object =>
  Object.fromEntries(Object.entries(payload ?? {}).filter(([, value]) => value !== null))

const EXPLAINED: Record<Fault, string> = {
  not_permitted: 'The role of this participant does not allow it',
  not_connected: 'This participant is not in the meeting',
  invalid_payload: 'The payload is not what the command takes',
  failed: 'It cannot be done now',
}
