import {
  ConnectionState,
  LocalAudioTrack,
  LocalVideoTrack,
  Track,
  type LocalParticipant,
  type LocalTrack,
  type Room,
} from 'livekit-client'
import type { CaptureKind } from '../../lobby/index.ts'

/** Sound first: being heard matters more than being seen, and it is quicker. */
const PUBLISH_ORDER = [
  Track.Source.Microphone,
  Track.Source.Camera,
  Track.Source.ScreenShare,
  Track.Source.ScreenShareAudio,
]

/**
 * The local tracks over all connections of a meeting: taken from the lobby, published at each connect, kept
 * open while the connection is lost, stopped at the end.
 */
export class LocalTracks {
  #tracks = new Map<Track.Source, LocalTrack>()

  /** Makes a LiveKit track of a preview's, which LiveKit from now on mutes, switches and restarts. */
  adopt(kind: CaptureKind, mediaTrack: MediaStreamTrack): LocalTrack {
    const isMuted = !mediaTrack.enabled
    const track =
      kind === 'microphone'
        ? new LocalAudioTrack(mediaTrack, undefined, false)
        : new LocalVideoTrack(mediaTrack, undefined, false)
    track.source = kind === 'microphone' ? Track.Source.Microphone : Track.Source.Camera
    if (isMuted) void track.mute()
    this.#tracks.set(track.source, track)
    return track
  }

  keep(track: LocalTrack): void {
    this.#tracks.set(track.source, track)
  }

  /** Stops and forgets one. */
  drop(source: Track.Source): void {
    this.#tracks.get(source)?.stop()
    this.#tracks.delete(source)
  }

  stopAll(): void {
    for (const source of this.#tracks.keys()) this.drop(source)
  }

  /**
   * Publishes all at once. What the role may not publish is stopped, and so is a camera that was off: it is
   * opened anew when wanted. One that fails leaves the others.
   */
  async publish(room: Room): Promise<void> {
    const { localParticipant } = room
    const due = PUBLISH_ORDER.flatMap((source) => this.#tracks.get(source) ?? []).filter((track) => {
      const isUsable =
        mayPublish(localParticipant, track.source) && track.mediaStreamTrack.readyState === 'live'
      if (!isUsable) this.drop(track.source)
      return isUsable
    })
    const results = await Promise.allSettled(due.map((track) => localParticipant.publishTrack(track)))
    results.forEach((result, index) => {
      const track = due[index]
      // Lost with the connection: it is published at the next one.
      if (result.status === 'rejected' && track && room.state === ConnectionState.Connected)
        this.drop(track.source)
    })
  }
}

/** Whether LiveKit's grant lets this participant publish the source. */
export const mayPublish = ({ permissions }: LocalParticipant, source: Track.Source): boolean => {
  if (!permissions?.canPublish) return false
  const allowed = permissions.canPublishSources
  return allowed.length === 0 || allowed.includes(Track.sourceToProto(source))
}
