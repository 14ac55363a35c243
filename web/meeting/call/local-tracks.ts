import {
  ConnectionState,
  ParticipantEvent,
  LocalAudioTrack,
  LocalVideoTrack,
  Track,
  type LocalParticipant,
  type LocalTrack,
  type Participant,
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

/** What is on its way to being published, which LiveKit does not tell of before it has arrived. */
const coming = new WeakMap<Participant, Map<Track.Source, LocalTrack>>()

/** The local track that is about to be published: shown, and muted if need be, as if it were. */
export const comingTrack = (participant: Participant, source: Track.Source): LocalTrack | undefined =>
  coming.get(participant)?.get(source)

/** Says that what is shown of a participant may have changed; LiveKit has no event for tracks on their way. */
const announceChange = (participant: Participant): void =>
  void participant.emit(ParticipantEvent.ParticipantNameChanged, participant.name ?? '')

/** LiveKit opens an AudioContext for each microphone and once more when it is published, to warn of silence. */
class MicrophoneTrack extends LocalAudioTrack {
  /** Nothing here listens for it, and on the way into a meeting each costs tens of milliseconds. */
  override checkForSilence(): Promise<boolean> {
    return Promise.resolve(false)
  }
}

/**
 * The local tracks over all connections of a meeting: taken from the lobby, published at each connect, kept
 * open while the connection is lost, stopped at the end.
 */
export class LocalTracks {
  #tracks = new Map<Track.Source, LocalTrack>()
  /** The latest `publish`. */
  #publishing: Promise<void> | null = null
  #replaced = new Set<Track.Source>()

  /**
   * Takes a track of the preview, before or during the meeting: its prompt may be answered, or another device picked,
   * just when the person joins. Whatever was there for this source gives way.
   */
  async receive(kind: CaptureKind, mediaTrack: MediaStreamTrack, room: Room): Promise<void> {
    const source = kind === 'microphone' ? Track.Source.Microphone : Track.Source.Camera
    const { localParticipant } = room
    const isLate = this.#publishing !== null
    const previous = this.#tracks.get(source)
    const track = this.adopt(kind, mediaTrack)
    await this.#publishing
    await this.replacing(source, async () => {
      if (previous && isLate) await localParticipant.unpublishTrack(previous, true).catch(() => {})
      previous?.stop()
      // While connecting as well: `publish` has run by then, and would not run again for what comes now.
      const isUp = room.state === ConnectionState.Connected || room.state === ConnectionState.Connecting
      if (!isLate || !isUp || !mayPublish(localParticipant, source)) return
      await localParticipant.publishTrack(track).catch(() => this.drop(source))
    })
  }

  /** Makes a LiveKit track of a preview's, which LiveKit from now on mutes, switches and restarts. */
  adopt(kind: CaptureKind, mediaTrack: MediaStreamTrack): LocalTrack {
    const isMuted = !mediaTrack.enabled
    const track =
      kind === 'microphone'
        ? new MicrophoneTrack(mediaTrack, undefined, false)
        : new LocalVideoTrack(mediaTrack, undefined, false)
    track.source = kind === 'microphone' ? Track.Source.Microphone : Track.Source.Camera
    if (isMuted) void track.mute()
    this.#tracks.set(track.source, track)
    return track
  }

  /** While `act` runs, a track of the source that is unpublished makes room for another and is no loss. */
  async replacing(source: Track.Source, act: () => Promise<void>): Promise<void> {
    this.#replaced.add(source)
    try {
      await act()
    } finally {
      this.#replaced.delete(source)
    }
  }

  isReplacing(source: Track.Source): boolean {
    return this.#replaced.has(source)
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
    this.#publishing = null
    for (const source of this.#tracks.keys()) this.drop(source)
  }

  /**
   * Publishes all at once. What the role may not publish is stopped, and so is a camera that was off: it is
   * opened anew when wanted. One that fails leaves the others.
   */
  publish(room: Room): Promise<void> {
    this.#publishing = this.#publish(room)
    return this.#publishing
  }

  async #publish(room: Room): Promise<void> {
    const { localParticipant } = room
    const due = PUBLISH_ORDER.flatMap((source) => this.#tracks.get(source) ?? []).filter((track) => {
      const isUsable =
        mayPublish(localParticipant, track.source) && track.mediaStreamTrack.readyState === 'live'
      if (!isUsable) this.drop(track.source)
      return isUsable
    })
    coming.set(localParticipant, new Map(due.map((track) => [track.source, track])))
    const results = await Promise.allSettled(due.map((track) => localParticipant.publishTrack(track)))
    coming.delete(localParticipant)
    results.forEach((result, index) => {
      const track = due[index]
      // Lost with the connection: it is published at the next one.
      if (result.status === 'rejected' && track && room.state === ConnectionState.Connected)
        this.drop(track.source)
    })
    announceChange(localParticipant)
  }

  /** Mutes or unmutes what is on its way; false where nothing is. */
  async setComing(participant: LocalParticipant, source: Track.Source, isOn: boolean): Promise<boolean> {
    const track = comingTrack(participant, source)
    if (!track || participant.getTrackPublication(source)) return false
    await (isOn ? track.unmute() : track.mute())
    announceChange(participant)
    await this.#publishing
    return true
  }
}

/** Whether LiveKit's grant lets this participant publish the source. */
export const mayPublish = ({ permissions }: LocalParticipant, source: Track.Source): boolean => {
  if (!permissions?.canPublish) return false
  const allowed = permissions.canPublishSources
  return allowed.length === 0 || allowed.includes(Track.sourceToProto(source))
}
