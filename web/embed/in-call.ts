import {
  ConnectionState,
  RoomEvent,
  Track,
  type Participant as LiveKitParticipant,
  type RemoteParticipant,
  type Room,
  type TrackPublication,
} from 'livekit-client'
import type { CallParts } from '../meeting/call/context.ts'
import { watchParticipant } from '../meeting/call/participant-view.ts'
import { isReaction } from '../meeting/call/reactions/reactions.ts'
import type { Locks } from '../meeting/messages.ts'
import type { RunningRecording } from '../meeting/recording/recording-state.ts'
import type { Answers, Bridge, CallState } from './bridge.ts'
import { commandsOf, LOCKS } from './call-commands.ts'
import type { Participant, TypesByName } from './contract.ts'

type Panel = TypesByName['Panel']
type Source = TypesByName['Source']
type AnyBridge = Pick<Bridge, 'attach' | 'emit'>

/** What the call lends to the page around it. */
export interface CallControls {
  parts: CallParts
  openPanel: (panel: Panel | null) => void
}

const SOURCES: Partial<Record<Track.Source, Source>> = {
  [Track.Source.Microphone]: 'microphone',
  [Track.Source.Camera]: 'camera',
  [Track.Source.ScreenShare]: 'screen',
  [Track.Source.ScreenShareAudio]: 'screenAudio',
}

/** Carries out what the host asks of a call, and tells it what happens there. Returns the way to stop. */
export const attachCall = (bridge: AnyBridge, call: CallControls): (() => void) => {
  const { parts } = call
  const stops = [
    bridge.attach({ handlers: commandsOf(call), answers: answersOf(parts), state: () => stateOf(parts) }),
    tellOfParticipants(bridge, parts),
    tellOfTracks(bridge, parts.room),
    tellOfState(bridge, parts),
    tellOfRecording(bridge, parts),
    tellOfRoom(bridge, parts),
  ]
  return () => stops.forEach((stop) => stop())
}

const answersOf = (parts: CallParts): Answers => ({
  getParticipants: () =>
    [parts.room.localParticipant, ...parts.room.remoteParticipants.values()].map((one) =>
      describe(parts, one),
    ),
  getMessages: () =>
    parts.chat.store.getState().messages.map(({ id, identity, name, text, sentAt }) => ({
      id,
      participantIdentity: identity,
      name,
      text,
      sentAt,
    })),
})

const stateOf = ({ state, recording }: CallParts): CallState => ({
  isRecording: isOn(recording.store.getState().recording),
  locks: toldLocks(state.current.locks),
  spotlight: state.current.spotlight,
})

/** One that is about to start records nothing yet. */
const isOn = (recording: RunningRecording | null): boolean =>
  recording !== null && recording.status !== 'starting'

const toldLocks = (locks: Locks): TypesByName['Locks'] => ({
  microphone: locks[LOCKS.microphone],
  camera: locks[LOCKS.camera],
  screen: locks[LOCKS.screen],
  chat: locks[LOCKS.chat],
})

const describe = ({ state }: CallParts, participant: LiveKitParticipant): Participant => {
  const { identity, name, isLocal, isMicrophoneOn, isCameraOn, isSharing } =
    watchParticipant(participant).getSnapshot()
  const isHandRaised = state.current.hands.includes(identity)
  return { identity, name, isLocal, isMicrophoneOn, isCameraOn, isSharing, isHandRaised }
}

/** LiveKit reports everybody as gone and come again when it reconnects in full; nobody was gone. */
const tellOfParticipants = (bridge: AnyBridge, parts: CallParts): (() => void) => {
  const { room } = parts
  const known = new Set<string>()
  const onJoined = (participant: RemoteParticipant) => {
    if (known.has(participant.identity)) return
    known.add(participant.identity)
    bridge.emit('participantJoined', { participant: describe(parts, participant) })
  }
  const onLeft = ({ identity, name }: RemoteParticipant) =>
    setTimeout(() => {
      const isGone = room.state === ConnectionState.Connected && !room.remoteParticipants.has(identity)
      if (isGone && known.delete(identity))
        bridge.emit('participantLeft', { participantIdentity: identity, name: name || identity })
    })
  room.remoteParticipants.forEach(onJoined)
  room.on(RoomEvent.ParticipantConnected, onJoined).on(RoomEvent.ParticipantDisconnected, onLeft)
  return () => {
    room.off(RoomEvent.ParticipantConnected, onJoined).off(RoomEvent.ParticipantDisconnected, onLeft)
  }
}

const tellOfTracks = (bridge: AnyBridge, room: Room): (() => void) => {
  const tell =
    (event: 'trackPublished' | 'trackUnpublished' | 'trackMuted' | 'trackUnmuted') =>
    (publication: TrackPublication, { identity, isLocal }: LiveKitParticipant) => {
      const source = SOURCES[publication.source]
      if (source) bridge.emit(event, { participantIdentity: identity, source, isLocal })
    }
  const published = tell('trackPublished')
  const unpublished = tell('trackUnpublished')
  const muted = tell('trackMuted')
  const unmuted = tell('trackUnmuted')
  const own = room.localParticipant
  for (const publication of own.trackPublications.values()) published(publication, own)
  for (const participant of room.remoteParticipants.values())
    for (const publication of participant.trackPublications.values()) published(publication, participant)
  room
    .on(RoomEvent.TrackPublished, published)
    .on(RoomEvent.LocalTrackPublished, published)
    .on(RoomEvent.TrackUnpublished, unpublished)
    .on(RoomEvent.LocalTrackUnpublished, unpublished)
    .on(RoomEvent.TrackMuted, muted)
    .on(RoomEvent.TrackUnmuted, unmuted)
  return () => {
    room
      .off(RoomEvent.TrackPublished, published)
      .off(RoomEvent.LocalTrackPublished, published)
      .off(RoomEvent.TrackUnpublished, unpublished)
      .off(RoomEvent.LocalTrackUnpublished, unpublished)
      .off(RoomEvent.TrackMuted, muted)
      .off(RoomEvent.TrackUnmuted, unmuted)
  }
}

/** Hands, spotlight and locks; what has long been so when this person comes is no news. */
const tellOfState = (bridge: AnyBridge, { state }: CallParts): (() => void) =>
  state.store.subscribe((now, before) => {
    if (before.version < 0) return
    if (now.hands.join(' ') !== before.hands.join(' '))
      bridge.emit('handsChanged', { participantIdentities: [...now.hands] })
    if (now.spotlight !== before.spotlight)
      bridge.emit('spotlightChanged', { participantIdentity: now.spotlight })
    const locks = toldLocks(now.locks)
    if (JSON.stringify(locks) !== JSON.stringify(toldLocks(before.locks)))
      bridge.emit('locksChanged', { locks })
  })

/** As the page itself shows it. LiveKit's own word for it is not heard here: only some recorders give it. */
const tellOfRecording = (bridge: AnyBridge, { recording, session }: CallParts): (() => void) => {
  let told: string | null = null
  const tell = (event: 'recordingStarted' | 'recordingStopped', recordingId: string) =>
    void session.request((_api, roomId) => {
      bridge.emit(event, { roomId, recordingId })
      return Promise.resolve()
    })
  const compare = (running: RunningRecording | null) => {
    const recordingId = isOn(running) ? (running?.recordingId ?? null) : null
    if (recordingId === told) return
    if (told !== null) tell('recordingStopped', told)
    if (recordingId !== null) tell('recordingStarted', recordingId)
    told = recordingId
  }
  compare(recording.store.getState().recording)
  return recording.store.subscribe((now) => compare(now.recording))
}

const tellOfRoom = (bridge: AnyBridge, { room, session, controls, stage }: CallParts): (() => void) => {
  const onSpeakers = (speakers: LiveKitParticipant[]) =>
    bridge.emit('activeSpeakersChanged', { participantIdentities: speakers.map(({ identity }) => identity) })
  room.on(RoomEvent.ActiveSpeakersChanged, onSpeakers)
  const stopMessages = session.listen((message) => {
    if (message.type === 'meeting.reaction' && isReaction(message.reaction))
      bridge.emit('reactionShown', { participantIdentity: message.identity, reaction: message.reaction })
    if (message.type !== 'chat.messages') return
    for (const { id, identity, name, text, sentAt } of message.messages)
      bridge.emit('chatMessage', { id, participantIdentity: identity, name, text, sentAt })
  })
  const stopLayout = stage.store.subscribe(({ layout }, before) => {
    if (layout !== before.layout) bridge.emit('layoutChanged', { layout })
  })
  const stopFaults = controls.listen((device, fault) => bridge.emit('deviceFailed', { device, fault }))
  return () => {
    room.off(RoomEvent.ActiveSpeakersChanged, onSpeakers)
    stopMessages()
    stopLayout()
    stopFaults()
  }
}
