import {
  ConnectionState,
  Room,
  RoomEvent,
  Track,
  type LocalTrackPublication,
  type ScreenShareCaptureOptions,
} from 'livekit-client'
import { BROWSER_KIND, type DeviceKind, type LocalMedia, type PreferenceStore } from '../../lobby/index.ts'
import { parseServerMessage, SERVER_TOPIC } from '../server-message.ts'
import type { Connection, ConnectionEvents, Connector } from '../session.ts'
import type { Timing } from '../timings.ts'
import { lostReasonOf } from './disconnect-reason.ts'
import { LocalTracks, mayPublish } from './local-tracks.ts'
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
  #prepared: Room | null = null

  constructor(parts: ConnectorParts) {
    this.#parts = parts
  }

  prepare(livekitUrl: string): void {
    this.#prepared = this.#makeRoom()
    // Our own origin is warm since the page came from it; there is nothing to look up or to shake hands with.
    if (new URL(livekitUrl).host !== location.host) void this.#prepared.prepareConnection(livekitUrl)
  }

  async connect({ url, token, events }: Parameters<Connector<LiveKitConnection>['connect']>[0]) {
    const room = this.#prepared ?? this.#makeRoom()
    this.#prepared = null
    const connection = new LiveKitConnection(room, this.#local, events)
    this.#parts.media.handOver((kind, mediaTrack) => {
      const track = this.#local.adopt(kind, mediaTrack)
      // Its prompt was answered after the join.
      if (room.state === ConnectionState.Connected && mayPublish(room.localParticipant, track.source)) {
        void room.localParticipant.publishTrack(track).catch(() => this.#local.drop(track.source))
      }
    })
    const { microphoneId, cameraId } = this.#parts.preferences.current
    if (microphoneId)
      room.options.audioCaptureDefaults = { ...room.options.audioCaptureDefaults, deviceId: microphoneId }
    if (cameraId)
      room.options.videoCaptureDefaults = { ...room.options.videoCaptureDefaults, deviceId: cameraId }
    // As soon as signalling is up, while the transport is still being set up: both then need one negotiation.
    room.once(RoomEvent.SignalConnected, () => void this.#local.publish(room))
    try {
      await room.connect(url, token)
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
    const { speakerId } = this.#parts.preferences.current
    return new Room({
      adaptiveStream: true,
      dynacast: true,
      publishDefaults: { simulcast: true },
      // A rejoin publishes the same tracks again; LocalTracks stops them in the end.
      stopLocalTrackOnUnpublish: false,
      ...(speakerId && { audioOutput: { deviceId: speakerId } }),
    })
  }
}

/** One connected LiveKit room. `room` is the truth about media; this adds what the page does with it. */
export class LiveKitConnection implements Connection {
  readonly room: Room
  #local: LocalTracks
  #isOver = true
  #stopAudio: () => void

  constructor(room: Room, local: LocalTracks, events: ConnectionEvents) {
    this.room = room
    this.#local = local
    this.#stopAudio = playRemoteAudio(room)
    room
      .on(RoomEvent.SignalReconnecting, events.onInterrupted)
      .on(RoomEvent.Reconnecting, events.onInterrupted)
      .on(RoomEvent.Reconnected, events.onResumed)
      .on(RoomEvent.LocalTrackPublished, ({ track }) => track && local.keep(track))
      .on(RoomEvent.LocalTrackUnpublished, (publication) => this.#onUnpublished(publication))
      .on(RoomEvent.DataReceived, (payload, participant, _kind, topic, _encryption, identity) => {
        // Any participant may send these bytes; only what bears no participant's identity is the server's.
        if (topic !== SERVER_TOPIC || participant || identity) return
        const message = parseServerMessage(payload)
        if (message) events.onMessage(message)
      })
      .on(RoomEvent.Disconnected, (reason) => {
        this.#stopAudio()
        if (this.#isOver) return
        this.#isOver = true
        events.onLost(lostReasonOf(reason))
      })
  }

  /** @internal From here on a disconnect is news, not a failed attempt. */
  begin(): void {
    this.#isOver = false
  }

  /** @internal */
  dispose(): void {
    this.#stopAudio()
    this.room.removeAllListeners()
  }

  async close(): Promise<void> {
    this.#isOver = true
    await this.room.disconnect(false)
    this.dispose()
  }

  /** Throws what `getUserMedia` throws. */
  async setMicrophone(isOn: boolean): Promise<void> {
    await this.room.localParticipant.setMicrophoneEnabled(isOn)
  }

  /** Throws what `getUserMedia` throws. */
  async setCamera(isOn: boolean): Promise<void> {
    await this.room.localParticipant.setCameraEnabled(isOn)
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

  /** Takes another device, null for the system's default. Throws where it cannot be opened. */
  async switchDevice(kind: DeviceKind, deviceId: string | null): Promise<void> {
    await this.room.switchActiveDevice(BROWSER_KIND[kind], deviceId ?? 'default', deviceId !== null)
  }

  /** Lets the browser play sound that it held back; call it in a click. */
  async startAudio(): Promise<void> {
    await this.room.startAudio()
  }

  /** A right that was taken away unpublishes the track: its camera or screen must not stay open unseen. */
  #onUnpublished({ source }: LocalTrackPublication): void {
    setTimeout(() => {
      const isStillIn = !this.#isOver && this.room.state === ConnectionState.Connected
      if (isStillIn && !this.room.localParticipant.getTrackPublication(source)) this.#local.drop(source)
    })
  }
}
