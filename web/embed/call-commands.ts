import { Track } from 'livekit-client'
import type { CallParts } from '../meeting/call/context.ts'
import { maySend } from '../meeting/call/may.ts'
import type { MediaBusy } from '../meeting/call/media-controls.ts'
import { watchParticipant } from '../meeting/call/participant-view.ts'
import type { Lock } from '../meeting/messages.ts'
import { hasDeclined } from '../meeting/recording/recording-state.ts'
import type { Handlers } from './bridge.ts'
import type { TypesByName } from './contract.ts'
import type { CallControls } from './in-call.ts'

/*
 * What a host page may have done in a call. By the same ways as the person's own buttons: what they may not do by
 * those, the page around them may not either, and the server refuses it again.
 */

/** The server's words for what people send. */
export const LOCKS = {
  microphone: 'audio',
  camera: 'video',
  screen: 'screen',
  chat: 'chat',
} as const satisfies Record<TypesByName['Lockable'], Lock>

export const commandsOf = (call: CallControls): Handlers => ({
  ...mediaCommands(call.parts),
  ...viewCommands(call),
  ...moderation(call.parts),
  ...takingPart(call.parts),
})

const mediaCommands = ({ session, room, controls, state, recording }: CallParts): Handlers => {
  const may = (kind: Lock) => {
    const { permissions } = session.state
    return maySend(permissions, state.current.locks, hasDeclined(recording.store.getState()), kind) === 'yes'
  }
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
    if (isOn && !may('audio')) return 'not_permitted' as const
    if (isOn !== isMicrophoneOn) await controls.toggleMicrophone()
    return null
  }
  const setCamera = async (wish: boolean | null) => {
    await free('camera')
    const { isCameraOn } = now()
    const isOn = wish ?? !isCameraOn
    if (isOn && !may('video')) return 'not_permitted' as const
    if (isOn !== isCameraOn) await controls.toggleCamera()
    return null
  }
  const setShare = async (isOn: boolean) => {
    await free('screen')
    if (isOn && !may('screen')) return 'not_permitted' as const
    if (isOn !== now().isSharing) await controls.toggleShare()
    return null
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
  }
}

/** For this person only. */
const viewCommands = ({ parts, openPanel }: CallControls): Handlers => {
  const { room, stage } = parts
  const pin = (tileId: string | null) => {
    const { pinnedId } = stage.store.getState()
    const change = tileId ?? pinnedId
    if (change !== null && pinnedId !== tileId) stage.togglePin(change)
  }
  return {
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
    panelOpen: ({ panel }) => openPanel(panel),
    panelClose: () => openPanel(null),
  }
}

const moderation = ({ session, recording }: CallParts): Handlers => {
  const setMedia = (identity: string, source: TypesByName['Stoppable'], wish: 'off' | 'ask') =>
    session.request((api, roomId, token) => api.setMedia(roomId, token, identity, { [LOCKS[source]]: wish }))
  /** `isOn` as it is already: done. While another start or stop is under way nothing is begun. */
  const setRecording = async (isOn: boolean) => {
    const { recording: running, isBusy } = recording.store.getState()
    if ((running !== null) === isOn) return null
    if (isBusy) return 'failed' as const
    await recording.toggle()
    return null
  }
  return {
    participantMute: ({ participantIdentity, source = 'microphone' }) =>
      setMedia(participantIdentity, source, 'off'),
    participantAsk: ({ participantIdentity, source = 'microphone' }) =>
      setMedia(participantIdentity, source, 'ask'),
    participantMuteAll: () => session.request((api, roomId, token) => api.muteAll(roomId, token)),
    participantSpotlight: ({ participantIdentity }) =>
      session.request((api, roomId, token) => api.setSpotlight(roomId, token, participantIdentity ?? null)),
    lockSet: ({ lock, isLocked }) =>
      session.request((api, roomId, token) => api.setLocks(roomId, token, { [LOCKS[lock]]: isLocked })),
    recordingStart: () => setRecording(true),
    recordingStop: () => setRecording(false),
  }
}

const takingPart = ({ session, chat }: CallParts): Handlers => {
  const setOwnHand = (isRaised: boolean) =>
    session.request((api, roomId, token) => api.setOwnHand(roomId, token, isRaised))
  return {
    chatSend: ({ text }) => chat.send(text),
    handRaise: () => setOwnHand(true),
    handLower: async ({ participantIdentity }) => {
      const { identity, permissions } = session.state
      if (participantIdentity === undefined || participantIdentity === identity) {
        await setOwnHand(false)
        return null
      }
      if (!permissions.participantPromote) return 'not_permitted'
      await session.request((api, roomId, token) => api.lowerHand(roomId, token, participantIdentity))
      return null
    },
    reactionSend: ({ reaction }) =>
      session.request((api, roomId, token) => api.react(roomId, token, reaction)),
  }
}
