import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  Room,
  RoomEvent,
  type RemoteTrack,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node'
import { AccessToken, RoomServiceClient } from 'livekit-server-sdk'
import pino from 'pino'
import { type Config, loadConfig } from '../../server/config.ts'
import { findLiveKit } from '../../server/livekit/binary.ts'
import { LiveKitChild, type LiveKitChildOptions } from '../../server/livekit/child.ts'

const silent = pino({ level: 'silent' })

/**
 * The LiveKit that tests run: LIVEKIT_SERVER_BIN, PATH, or the copy in the checkout's data directory, which is
 * fetched or built the first time (minutes).
 */
let binary: Promise<string> | null = null
export function livekitBinary(): Promise<string> {
  binary ??= findLiveKit({
    config: loadConfig({ LIVEKIT_SERVER_BIN: process.env['LIVEKIT_SERVER_BIN'] }),
    log: silent,
    report: ({ text }) => console.log(text),
  }).then((found) => found.path)
  return binary
}

export interface TestChild extends AsyncDisposable {
  child: LiveKitChild
  config: Config
  dataDir: string
  apiKey: string
  apiSecret: string
  /** Every line logged, parsed; `level` as pino's number. */
  logged: { level: number; msg: string }[]
  rooms: () => RoomServiceClient
  token: (identity: string, room: string) => Promise<string>
}

/** A LiveKitChild on a data directory of its own, not started; disposing stops it and removes the directory. */
export async function makeChild(
  env: Record<string, string> = {},
  options: Partial<LiveKitChildOptions> = {},
): Promise<TestChild> {
  const dataDir = env['DATA_DIR'] ?? (await mkdtemp(path.join(tmpdir(), 'parley-livekit-')))
  const config = loadConfig({ DATA_DIR: dataDir, ...env })
  const apiKey = `API${randomBytes(6).toString('hex')}`
  const apiSecret = randomBytes(24).toString('hex')
  const logged: TestChild['logged'] = []
  const child = new LiveKitChild({
    config,
    binary: await livekitBinary(),
    apiKey,
    apiSecret,
    webhookUrl: 'http://127.0.0.1:9/internal-api/v1/livekit/webhook',
    log: pino({ level: 'trace' }, { write: (line: string) => logged.push(JSON.parse(line)) }),
    ...options,
  })
  return {
    child,
    config,
    dataDir,
    apiKey,
    apiSecret,
    logged,
    rooms: () => new RoomServiceClient(child.url.origin, apiKey, apiSecret),
    token: (identity, room) => {
      const token = new AccessToken(apiKey, apiSecret, { identity, ttl: 60 })
      token.addGrant({ roomJoin: true, room, canPublish: true, canSubscribe: true })
      return token.toJwt()
    },
    [Symbol.asyncDispose]: async () => {
      await child.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Rejects with `what` if nothing comes of `promise` in time; resolves as it does otherwise. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${ms} ms`)), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

export interface Meeting {
  speaker: Room
  listener: Room
  /** Resolves with the loudest sample of a frame of sound that has just reached the listener. */
  hear: () => Promise<number>
  leave: () => Promise<void>
}

/** Two real clients in one room at `url` (ws://...): one sends a tone, the other hears it. */
export async function meet(test: TestChild, url: string, room = 'tone'): Promise<Meeting> {
  await test.rooms().createRoom({ name: room, emptyTimeout: 20 })
  const listener = new Room()
  const track = new Promise<RemoteTrack>((resolve) => {
    listener.once(RoomEvent.TrackSubscribed, (subscribed) => resolve(subscribed))
  })
  const speaker = new Room()
  const options = { autoSubscribe: true, dynacast: false }
  await within(10_000, 'the listener', listener.connect(url, await test.token('listener', room), options))
  await within(10_000, 'the speaker', speaker.connect(url, await test.token('speaker', room), options))

  const source = new AudioSource(48_000, 1)
  await speaker.localParticipant?.publishTrack(
    LocalAudioTrack.createAudioTrack('tone', source),
    new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE }),
  )
  const tone = new Int16Array(480).map((_, i) => 12_000 * Math.sin((2 * Math.PI * 400 * i) / 48_000))
  const quiet = new AbortController()
  const speaking = (async () => {
    while (!quiet.signal.aborted) await source.captureFrame(new AudioFrame(tone, 48_000, 1, 480))
  })()
  const frames = new AudioStream(await within(10_000, 'the track', track)).getReader()
  return {
    speaker,
    listener,
    hear: () =>
      within(
        10_000,
        'sound',
        (async () => {
          for (;;) {
            const { value } = await frames.read()
            const peak = Math.max(...(value?.data ?? [0]))
            // Silence is filled in while nothing arrives, so a frame by itself says nothing.
            if (peak > 1000) return peak
          }
        })(),
      ),
    leave: async () => {
      quiet.abort()
      await speaking
      await frames.cancel()
      await speaker.disconnect()
      await listener.disconnect()
    },
  }
}
