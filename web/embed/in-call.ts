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
import type { MediaBusy } from '../meeting/call/media-controls.ts'
import { watchParticipant } from '../meeting/call/participant-view.ts'
import type { Answers, Bridge, Handlers } from './bridge.ts'
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
  const stops = [
    bridge.attach(handlersOf(call), answersOf(call.parts)),
    tellOfParticipants(bridge, call.parts.room),
    tellOfTracks(bridge, call.parts.room),
    tellOfRoom(bridge, call.parts),
  ]
  return () => stops.forEach((stop) => stop())
}

const handlersOf = ({ parts, openPanel }: CallControls): Handlers => {
  const { session, room, controls, stage, chat } = parts
  const may = (permission: 'mediaPublishAudio' | 'mediaPublishVideo' | 'mediaShareScreen') =>
    session.state.permissions[permission]
  const now = () => watchParticipant(room.localParticipant).getSnapshot()
  /** A press while the one before is under way is dropped; a command waits for its turn. */
  const free = (device: keyof MediaBusy) =>
    new Promise<void>((resolve) => {
      const { store } = controls
      if (!store.getState()[device]) return resolve()
      const stop = store.subscribe((busy) => {
        if (busy[device]) return
        stop()
        resolve()
      })
    })
  /** `wish` null: the other way round. */
  const setMicrophone = async (wish: boolean | null) => {
    await free('microphone')
    const { isMicrophoneOn } = now()
    const isOn = wish ?? !isMicrophoneOn
    if (isOn && !may('mediaPublishAudio')) return 'not_permitted' as const
    if (isOn !== isMicrophoneOn) await controls.toggleMicrophone()
    return null
  }
  const setCamera = async (wish: boolean | null) => {
    await free('camera')
    const { isCameraOn } = now()
    const isOn = wish ?? !isCameraOn
    if (isOn && !may('mediaPublishVideo')) return 'not_permitted' as const
    if (isOn !== isCameraOn) await controls.toggleCamera()
    return null
  }
  const setShare = async (isOn: boolean) => {
    await free('screen')
    if (isOn && !may('mediaShareScreen')) return 'not_permitted' as const
    if (isOn !== now().isSharing) await controls.toggleShare()
    return null
  }
  const pin = (tileId: string | null) => {
    const { pinnedId } = stage.store.getState()
    const change = tileId ?? pinnedId
    if (change !== null && pinnedId !== tileId) stage.togglePin(change)
  }
  return {
    microphoneSet: ({ isOn }) => setMicrophone(isOn),
    microphoneToggle: () => setMicrophone(null),
    cameraSet: ({ isOn }) => setCamera(isOn),
    cameraToggle: () => setCamera(null),
    screenShareStart: () => setShare(true),
    screenShareStop: () => setShare(false),
    deviceSelect: async ({ kind, deviceId }) => {
      return (await controls.pick(kind, deviceId ?? null)) ? null : 'failed'
    },
    participantPin: ({ participantIdentity, source = 'camera' }) => {
      if (!room.getParticipantByIdentity(participantIdentity)) return 'failed'
      pin(`${source === 'screen' ? 'screen' : 'camera'}:${participantIdentity}`)
      return null
    },
    participantUnpin: () => pin(null),
    participantVolume: ({ participantIdentity, volume }) => {
      const participant = room.remoteParticipants.get(participantIdentity)
      if (!participant) return 'failed'
      const heard = Math.min(Math.max(volume, 0), 1)
      participant.setVolume(heard)
      participant.setVolume(heard, Track.Source.ScreenShareAudio)
      return null
    },
    layoutSet: ({ layout }) => stage.setLayout(layout),
    chatSend: ({ text }) => chat.send(text),
    panelOpen: ({ panel }) => openPanel(panel),
    panelClose: () => openPanel(null),
  }
}

const answersOf = ({ room, chat }: CallParts): Answers => ({
  getParticipants: () => [room.localParticipant, ...room.remoteParticipants.values()].map(describe),
  getMessages: () =>
    chat.store.getState().messages.map(({ id, identity, name, text, sentAt }) => ({
      id,
      participantIdentity: identity,
      name,
      text,
      sentAt,
    })),
})

const describe = (participant: LiveKitParticipant): Participant => {
  const { identity, name, isLocal, isMicrophoneOn, isCameraOn, isSharing } =
    watchParticipant(participant).getSnapshot()
  return { identity, name, isLocal, isMicrophoneOn, isCameraOn, isSharing }
}

/** LiveKit reports everybody as gone and come again when it reconnects in full; nobody was gone. */
const tellOfParticipants = (bridge: AnyBridge, room: Room): (() => void) => {
  const known = new Set<string>()
  const onJoined = (participant: RemoteParticipant) => {
    if (known.has(participant.identity)) return
    known.add(participant.identity)
    bridge.emit('participantJoined', { participant: describe(participant) })
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

const tellOfRoom = (bridge: AnyBridge, { room, session, controls, stage }: CallParts): (() => void) => {
  const onSpeakers = (speakers: LiveKitParticipant[]) =>
    bridge.emit('activeSpeakersChanged', { participantIdentities: speakers.map(({ identity }) => identity) })
  const onRecording = (isOn: boolean) =>
    void session.request((_api, roomId) => {
      bridge.emit(isOn ? 'recordingStarted' : 'recordingStopped', { roomId })
      return Promise.resolve()
    })
  if (room.isRecording) onRecording(true)
  room.on(RoomEvent.ActiveSpeakersChanged, onSpeakers).on(RoomEvent.RecordingStatusChanged, onRecording)
  const stopChat = session.listen((message) => {
    if (message.type !== 'chat.messages') return
    for (const { id, identity, name, text, sentAt } of message.messages)
      bridge.emit('chatMessage', { id, participantIdentity: identity, name, text, sentAt })
  })
  const stopLayout = stage.store.subscribe(({ layout }, before) => {
    if (layout !== before.layout) bridge.emit('layoutChanged', { layout })
  })
  const stopFaults = controls.listen((device, fault) => bridge.emit('deviceFailed', { device, fault }))
  return () => {
    room.off(RoomEvent.ActiveSpeakersChanged, onSpeakers).off(RoomEvent.RecordingStatusChanged, onRecording)
    stopChat()
    stopLayout()
    stopFaults()
  }
}
