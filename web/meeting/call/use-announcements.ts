import {
  ConnectionState,
  ParticipantEvent,
  RoomEvent,
  Track,
  type RemoteParticipant,
  type RemoteTrackPublication,
} from 'livekit-client'
import { useEffect } from 'react'
import { useTranslation } from '../../locales/use-translation.ts'
import type { CallParts } from './context.ts'

/** Tells screen readers what others see happen. */
export const useAnnouncements = ({ room, session, announcer, notices }: CallParts): void => {
  const { t } = useTranslation()

  useEffect(() => {
    const roomName = session.state.room?.roomName
    announcer.say(roomName ? t('announce.joined', { room: roomName }) : t('announce.joinedUnnamed'))
  }, [session, announcer, t])

  useEffect(() => {
    // LiveKit reports everybody as gone and come again when it reconnects in full; nobody was gone.
    const known = new Set(room.remoteParticipants.keys())
    const onJoined = ({ identity, name }: RemoteParticipant) => {
      if (known.has(identity)) return
      known.add(identity)
      announcer.say(t('announce.participantJoined', { name: name || identity }), 'join')
    }
    const onLeft = ({ identity, name }: RemoteParticipant) =>
      setTimeout(() => {
        if (
          room.state !== ConnectionState.Connected ||
          room.remoteParticipants.has(identity) ||
          !known.delete(identity)
        )
          return
        announcer.say(t('announce.participantLeft', { name: name || identity }), 'leave')
      })
    const onShare =
      (key: 'shareStarted' | 'shareStopped') =>
      (publication: RemoteTrackPublication, by: RemoteParticipant) => {
        if (publication.source !== Track.Source.ScreenShare || room.state !== ConnectionState.Connected)
          return
        announcer.say(t(`announce.${key}`, { name: by.name || by.identity }), 'shares')
      }
    const onStarted = onShare('shareStarted')
    const onStopped = onShare('shareStopped')
    room
      .on(RoomEvent.ParticipantConnected, onJoined)
      .on(RoomEvent.ParticipantDisconnected, onLeft)
      .on(RoomEvent.TrackPublished, onStarted)
      .on(RoomEvent.TrackUnpublished, onStopped)
    return () => {
      room
        .off(RoomEvent.ParticipantConnected, onJoined)
        .off(RoomEvent.ParticipantDisconnected, onLeft)
        .off(RoomEvent.TrackPublished, onStarted)
        .off(RoomEvent.TrackUnpublished, onStopped)
    }
  }, [room, announcer, t])

  useEffect(() => {
    const own = room.localParticipant
    // Said from what LiveKit reports, so that a mute from elsewhere is heard too.
    const say = (source: Track.Source, isOn: boolean) => {
      if (source === Track.Source.Microphone)
        announcer.say(t(isOn ? 'announce.microphoneOn' : 'announce.microphoneOff'), 'own')
      if (source === Track.Source.Camera)
        announcer.say(t(isOn ? 'announce.cameraOn' : 'announce.cameraOff'), 'own')
    }
    const onMuted = ({ source }: { source: Track.Source }) => say(source, false)
    const onUnmuted = ({ source }: { source: Track.Source }) => say(source, true)
    const onPublished = ({ source }: { source: Track.Source }) => {
      if (source === Track.Source.ScreenShare) announcer.say(t('announce.sharing'), 'own')
    }
    const onUnpublished = ({ source }: { source: Track.Source }) => {
      if (source === Track.Source.ScreenShare) announcer.say(t('announce.sharingStopped'), 'own')
    }
    own
      .on(ParticipantEvent.TrackMuted, onMuted)
      .on(ParticipantEvent.TrackUnmuted, onUnmuted)
      .on(ParticipantEvent.LocalTrackPublished, onPublished)
      .on(ParticipantEvent.LocalTrackUnpublished, onUnpublished)
    return () => {
      own
        .off(ParticipantEvent.TrackMuted, onMuted)
        .off(ParticipantEvent.TrackUnmuted, onUnmuted)
        .off(ParticipantEvent.LocalTrackPublished, onPublished)
        .off(ParticipantEvent.LocalTrackUnpublished, onUnpublished)
    }
  }, [room, announcer, t])

  useEffect(
    () =>
      session.store.subscribe((now, before) => {
        if (now.phase === 'connected' && before.phase === 'reconnecting')
          announcer.say(t('announce.reconnected'))
        if (now.badge === before.badge || before.phase !== now.phase) return
        // Their eyes should not find new buttons without a word; a notice is read out, too.
        if (now.badge === 'moderator') notices.show(t('announce.promoted'))
        else if (now.badge === 'other') notices.show(t('announce.demoted'))
      }),
    [session, announcer, notices, t],
  )
}
