import { LogOut, PhoneOff } from 'lucide-react'
import { useTranslation } from '../../../locales/use-translation.ts'
import styles from '../CallBar.module.css'
import { ConfirmDialog } from '../ConfirmDialog.tsx'
import { useCall, useSession } from '../context.ts'
import { Split } from './Split.tsx'

export function LeaveButton({ hasMenu, onEnd }: { hasMenu: boolean; onEnd: () => void }) {
  const { t } = useTranslation()
  const { session } = useCall()
  const mayEnd = useSession(({ permissions }) => permissions.meetingEnd)
  return (
    <Split
      hasMenu={hasMenu && mayEnd}
      isDanger
      label={t('call.leaveMenu')}
      items={[
        {
          kind: 'action',
          id: 'leave-option',
          label: t('call.leaveOnly'),
          icon: LogOut,
          onSelect: () => session.leave(),
        },
        {
          kind: 'action',
          id: 'end-option',
          label: t('call.endForAll'),
          icon: PhoneOff,
          isDanger: true,
          onSelect: onEnd,
        },
      ]}
    >
      <button
        id="leave-btn"
        type="button"
        className={styles.leave}
        aria-label={t('call.leave')}
        title={t('call.leave')}
        onClick={() => session.leave()}
      >
        <PhoneOff aria-hidden />
      </button>
    </Split>
  )
}

export function EndForAll({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const { session, notices } = useCall()
  const end = async () => {
    try {
      await session.endForAll()
    } catch {
      notices.show(t('call.someoneEndFailed'), { tone: 'problem' })
    }
  }
  return (
    <ConfirmDialog
      title={t('call.endTitle')}
      text={t('call.endText')}
      confirmLabel={t('call.endForAll')}
      onConfirm={() => void end()}
      onClose={onClose}
    />
  )
}
