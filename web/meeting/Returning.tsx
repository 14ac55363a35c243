import { useTranslation } from '../locales/use-translation.ts'
import styles from './Returning.module.css'

/** For the second or two between a reload and being back in the meeting. */
export function Returning() {
  const { t } = useTranslation()
  return (
    <main className={styles.page}>
      <span className={styles.spinner} aria-hidden="true" />
      <p role="status">{t('lobby.returning')}</p>
    </main>
  )
}
