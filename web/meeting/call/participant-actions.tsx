import { ShieldCheck, ShieldMinus, UserRoundX } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand/react'
import type { MeetingApi } from '../api.ts'
import { ConfirmDialog } from './ConfirmDialog.tsx'
import { useCall, useSession } from './context.ts'
import type { MenuItem } from './Menu.tsx'

/** What one may do with another participant, as menu entries, and the dialog that some of them ask with. */
export const useParticipantActions = (
  identity: string,
  name: string,
): { items: MenuItem[]; dialog: ReactNode } => {
  const { t } = useTranslation()
  const { session, notices, roster } = useCall()
  const entry = useStore(roster.store, ({ byIdentity }) => byIdentity.get(identity))
  const permissions = useSession((state) => state.permissions)
  const [isKicking, setKicking] = useState(false)

  const act = async (call: (api: MeetingApi, roomId: string, token: string) => Promise<void>) => {
    try {
      await session.request(call)
    } catch {
      notices.show(t('people.failed'), { tone: 'problem' })
    }
  }
  const setRole = (action: 'upgrade' | 'downgrade') =>
    void act((api, roomId, token) => api.setRole(roomId, token, identity, action))

  const items: MenuItem[] = []
  if (permissions.participantPromote && entry?.badge === 'other') {
    items.push({
      kind: 'action',
      label: t('people.promote'),
      icon: ShieldCheck,
      onSelect: () => setRole('upgrade'),
    })
  }
  // Only a role given in this meeting can be taken back in it.
  if (permissions.participantPromote && entry?.isPromotedModerator) {
    items.push({
      kind: 'action',
      label: t('people.demote'),
      icon: ShieldMinus,
      onSelect: () => setRole('downgrade'),
    })
  }
  if (permissions.participantKick) {
    items.push({
      kind: 'action',
      label: t('people.kick'),
      icon: UserRoundX,
      isDanger: true,
      onSelect: () => setKicking(true),
    })
  }
  const dialog = isKicking && (
    <ConfirmDialog
      title={t('people.kickTitle', { name })}
      text={t('people.kickText')}
      confirmLabel={t('people.kickConfirm')}
      onConfirm={() => void act((api, roomId, token) => api.kick(roomId, token, identity))}
      onClose={() => setKicking(false)}
    />
  )
  return { items, dialog }
}
