import {
  type ConnectionQuality,
  ParticipantEvent,
  Track,
  type LocalTrack,
  type Participant,
  type RemoteTrack,
  type TrackPublication,
} from 'livekit-client'
import { comingTrack } from './local-tracks.ts'

/** All that is shown of one participant. */
export interface ParticipantView {
  identity: string
  name: string
  isLocal: boolean
  isSpeaking: boolean
  quality: ConnectionQuality
  isMicrophoneOn: boolean
  isCameraOn: boolean
  isSharing: boolean
  /** Null while off, not yet subscribed, or paused for want of bandwidth. */
  camera: LocalTrack | RemoteTrack | null
  screen: LocalTrack | RemoteTrack | null
}

interface Watcher {
  subscribe: (onChange: () => void) => () => void
  getSnapshot: () => ParticipantView
}

const EVENTS = [
  ParticipantEvent.TrackPublished,
  ParticipantEvent.TrackUnpublished,
  ParticipantEvent.LocalTrackPublished,
  ParticipantEvent.LocalTrackUnpublished,
  ParticipantEvent.TrackSubscribed,
  ParticipantEvent.TrackUnsubscribed,
  ParticipantEvent.TrackMuted,
  ParticipantEvent.TrackUnmuted,
  ParticipantEvent.TrackStreamStateChanged,
  ParticipantEvent.IsSpeakingChanged,
  ParticipantEvent.ConnectionQualityChanged,
  ParticipantEvent.ParticipantNameChanged,
] as const

const watchers = new WeakMap<Participant, Watcher>()

/**
 * The store of one participant for useSyncExternalStore. LiveKit's object stays the truth: the snapshot is
 * read from it at each event and is the same object until something shown has changed, so a change renders
 * this participant's tile and nothing else.
 */
export const watchParticipant = (participant: Participant): Watcher => {
  const known = watchers.get(participant)
  if (known) return known
  let view = viewOf(participant)
  const watcher: Watcher = {
    subscribe: (onChange) => {
      for (const event of EVENTS) participant.on(event, onChange)
      return () => {
        for (const event of EVENTS) participant.off(event, onChange)
      }
    },
    getSnapshot: () => {
      const now = viewOf(participant)
      if (!isSame(view, now)) view = now
      return view
    },
  }
  watchers.set(participant, watcher)
  return watcher
}

const viewOf = (participant: Participant): ParticipantView => {
  const camera = participant.getTrackPublication(Track.Source.Camera)
  const comingCamera = camera ? undefined : comingTrack(participant, Track.Source.Camera)
  const comingMicrophone = participant.getTrackPublication(Track.Source.Microphone)
    ? undefined
    : comingTrack(participant, Track.Source.Microphone)
  const screen = participant.getTrackPublication(Track.Source.ScreenShare)
  return {
    identity: participant.identity,
    name: participant.name || participant.identity,
    isLocal: participant.isLocal,
    isSpeaking: participant.isSpeaking && participant.isMicrophoneEnabled,
    quality: participant.connectionQuality,
    isMicrophoneOn: comingMicrophone ? !comingMicrophone.isMuted : participant.isMicrophoneEnabled,
    isCameraOn: comingCamera ? !comingCamera.isMuted : participant.isCameraEnabled,
    isSharing: screen !== undefined && !screen.isMuted,
    camera: comingCamera ? (comingCamera.isMuted ? null : comingCamera) : trackOf(camera),
    screen: trackOf(screen),
  }
}

const trackOf = (publication: TrackPublication | undefined): LocalTrack | RemoteTrack | null => {
  const track = publication?.track
  if (!track || publication.isMuted || track.streamState === Track.StreamState.Paused) return null
  // Every published track is one of the two; the class in between has no subclasses of its own.
  return track as LocalTrack | RemoteTrack
}

const isSame = (a: ParticipantView, b: ParticipantView): boolean =>
  (Object.keys(a) as (keyof ParticipantView)[]).every((key) => Object.is(a[key], b[key]))
