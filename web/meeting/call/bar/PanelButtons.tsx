import { MessageSquare, Users } from 'lucide-react'
import { useStore } from 'zustand/react'
import { useTranslation } from '../../../locales/use-translation.ts'
import styles from '../CallBar.module.css'
import { useCall, useParticipants } from '../context.ts'
import { Round } from './Round.tsx'

export function ChatButton({ isOpen, onClick }: { isOpen: boolean; onClick: () => void }) {
  const { t } = useTranslation()
  const { chat } = useCall()
  const unread = useStore(chat.store, ({ unread }) => unread)
  return (
    <Round
      id="chat-panel-btn"
      label={unread > 0 ? t('call.chatUnread', { count: unread }) : t('call.chat')}
      shortcut="C"
      isActive={isOpen}
      expanded={isOpen}
      onClick={onClick}
    >
      <MessageSquare aria-hidden />
      {unread > 0 && <span className={styles.badge}>{unread > 99 ? '99+' : unread}</span>}
    </Round>
  )
}

export function PeopleButton({ isOpen, onClick }: { isOpen: boolean; onClick: () => void }) {
  const { t } = useTranslation()
  const { knocks } = useCall()
  const count = useParticipants().length
  const waiting = useStore(knocks.store, (state) => state.knocks.length)
  return (
    <Round
      id="participants-panel-btn"
      label={waiting > 0 ? t('call.peopleWaiting', { count: waiting }) : t('call.peopleCount', { count })}
      shortcut="P"
      isActive={isOpen}
      expanded={isOpen}
      onClick={onClick}
    >
      <Users aria-hidden />
      <span className={waiting > 0 ? styles.badge : styles.count} aria-hidden="true">
        {waiting > 0 ? waiting : count}
      </span>
    </Round>
  )
}
