import { MonitorUp, MonitorX } from 'lucide-react'
import { useStore } from 'zustand/react'
import { useTranslation } from '../../../locales/use-translation.ts'
import { useCall, useParticipant } from '../context.ts'
import type { MenuItem } from '../Menu.tsx'
import { Round } from './Round.tsx'
import { useRefusal } from './use-refusal.ts'

export function ShareButton() {
  const { t } = useTranslation()
  const { room, controls } = useCall()
  const { isSharing } = useParticipant(room.localParticipant)
  const isBusy = useStore(controls.store, ({ screen }) => screen)
  const refusal = useRefusal('screen')
  return (
    <Round
      id="screenshare-btn"
      label={t(isSharing ? 'call.stopShare' : 'call.share')}
      shortcut="S"
      isActive={isSharing}
      isBusy={isBusy}
      refusal={isSharing ? undefined : refusal}
      onClick={() => void controls.toggleShare()}
    >
      {isSharing ? <MonitorX aria-hidden /> : <MonitorUp aria-hidden />}
    </Round>
  )
}

/** {@link ShareButton} as an item of a menu, for who may use it now. */
export function useShareItems(): MenuItem[] {
  const { t } = useTranslation()
  const { room, controls } = useCall()
  const { isSharing } = useParticipant(room.localParticipant)
  const refusal = useRefusal('screen')
  if (!isSharing && refusal !== undefined) return []
  return [
    {
      kind: 'action',
      id: 'screenshare-btn',
      label: t(isSharing ? 'call.stopShare' : 'call.share'),
      icon: isSharing ? MonitorX : MonitorUp,
      onSelect: () => void controls.toggleShare(),
    },
  ]
}
