import { useTranslation } from '../../locales/use-translation.ts'
import { useStore } from 'zustand/react'
import { canChooseSpeaker, type DeviceKind } from '../../lobby/index.ts'
import { useCall, useParticipant } from './context.ts'
import type { MenuItem } from './Menu.tsx'

/** The menu entries for choosing devices of these kinds, the running one marked. */
export const useDeviceItems = (kinds: readonly DeviceKind[]): MenuItem[] => {
  const { t } = useTranslation()
  const { media, preferences, controls, notices, room } = useCall()
  const { devices } = useStore(media.store)
  const picked = useStore(preferences.store)
  const { camera } = useParticipant(room.localParticipant)
  const pick = async (kind: DeviceKind, deviceId: string | null, label: string) => {
    const isUsed = await controls.pick(kind, deviceId)
    if (isUsed) notices.show(t('notice.deviceUsed', { device: label }))
    else notices.show(t('notice.deviceFailed'), { tone: 'problem' })
  }
  return kinds.flatMap((kind): MenuItem[] => {
    const heading: MenuItem = { kind: 'heading', label: t(`lobby.${kind}`) }
    const list = kind === 'speaker' && !canChooseSpeaker() ? [] : devices[kind]
    const saved = picked[`${kind}Id`]
    const chosen =
      kind === 'camera' ? (saved ?? camera?.mediaStreamTrack.getSettings().deviceId ?? null) : saved
    const isKnown = list.some(({ id }) => id === chosen)
    const systemDefault: MenuItem = {
      kind: 'choice',
      label: t('lobby.systemDefault'),
      isChosen: !isKnown,
      onSelect: () => void pick(kind, null, t('lobby.systemDefault')),
    }
    const choices = list.map(({ id, label }, index): MenuItem => {
      const name = label || `${t(`lobby.${kind}`)} ${index + 1}`
      return {
        kind: 'choice',
        label: name,
        isChosen: id === chosen,
        onSelect: () => void pick(kind, id, name),
      }
    })
    // A camera has no meaningful default to go back to.
    const hasDefault = kind !== 'camera' || choices.length === 0
    return [heading, ...(hasDefault ? [systemDefault] : []), ...choices]
  })
}
