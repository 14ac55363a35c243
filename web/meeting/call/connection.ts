import {
  ConnectionState,
  LocalAudioTrack,
  LocalVideoTrack,
  ParticipantEvent,
  Room,
  RoomEvent,
  Track,
  supportsAV1,
  supportsVP9,
  type LocalTrackPublication,
  type ScreenShareCaptureOptions,
} from 'livekit-client'
import {
  BROWSER_KIND,
  type DeviceKind,
  type LocalMedia,
  type PreferenceStore,
  type VideoCodec,
} from '../../lobby/index.ts'
import { parseServerMessage, SERVER_TOPIC } from '../server-message.ts'
import { makeVerifier, type Verifier } from '../server-voice.ts'
import {
  type Connection,
  type ConnectionEvents,
  type Connector,
  type ConnectRequest,
  PutOut,
} from '../session.ts'
import type { Timing } from '../timings.ts'
import { lostReasonOf } from './disconnect-reason.ts'
import { LocalTracks } from './local-tracks.ts'
import { playRemoteAudio } from './remote-audio.ts'

interface ConnectorParts {
  media: LocalMedia
  preferences: PreferenceStore
  mark: (moment: Timing) => void
}

/** How a screen is captured: sound with it, and sharp text before smooth motion. */
const SCREEN: ScreenShareCaptureOptions = {
  audio: true,
  contentHint: 'detail',
  systemAudio: 'include',
  surfaceSwitching: 'include',
  selfBrowserSurface: 'include',
  suppressLocalAudioPlayback: false,
}

/** Makes LiveKit connections; see Connector. */
export class LiveKitConnector implements Connector<LiveKitConnection> {
  #parts: ConnectorParts
  #local = new LocalTracks()
  /** Made ahead of the click; a Room is used for one connection only. */
  #prepared: LiveKitConnection | null = null
  #isWarm = false

  constructor(parts: ConnectorParts) {
    this.#parts = parts
  }

  /** Our own origin is warm since the page came from it; the page's `Link` header names a LiveKit elsewhere. */
  prepare(): LiveKitConnection {
    if (this.#prepared) return this.#prepared
    const room = this.#makeRoom()
    // Opens the Room's AudioContext, for which Chrome asks its other processes and blocks this one meanwhile.
    void room.startAudio().catch(() => {})
    if (!this.#isWarm) void warmUp().catch(() => {})
    this.#isWarm = true
    this.#prepared = new LiveKitConnection(room, this.#local)
    return this.#prepared
  }

  async connect(request: ConnectRequest): Promise<LiveKitConnection> {
    const { url, token, roomId, serverKey, events } = request
    const connection = this.prepare()
    const { room } = connection
    this.#prepared = null
    connection.follow(events, makeVerifier(serverKey, roomId))
    this.#parts.media.handOver((kind, mediaTrack) => void this.#local.receive(kind, mediaTrack, room))
    const { microphoneId, cameraId, speakerId, videoCodec } = this.#parts.preferences.current
    room.options.publishDefaults = { ...room.options.publishDefaults, ...publishOptions(videoCodec) }
    if (microphoneId)
      room.options.audioCaptureDefaults = { ...room.options.audioCaptureDefaults, deviceId: microphoneId }
    if (cameraId)
      room.options.videoCaptureDefaults = { ...room.options.videoCaptureDefaults, deviceId: cameraId }
    // One that is gone leaves the system's.
    if (speakerId) void room.switchActiveDevice(BROWSER_KIND.speaker, speakerId).catch(() => {})
    // As soon as signalling is up, while the transport is still being set up: both then need one negotiation.
    room.once(RoomEvent.SignalConnected, () => void this.#local.publish(room))
    try {
      await Promise.race([room.connect(url, token), putOut(room)])
    } catch (error) {
      connection.dispose()
      throw error
    }
    connection.begin()
    return connection
  }

  release(): void {
    this.#local.stopAll()
  }

  #makeRoom(): Room {
    return new Room({
      adaptiveStream: true,
      dynacast: true,
      publishDefaults: publishOptions(this.#parts.preferences.current.videoCodec),
      // A rejoin publishes the same tracks again; LocalTracks stops them in the end.
      stopLocalTrackOnUnpublish: false,
    })
  }
}

/** A page's first peer connection starts threads and asks what codecs there are; this one is for that alone. */
const warmUp = async (): Promise<void> => {
  const first = new RTCPeerConnection()
  first.createDataChannel('')
  for (const kind of ['audio', 'video']) first.addTransceiver(kind, { direction: 'recvonly' })
  try {
    await first.createOffer()
  } finally {
    first.close()
  }
}

/** The codecs that this browser can send with. */
export const canSend = (codec: VideoCodec): boolean =>
  codec === 'vp8' || (codec === 'vp9' ? supportsVP9() : supportsAV1())

/** Rejects where LiveKit puts the participant out before the connection stands; `connect` would wait for its time limit. */
const putOut = (room: Room): Promise<never> =>
  new Promise((_resolve, reject) => {
    room.once(RoomEvent.Disconnected, (reason) => {
      if (lostReasonOf(reason) === 'kicked') reject(new PutOut())
    })
  })

/** Layers for every size of tile; for who cannot decode VP9 or AV1, LiveKit asks for VP8 beside it. */
const publishOptions = (codec: VideoCodec) => ({
  simulcast: true,
  videoCodec: canSend(codec) ? codec : ('vp8' as const),
  backupCodec: true,
})

/** One connected LiveKit room. `room` is the truth about media; this adds what the page does with it. */
export class LiveKitConnection implements Connection {
  readonly room: Room
  readonly #local: LocalTracks
  #isOver = true
  #stopAudio: () => void = () => {}
  /** What was heard is handed on in the order in which it came, though each takes its time to be verified. */
  #heard: Promise<void> = Promise.resolve()

  constructor(room: Room, local: LocalTracks) {
    this.room = room
    this.#local = local
  }

  /** @internal Tells what becomes of it from here on, and what the server says to it. */
  follow(events: ConnectionEvents, verify: Verifier): void {
    const { room } = this
    this.#stopAudio = playRemoteAudio(room)
    room.localParticipant.on(ParticipantEvent.LocalTrackCpuConstrained, this.#onBusy)
    room
      .on(RoomEvent.SignalReconnecting, events.onInterrupted)
      .on(RoomEvent.Reconnecting, events.onInterrupted)
      .on(RoomEvent.Reconnected, events.onResumed)
      .on(RoomEvent.LocalTrackPublished, ({ track }) => track && this.#local.keep(track))
      .on(RoomEvent.LocalTrackUnpublished, (publication) => this.#onUnpublished(publication))
      .on(RoomEvent.DataReceived, (payload, participant, _kind, topic, _encryption, identity) => {
        // Any participant may send such bytes, and one that is hidden bears no name: the signature decides.
        if (topic !== SERVER_TOPIC || participant || identity) return
        this.#hear(verify(payload), events)
      })
      .on(RoomEvent.Disconnected, (reason) => {
        this.#stopAudio()
        if (this.#isOver) return
        this.#isOver = true
        events.onLost(lostReasonOf(reason))
      })
  }

  #hear(verified: ReturnType<Verifier>, events: ConnectionEvents): void {
    this.#heard = this.#heard.then(async () => {
      const bytes = await verified
      const message = bytes && parseServerMessage(bytes)
      if (message) events.onMessage(message)
    })
  }

  /** @internal From here on a disconnect is news, not a failed attempt. */
  begin(): void {
    this.#isOver = false
  }

  /** @internal */
  dispose(): void {
    this.#stopAudio()
    this.room.localParticipant.off(ParticipantEvent.LocalTrackCpuConstrained, this.#onBusy)
    this.room.removeAllListeners()
  }

  async close(): Promise<void> {
    this.#isOver = true
    await this.room.disconnect(false)
    this.dispose()
  }

  /** Throws what `getUserMedia` throws. */
  async setMicrophone(isOn: boolean): Promise<void> {
    const { localParticipant } = this.room
    if (await this.#local.setComing(localParticipant, Track.Source.Microphone, isOn)) return
    await localParticipant.setMicrophoneEnabled(isOn)
  }

  /** Throws what `getUserMedia` throws. */
  async setCamera(isOn: boolean): Promise<void> {
    const { localParticipant } = this.room
    if (await this.#local.setComing(localParticipant, Track.Source.Camera, isOn)) return
    await localParticipant.setCameraEnabled(isOn)
  }

  /** Where the microphone or camera comes from that is open now. */
  deviceOf(kind: 'microphone' | 'camera'): { id: string; label: string } | null {
    const source = kind === 'microphone' ? Track.Source.Microphone : Track.Source.Camera
    const media = this.room.localParticipant.getTrackPublication(source)?.track?.mediaStreamTrack
    if (media?.readyState !== 'live') return null
    return { id: media.getSettings().deviceId ?? '', label: media.label }
  }

  /** Sends the camera anew in this codec, or in VP8 where the browser cannot; the screen from its next share on. */
  async setCodec(codec: VideoCodec): Promise<void> {
    const { localParticipant, options } = this.room
    options.publishDefaults = { ...options.publishDefaults, ...publishOptions(codec) }
    const camera = localParticipant.getTrackPublication(Track.Source.Camera)?.track
    if (!camera) return
    await this.#local.replacing(Track.Source.Camera, async () => {
      await localParticipant.unpublishTrack(camera, false)
      await localParticipant.publishTrack(camera)
    })
  }

  /** Throws what `getDisplayMedia` throws: NotAllowedError when the person changed their mind. */
  async startShare(): Promise<void> {
    await this.room.localParticipant.setScreenShareEnabled(true, SCREEN)
  }

  async stopShare(): Promise<void> {
    await this.room.localParticipant.setScreenShareEnabled(false)
    this.#local.drop(Track.Source.ScreenShare)
    this.#local.drop(Track.Source.ScreenShareAudio)
  }

  /** Takes another device, null for the system's default. Throws where it cannot be opened; the one before goes on. */
  async switchDevice(kind: DeviceKind, deviceId: string | null): Promise<void> {
    const source = { microphone: Track.Source.Microphone, camera: Track.Source.Camera, speaker: null }[kind]
    const track = source && this.room.localParticipant.getTrackPublication(source)?.track
    const before = track?.mediaStreamTrack.getSettings().deviceId
    try {
      await this.room.switchActiveDevice(BROWSER_KIND[kind], deviceId ?? 'default', deviceId !== null)
    } catch (error) {
      // LiveKit has closed it by then.
      if (track instanceof LocalAudioTrack || track instanceof LocalVideoTrack)
        await track.restartTrack({ deviceId: before && { exact: before } }).catch(() => {})
      throw error
    }
  }

  /** Lets the browser play sound that it held back; call it in a click. */
  async startAudio(): Promise<void> {
    await this.room.startAudio()
  }

  /** The processor cannot encode all layers in time: one of 360 lines at 15 frames is better than stutter. */
  #onBusy = (track: LocalVideoTrack): void => {
    if (track.source === Track.Source.Camera) void track.prioritizePerformance().catch(() => {})
  }

  /** A right that was taken away unpublishes the track: its camera or screen must not stay open unseen. */
  #onUnpublished({ source }: LocalTrackPublication): void {
    if (this.#local.isReplacing(source)) return
    setTimeout(() => {
      const isStillIn = !this.#isOver && this.room.state === ConnectionState.Connected
      if (isStillIn && !this.room.localParticipant.getTrackPublication(source)) this.#local.drop(source)
    })
  }
}
