import { ParticipantEvent, RoomEvent } from 'livekit-client'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { BROWSER_KIND, deviceChanges, type DeviceKind } from '../../lobby/index.ts'
import type { CallParts } from './context.ts'

const RECENT_MS = 3_000

/** Says which device came, went or is used now, and offers a new one. */
export const useDeviceNotices = ({ media, room, controls, notices }: CallParts): void => {
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
