import { describe, expect, it, vi } from 'vitest'
import { ApiError } from './api-error.ts'
import { type MeetingApi } from './api.ts'
import type { KnockOutcome } from './knock.ts'
import { MeetingSession, PutOut, type Connection, type ConnectionEvents, type Connector } from './session.ts'

const EXPIRES_SECONDS = 600

const jwt = (
  claims: { sub?: string; name?: string; permissions?: Record<string, boolean>; exp?: number } = {},
) => {
  const metadata = {
    permissions: { meetingJoin: true, ...claims.permissions },
    badge: 'other',
    livekitUrl: 'ws://lk',
  }
  const body = {
    sub: claims.sub,
    name: claims.name,
    exp: claims.exp ?? EXPIRES_SECONDS,
    metadata: JSON.stringify(metadata),
  }
  return `x.${Buffer.from(JSON.stringify(body)).toString('base64url')}.y`
}

const fault = (status: number, kind = 'Room Error') => new ApiError(status, kind, '', '')

interface FakeConnection extends Connection {
  events: ConnectionEvents
  isClosed: boolean
}

const fakeConnection = (): FakeConnection => {
  const connection: FakeConnection = {
    events: {} as ConnectionEvents, // until it is connected
    isClosed: false,
    close: async () => {
      connection.isClosed = true
    },
  }
  return connection
}

interface Scene {
  token?: MeetingApi['token']
  connect?: () => void | Promise<void>
  status?: 'open' | 'closed'
  /** What a knock meets; nothing: nobody answers. */
  answer?: () => Promise<KnockOutcome>
  target?: ConstructorParameters<typeof MeetingSession>[0]['target']
}

const stage = (scene: Scene = {}) => {
  let now = 0
  const connections: FakeConnection[] = []
  const waits: number[] = []
  const asked: Parameters<MeetingApi['token']>[0][] = []
  const tasks: (() => void)[] = []
  const api = {
    token: async (request: Parameters<MeetingApi['token']>[0]) => {
      asked.push(request)
      if (scene.token) return scene.token.call(undefined as never, request)
      return {
        status: 'admitted' as const,
        serverKey: 'key',
        token: jwt(request.joinMeeting ? { sub: 'ana-1', name: request.participantName ?? 'Ana' } : {}),
      }
    },
    awaitAdmission: vi.fn(
      (_roomId: string, _knockId: string, signal: AbortSignal): Promise<KnockOutcome> =>
        scene.answer?.() ??
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    ),
    room: async () => ({
      roomName: 'Daily',
      status: scene.status ?? 'open',
      isChatEnabled: true,
      isRecordingEnabled: true,
      inviteUrl: null,
    }),
    resolveCode: async () => ({ roomId: 'daily', secret: 's' }),
    refreshToken: vi.fn(async () => jwt({ sub: 'ana-1', name: 'Ana', exp: EXPIRES_SECONDS * 2 })),
    endMeeting: vi.fn(async () => {}),
  }
  let prepared: FakeConnection | null = null
  const connector: Connector<FakeConnection> = {
    prepare: vi.fn(() => (prepared ??= fakeConnection())),
    release: vi.fn(),
    connect: async ({ events }) => {
      const connection = prepared ?? fakeConnection()
      prepared = null
      connection.events = events
      await scene.connect?.()
      connections.push(connection)
      return connection
    },
  }
  const media = { start: vi.fn(async () => {}), release: vi.fn() }
  const session = new MeetingSession<FakeConnection>({
    api: api as unknown as MeetingApi,
    target: scene.target ?? { kind: 'room', roomId: 'daily', secret: 's' },
    name: '',
    ownLivekitUrl: 'ws://here/livekit',
    loadConnector: async () => connector,
    media,
    mark: () => {},
    now: () => now,
    // Time passes only when `pass` lets the next wait end.
    wait: (ms, signal) =>
      new Promise((resolve) => {
        waits.push(ms)
        const wake = () => {
          now += signal.aborted ? 0 : ms
          resolve()
        }
        tasks.push(wake)
        signal.addEventListener('abort', () => resolve(), { once: true })
      }),
    online: () => new Promise(() => {}),
    random: () => 0.5,
  })
  const settle = () => new Promise((resolve) => setTimeout(resolve))
  const pass = async () => {
    tasks.shift()?.()
    await settle()
  }
  return { session, api, connector, connections, media, waits, asked, pass, settle, scene }
}

describe('the lobby', () => {
  it('looks the room up without joining and warms the connection up', async () => {
    const { session, connector, asked } = stage()
    await session.open()
    expect(asked).toEqual([{ kind: 'room', roomId: 'daily', secret: 's', joinMeeting: false }])
    expect(connector.prepare).toHaveBeenCalledOnce()
    expect(session.state).toMatchObject({ phase: 'lobby', room: { roomName: 'Daily' } })
  })

  it.each([
    [400, 'wrong-link'],
    [401, 'sign-in'],
    [403, 'denied'],
    [404, 'not-found'],
  ] as const)('ends at once on %i', async (status, endReason) => {
    const { session } = stage({ token: () => Promise.reject(fault(status)) })
    await session.open()
    expect(session.state).toMatchObject({ phase: 'ended', endReason })
  })

  it('says that the room is closed before anybody presses Join', async () => {
    const { session } = stage({ status: 'closed' })
    await session.open()
    expect(session.state.endReason).toBe('closed')
  })

  it('keeps trying while the server does not answer, and can be joined meanwhile', async () => {
    const { session, scene, pass } = stage({ token: () => Promise.reject(fault(0)) })
    const opened = session.open()
    await vi.waitFor(() => expect(session.state.problem).toBe('unreachable'))
    scene.token = undefined
    await pass()
    await opened
    expect(session.state).toMatchObject({ phase: 'lobby', problem: null, room: { roomName: 'Daily' } })
  })

  it('resolves a meeting code once', async () => {
    const { session, asked } = stage({ target: { kind: 'code', code: 'abc-def-ghi' } })
    await session.open()
    await session.join('Ana')
    expect(asked.map(({ roomId, secret }) => [roomId, secret])).toEqual([
      ['daily', 's'],
      ['daily', 's'],
    ])
  })
})

describe('joining', () => {
  it('asks for the joining token only at the click', async () => {
    const { session, asked } = stage()
    await session.open()
    expect(asked.every(({ joinMeeting }) => !joinMeeting)).toBe(true)
    await session.join('Ana')
    expect(asked.at(-1)).toMatchObject({ joinMeeting: true, participantName: 'Ana' })
    expect(session.state).toMatchObject({ phase: 'connected', identity: 'ana-1', name: 'Ana' })
  })

  it('takes one click only', async () => {
    const { session, asked, connections } = stage()
    await Promise.all([session.join('Ana'), session.join('Ana'), session.join('Bea')])
    expect(asked).toHaveLength(1)
    expect(connections).toHaveLength(1)
  })

  it('comes back to the lobby with a word when the server does not answer', async () => {
    const { session, scene } = stage({ token: () => Promise.reject(fault(0)) })
    await session.join('Ana')
    expect(session.state).toMatchObject({ phase: 'lobby', problem: 'unreachable' })
    scene.token = undefined
    await session.join('Ana')
    expect(session.state).toMatchObject({ phase: 'connected', problem: null })
  })

  it('asks for a name where the server wants one', async () => {
    const { session } = stage({ token: () => Promise.reject(fault(400, 'Room Member Error')) })
    await session.join('')
    expect(session.state).toMatchObject({ phase: 'lobby', problem: 'name-required' })
  })

  it('opens the preview again when LiveKit cannot be reached', async () => {
    const { session, media } = stage({ connect: () => Promise.reject(new Error('ice failed')) })
    await session.join('Ana')
    expect(session.state).toMatchObject({ phase: 'lobby', problem: 'media-unreachable', coming: null })
    expect(media.start).toHaveBeenCalledOnce()
  })

  const atTheDoor: Scene = { token: async () => ({ status: 'waiting', knockId: 'k' }) }

  it('waits where the room has a waiting room, and can give up', async () => {
    const { session, settle, connections } = stage(atTheDoor)
    const joined = session.join('Ana')
    await settle()
    expect(session.state).toMatchObject({ phase: 'joining', joinStep: 'waiting' })
    session.cancelJoin()
    await joined
    expect(session.state).toMatchObject({ phase: 'lobby', problem: null })
    expect(connections).toEqual([])
  })

  it('goes in with the token of the moderator’s answer', async () => {
    const admitted = {
      status: 'admitted' as const,
      token: jwt({ sub: 'ana-9', name: 'Ana' }),
      serverKey: 'key',
    }
    const { session, api } = stage({ ...atTheDoor, answer: async () => admitted })
    await session.join('Ana')
    expect(api.awaitAdmission).toHaveBeenCalledWith('daily', 'k', expect.any(AbortSignal))
    expect(session.state).toMatchObject({ phase: 'connected', identity: 'ana-9' })
  })

  it.each([
    [{ status: 'denied' } as const, { phase: 'ended', endReason: 'not-admitted' }],
    [{ status: 'expired' } as const, { phase: 'lobby', problem: 'unanswered' }],
  ])('says what came of it: %o', async (outcome, state) => {
    const { session } = stage({ ...atTheDoor, answer: async () => outcome })
    await session.join('Ana')
    expect(session.state).toMatchObject(state)
  })

  it('says when the meeting has filled up while they waited', async () => {
    const full = new ApiError(409, 'Room Error', 'meeting_full', '')
    const { session } = stage({ ...atTheDoor, answer: () => Promise.reject(full) })
    await session.join('Ana')
    expect(session.state).toMatchObject({ phase: 'lobby', problem: 'full' })
  })

  it('closes a connection that comes after joining was given up', async () => {
    let connect = () => {}
    const { session, connections, settle } = stage({
      connect: () => new Promise<void>((resolve) => (connect = resolve)),
    })
    const joined = session.join('Ana')
    await settle()
    expect(session.state).toMatchObject({ phase: 'joining', connection: null })
    expect(session.state.coming).not.toBeNull()
    session.cancelJoin()
    expect(session.state.coming).toBeNull()
    connect()
    await joined
    expect(connections[0]?.isClosed).toBe(true)
    expect(session.state.phase).toBe('lobby')
  })
})

const connected = async (scene: Scene = {}) => {
  const parts = stage(scene)
  await parts.session.join('Ana')
  const connection = parts.connections[0]
  if (!connection) throw new Error('not connected')
  return { ...parts, connection }
}

describe('in the call', () => {
  it('shows that LiveKit is resuming, and that it did', async () => {
    const { session, connection } = await connected()
    connection.events.onInterrupted()
    expect(session.state).toMatchObject({ phase: 'reconnecting', reconnectStep: 'resuming' })
    connection.events.onResumed()
    expect(session.state).toMatchObject({ phase: 'connected', reconnectStep: null })
  })

  it('renews the token before it ends', async () => {
    const { api, waits, pass } = await connected()
    expect(waits[0]).toBe(EXPIRES_SECONDS * 1000 * 0.6)
    await pass()
    expect(api.refreshToken).toHaveBeenCalledOnce()
  })

  it('takes a new role from the server and fetches a token for it', async () => {
    const { session, connection, api } = await connected()
    const permissions = { ...session.state.permissions, participantKick: true }
    connection.events.onMessage({ type: 'meeting.role', identity: 'bea-1', badge: 'owner', permissions })
    expect(session.state.badge).toBe('other')
    connection.events.onMessage({ type: 'meeting.role', identity: 'ana-1', badge: 'moderator', permissions })
    expect(session.state.badge).toBe('moderator')
    expect(session.state.permissions.participantKick).toBe(true)
    await vi.waitFor(() => expect(api.refreshToken).toHaveBeenCalledOnce())
  })

  it('repeats a request whose token had become invalid', async () => {
    const { session, api } = await connected()
    const act = vi.fn().mockRejectedValueOnce(fault(401)).mockResolvedValueOnce('done')
    expect(await session.request(act)).toBe('done')
    expect(api.refreshToken).toHaveBeenCalledOnce()
  })
})

describe('the end', () => {
  it('leaving stops camera and microphone', async () => {
    const { session, connection, media, connector, settle } = await connected()
    session.leave()
    await settle()
    expect(session.state).toMatchObject({ phase: 'ended', endReason: 'left', connection: null })
    expect(connection.isClosed).toBe(true)
    expect(media.release).toHaveBeenCalled()
    expect(connector.release).toHaveBeenCalled()
  })

  it.each([
    ['kicked', 'kicked'],
    ['duplicate', 'duplicate'],
    ['ended', 'ended'],
  ] as const)('%s', async (lost, endReason) => {
    const { session, connection, pass } = await connected()
    await pass()
    connection.events.onLost(lost)
    expect(session.state).toMatchObject({ phase: 'ended', endReason })
  })

  it('of who is put out right after coming in is what the server says: removed, or to be admitted', async () => {
    const removed = await connected()
    removed.scene.token = async ({ previousToken }) => {
      expect(previousToken).toBeDefined()
      throw new ApiError(403, '', 'participant_kicked', '')
    }
    removed.connection.events.onLost('kicked')
    await removed.settle()
    expect(removed.session.state).toMatchObject({ phase: 'ended', endReason: 'kicked' })

    const other = await connected()
    other.scene.token = async ({ previousToken }) => {
      if (previousToken) throw fault(401)
      return { status: 'waiting', knockId: 'k' }
    }
    other.connection.events.onLost('kicked')
    await other.settle()
    expect(other.session.state).toMatchObject({ phase: 'joining', joinStep: 'waiting', connection: null })
    expect(other.connection.isClosed).toBe(true)
    expect(other.media.start).toHaveBeenCalled()

    // Put out before the connection stood; twice is enough.
    let attempts = 0
    const early = stage({
      connect: () => {
        attempts++
        throw new PutOut()
      },
    })
    await early.session.open()
    await early.session.join('Ana')
    expect(attempts).toBe(2)
    expect(early.session.state).toMatchObject({ phase: 'lobby', problem: 'media-unreachable' })
  })

  it('names who ended the meeting, even if LiveKit reports only a lost connection', async () => {
    const { session, connection } = await connected()
    connection.events.onMessage({ type: 'meeting.ended', by: 'Bea', isSandbox: false })
    connection.events.onLost('network')
    expect(session.state).toMatchObject({ endReason: 'ended', endedBy: 'Bea' })
    const own = await connected()
    await own.session.endForAll()
    expect(own.session.state.endReason).toBe('ended-by-you')
    expect(own.connection.isClosed).toBe(true)
  })

  it('goes on when ending for all failed', async () => {
    const { session, api, connection } = await connected()
    api.endMeeting.mockRejectedValueOnce(fault(403))
    await expect(session.endForAll()).rejects.toThrow(ApiError)
    expect(session.state.phase).toBe('connected')
    connection.events.onLost('ended')
    expect(session.state.endReason).toBe('ended')
  })

  it('leaves time for last words, in the name of who was there', async () => {
    const { session } = await connected()
    const tokens: string[] = []
    const say = () => session.lastly(async (_api, _roomId, token) => void tokens.push(token))
    await say()
    session.leave()
    await say()
    expect(tokens).toEqual([jwt({ sub: 'ana-1', name: 'Ana' }), jwt({ sub: 'ana-1', name: 'Ana' })])
  })

  it('leads straight back in after leaving', async () => {
    const { session, media, asked } = await connected()
    session.leave()
    await session.rejoin()
    expect(media.start).toHaveBeenCalled()
    expect(asked.at(-1)).toMatchObject({ joinMeeting: true, participantName: 'Ana' })
    expect(session.state.phase).toBe('connected')
  })

  it('hears nothing more of a connection that is over', async () => {
    const { session, connection } = await connected()
    session.leave()
    connection.events.onLost('kicked')
    expect(session.state.endReason).toBe('left')
  })
})

describe('a lost connection', () => {
  it('is joined anew as the same participant', async () => {
    const { session, connection, connections, asked, settle } = await connected()
    connection.events.onLost('network')
    expect(session.state).toMatchObject({ phase: 'reconnecting', reconnectStep: 'rejoining' })
    await settle()
    expect(asked.at(-1)).toMatchObject({
      joinMeeting: true,
      participantName: 'Ana',
      previousToken: jwt({ sub: 'ana-1', name: 'Ana' }),
    })
    expect(connections).toHaveLength(2)
    expect(session.state).toMatchObject({ phase: 'connected', connection: connections[1] })
  })

  it('is joined as a new participant where the server has forgotten the old one', async () => {
    const { session, connection, asked, scene, settle } = await connected()
    scene.token = async ({ previousToken }) => {
      if (previousToken) throw fault(404, 'Participant Error')
      return { status: 'admitted', serverKey: 'key', token: jwt({ sub: 'ana-2', name: 'Ana' }) }
    }
    connection.events.onLost('network')
    await settle()
    expect(asked.at(-1)).not.toHaveProperty('previousToken')
    expect(session.state).toMatchObject({ phase: 'connected', identity: 'ana-2' })
  })

  it('waits to be let in again where that is asked for, and is told a no', async () => {
    let answer = (_outcome: KnockOutcome) => {}
    const { session, connection, scene, settle } = await connected()
    scene.token = async ({ previousToken }) => {
      if (previousToken) throw fault(404, 'Participant Error')
      return { status: 'waiting', knockId: 'k' }
    }
    scene.answer = () => new Promise((resolve) => (answer = resolve))
    connection.events.onLost('network')
    await settle()
    expect(session.state).toMatchObject({ phase: 'reconnecting', reconnectStep: 'waiting' })
    answer({ status: 'denied' })
    await settle()
    expect(session.state).toMatchObject({ phase: 'ended', endReason: 'not-admitted' })
  })

  it('is tried with growing pauses, then ends as a network failure', async () => {
    const { session, connection, scene, waits, pass, settle } = await connected()
    scene.token = () => Promise.reject(fault(0))
    waits.length = 0
    connection.events.onLost('network')
    await settle()
    for (let i = 0; i < 60 && session.state.phase === 'reconnecting'; i++) await pass()
    expect(waits.slice(0, 6)).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000])
    expect(session.state).toMatchObject({ phase: 'ended', endReason: 'network' })
  })

  it.each([
    [403, 'denied'],
    [409, 'closed'],
  ] as const)('is not tried further after %i', async (status, endReason) => {
    const { session, connection, scene, settle } = await connected()
    scene.token = () => Promise.reject(fault(status))
    connection.events.onLost('network')
    await settle()
    expect(session.state).toMatchObject({ phase: 'ended', endReason })
  })

  it('can be left while it is being tried', async () => {
    const { session, connection, scene, settle } = await connected()
    scene.token = () => Promise.reject(fault(0))
    connection.events.onLost('network')
    await settle()
    session.leave()
    await settle()
    expect(session.state).toMatchObject({ phase: 'ended', endReason: 'left' })
  })
})
