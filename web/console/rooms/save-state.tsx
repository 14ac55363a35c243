import { Check } from 'lucide-react'
import { useText } from '../../locales/console.ts'
import styles from './room-page.module.css'

/** Beside what is saved by itself: that it is being saved, or was. A fault is told by a toast. */
export function SaveState({ of }: { of: { status: 'idle' | 'pending' | 'success' | 'error' }[] }) {
  const { t } = useText()
  const isSaving = of.some(({ status }) => status === 'pending')
  const isSaved = !isSaving && of.some(({ status }) => status === 'success')
  return (
    <span className={styles.saveState} role="status">
      {isSaving && t('room.saving')}
      {isSaved && (
        <>
          <Check aria-hidden="true" />
          {t('room.saved')}
        </>
      )}
    </span>
  )
}
