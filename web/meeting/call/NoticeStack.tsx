import { TriangleAlert, X } from 'lucide-react'
import { useTranslation } from '../../locales/use-translation.ts'
import { useStore } from 'zustand/react'
import { useCall } from './context.ts'
import styles from './NoticeStack.module.css'

export function NoticeStack() {
  const { t } = useTranslation()
  const { notices } = useCall()
  const shown = useStore(notices.store, (state) => state.notices)
  return (
    <div className={styles.stack} role="status">
      {shown.map(({ id, text, tone, action }) => (
        <div key={id} className={styles.notice}>
          {tone === 'problem' && <TriangleAlert aria-hidden />}
          <span className={styles.text}>{text}</span>
          {action && (
            <button
              type="button"
              className={styles.action}
              onClick={() => {
                notices.dismiss(id)
                action.run()
              }}
            >
              {action.label}
            </button>
          )}
          <button
            type="button"
            className={styles.close}
            aria-label={t('notice.dismiss')}
            title={t('notice.dismiss')}
            onClick={() => notices.dismiss(id)}
          >
            <X aria-hidden />
          </button>
        </div>
      ))}
    </div>
  )
}
