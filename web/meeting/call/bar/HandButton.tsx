import { Hand } from 'lucide-react'
import { useTranslation } from '../../../locales/use-translation.ts'
import { useCall, useMeetingState, useSession } from '../context.ts'
import type { MenuItem } from '../Menu.tsx'
import { Round } from './Round.tsx'

const useOwnHand = () => {
  const { act } = useCall()
  const identity = useSession((state) => state.identity)
  const isRaised = useMeetingState(({ hands }) => identity !== null && hands.includes(identity))
  const toggle = () => void act((api, roomId, token) => api.setOwnHand(roomId, token, !isRaised))
  return { isRaised, toggle }
}

export function HandButton() {
  const { t } = useTranslation()
  const { isRaised, toggle } = useOwnHand()
  return (
    <Round
      id="hand-btn"
      label={t(isRaised ? 'call.lowerHand' : 'call.raiseHand')}
      shortcut="H"
      isActive={isRaised}
      isPressed={isRaised}
      onClick={toggle}
    >
      <Hand aria-hidden />
    </Round>
  )
}

/** {@link HandButton} as an item of a menu. */
export function useHandItem(): MenuItem {
  const { t } = useTranslation()
  const { isRaised, toggle } = useOwnHand()
  return {
    kind: 'action',
    id: 'hand-btn',
    label: t(isRaised ? 'call.lowerHand' : 'call.raiseHand'),
    icon: Hand,
    onSelect: toggle,
  }
}
