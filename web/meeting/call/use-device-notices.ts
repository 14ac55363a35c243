import {
  ParticipantEvent,
  RoomEvent,
  Track,
  TrackEvent,
  type LocalTrackPublication,
  type TrackPublication,
} from 'livekit-client'
import { useEffect } from 'react'
import { useTranslation } from '../../locales/use-translation.ts'
import { BROWSER_KIND, deviceChanges, queryPermission, type DeviceKind } from '../../lobby/index.ts'
import type { CallParts } from './context.ts'

const RECENT_MS = 3_000

/**
 * Says so when a device has ended by itself (unplugged, its permission taken back): which one LiveKit has taken in its
 * place, or that there is none, in which case it mutes the track.
 */
const useLostDevices = ({ room, controls, notices }: CallParts): void => {
  const { t } = useTranslation()
  useEffect(() => {
    const own = room.localParticipant
    const ended = new WeakSet<Track>()
    const watch = ({ track }: LocalTrackPublication) =>
      track
        ?.on(TrackEvent.Ended, () => ended.add(track))
        .on(TrackEvent.Restarted, () => {
          if (!ended.delete(track)) return
          notices.show(t('notice.deviceUsed', { device: track.mediaStreamTrack.label }))
        })
    const onMuted = async ({ track, source }: TrackPublication) => {
      if (!track || !ended.delete(track)) return
      const kind = source === Track.Source.Microphone ? 'microphone' : 'camera'
      controls.report(kind, (await queryPermission(kind)) === 'granted' ? 'missing' : 'denied')
    }
    own.on(ParticipantEvent.LocalTrackPublished, watch).on(ParticipantEvent.TrackMuted, onMuted)
    for (const publication of own.trackPublications.values()) watch(publication)
    return () => {
      own.off(ParticipantEvent.LocalTrackPublished, watch).off(ParticipantEvent.TrackMuted, onMuted)
    }
  }, [room, controls, notices, t])
}

/** Says which device came, went or is used now, and offers a new one. */
export const useDeviceNotices = (parts: CallParts): void => {
  const { media, room, controls, notices } = parts
  useLostDevices(parts)
  const { t } = useTranslation()
  useEffect(() => {
    const use = async (kind: DeviceKind, id: string, device: string) => {
      const isUsed = await controls.pick(kind, id)
      if (isUsed) notices.show(t('notice.deviceUsed', { device }))
      else notices.show(t('notice.deviceFailed'), { tone: 'problem' })
    }
    const unsubscribe = media.store.subscribe((now, before) => {
      for (const { kind, added, removed } of deviceChanges(before.devices, now.devices)) {
        for (const { id, label } of added) {
          notices.show(t('notice.deviceAdded', { device: label || t(`lobby.${kind}`) }), {
            action: { label: t('notice.use'), run: () => void use(kind, id, label) },
          })
        }
        for (const { label } of removed) {
          notices.show(t('notice.deviceRemoved', { device: label || t(`lobby.${kind}`) }))
        }
      }
    })
    let pluggedAt = -Infinity
    const onPlugged = () => (pluggedAt = performance.now())
    // The system's default has become another device. LiveKit says so of each first use as well, which is no news.
    const onActive = (browserKind: MediaDeviceKind, deviceId: string) => {
      if (performance.now() - pluggedAt > RECENT_MS) return
      const kind = (Object.keys(BROWSER_KIND) as DeviceKind[]).find(
        (one) => BROWSER_KIND[one] === browserKind,
      )
      const device = kind && media.state.devices[kind].find(({ id }) => id === deviceId)
      if (device) notices.show(t('notice.deviceUsed', { device: device.label }))
    }
    navigator.mediaDevices?.addEventListener('devicechange', onPlugged)
    room.on(RoomEvent.ActiveDeviceChanged, onActive)
    const onBusy = () => notices.show(t('notice.cpu'))
    room.localParticipant.on(ParticipantEvent.LocalTrackCpuConstrained, onBusy)
    return () => {
      room.localParticipant.off(ParticipantEvent.LocalTrackCpuConstrained, onBusy)
      unsubscribe()
      navigator.mediaDevices?.removeEventListener('devicechange', onPlugged)
      room.off(RoomEvent.ActiveDeviceChanged, onActive)
    }
  }, [media, room, controls, notices, t])
}
