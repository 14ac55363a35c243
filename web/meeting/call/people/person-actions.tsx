import type { Participant } from 'livekit-client'
import {
  Hand,
  MicOff,
  MonitorX,
  Pin,
  PinOff,
  ShieldCheck,
  ShieldMinus,
  Sparkles,
  Mic,
  UserRoundX,
  Video,
  VideoOff,
  type LucideIcon,
} from 'lucide-react'
import { useTranslation } from '../../../locales/use-translation.ts'
import { useStore } from 'zustand/react'
import type { MediaChange } from '../../api.ts'
import { useCall, useMeetingState, useParticipant, useSession } from '../context.ts'
import type { MenuItem } from '../Menu.tsx'

/**
 * What this person may do with one participant, as menu entries in the order of how often they are wanted. `tileId`:
 * the tile that is pinned by it.
 */
export const usePersonActions = (
  participant: Participant,
  name: string,
  tileId = `camera:${participant.identity}`,
): MenuItem[] => {
  const { t } = useTranslation()
  const { act, stage, roster, confirmation } = useCall()
  const entry = useStore(roster.store, ({ byIdentity }) => byIdentity.get(participant.identity))
  const view = useParticipant(participant)
  const permissions = useSession((state) => state.permissions)
  const isRaised = useMeetingState(({ hands }) => hands.includes(participant.identity))
  const isSpotlit = useMeetingState(({ spotlight }) => spotlight === participant.identity)
  const locks = useMeetingState((state) => state.locks)
  const isPinned = useStore(stage.store, ({ pinnedId }) => pinnedId === tileId)
  const { identity } = participant
  const isOther = !view.isLocal
  /** Whose rights nobody locks; unknown ones are asked all the same. */
  const isModerator = entry !== undefined && entry.badge !== 'other'

  const action = (label: string, icon: LucideIcon, onSelect: () => void): MenuItem => ({
    kind: 'action',
    label,
    icon,
    onSelect,
  })
  const setMedia = (change: MediaChange) => () =>
    void act((api, roomId, token) => api.setMedia(roomId, token, identity, change))
  const setRole = (role: 'upgrade' | 'downgrade') => () =>
    void act((api, roomId, token) => api.setRole(roomId, token, identity, role))

  const items: MenuItem[] = []
  items.push(
    action(t(isPinned ? 'tile.unpin' : 'tile.pin'), isPinned ? PinOff : Pin, () => stage.togglePin(tileId)),
  )
  if (permissions.participantKick && isOther) {
    if (view.isMicrophoneOn) items.push(action(t('people.mute'), MicOff, setMedia({ audio: 'off' })))
    else if (!locks.audio || isModerator)
      items.push(action(t('people.askUnmute'), Mic, setMedia({ audio: 'ask' })))
    if (view.isCameraOn) items.push(action(t('people.stopCamera'), VideoOff, setMedia({ video: 'off' })))
    else if (!locks.video || isModerator)
      items.push(action(t('people.askCamera'), Video, setMedia({ video: 'ask' })))
    if (view.isSharing) items.push(action(t('people.stopShare'), MonitorX, setMedia({ screen: 'off' })))
  }
  if (isRaised && (view.isLocal || permissions.participantPromote))
    items.push(
      action(t('people.lowerHand'), Hand, () => {
        void act((api, roomId, token) =>
          view.isLocal ? api.setOwnHand(roomId, token, false) : api.lowerHand(roomId, token, identity),
        )
      }),
    )
  if (permissions.participantPromote)
    items.push(
      action(t(isSpotlit ? 'people.spotlightOff' : 'people.spotlightOn'), Sparkles, () => {
        void act((api, roomId, token) => api.setSpotlight(roomId, token, isSpotlit ? null : identity))
      }),
    )
  if (permissions.participantPromote && isOther && entry?.badge === 'other')
    items.push(action(t('people.promote'), ShieldCheck, setRole('upgrade')))
  // Only a role given in this meeting can be taken back in it.
  if (permissions.participantPromote && isOther && entry?.isPromotedModerator)
    items.push(action(t('people.demote'), ShieldMinus, setRole('downgrade')))
  if (permissions.participantKick && isOther)
    items.push({
      kind: 'action',
      label: t('people.kick'),
      icon: UserRoundX,
      isDanger: true,
      onSelect: () =>
        confirmation.ask({
          title: t('people.kickTitle', { name }),
          text: t('people.kickText'),
          confirmLabel: t('people.kickConfirm'),
          onConfirm: () => void act((api, roomId, token) => api.kick(roomId, token, identity)),
        }),
    })
  return items
}
