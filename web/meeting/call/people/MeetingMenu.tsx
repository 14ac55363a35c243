import { Ellipsis, MicOff } from 'lucide-react'
import { useTranslation } from '../../../locales/use-translation.ts'
import { useCall, useMeetingState, useSession } from '../context.ts'
import { Menu, type MenuItem } from '../Menu.tsx'
import styles from './PeoplePanel.module.css'

const LOCKS = ['audio', 'video', 'screen', 'chat'] as const

/** What a moderator does to everybody at once. A tick means that participants may. */
export function MeetingMenu() {
  const { t } = useTranslation()
  const { act } = useCall()
  const mayModerate = useSession(({ permissions }) => permissions.participantKick)
  const locks = useMeetingState((state) => state.locks)
  if (!mayModerate) return null
  const items: MenuItem[] = [
    {
      kind: 'action',
      label: t('people.muteAll'),
      icon: MicOff,
      onSelect: () => void act((api, roomId, token) => api.muteAll(roomId, token)),
    },
    { kind: 'heading', label: t('locks.title') },
    ...LOCKS.map((lock): MenuItem => ({
      kind: 'switch',
      label: t(`locks.${lock}`),
      isOn: !locks[lock],
      onSelect: () => void act((api, roomId, token) => api.setLocks(roomId, token, { [lock]: !locks[lock] })),
    })),
  ]
  const label = t('people.forAll')
  return (
    <Menu
      label={label}
      items={items}
      renderTrigger={(props) => (
        <button {...props} id="meeting-menu-btn" className={styles.menu} aria-label={label} title={label}>
          <Ellipsis aria-hidden />
        </button>
      )}
    />
  )
}
