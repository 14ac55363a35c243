import { X } from 'lucide-react'
import { useTranslation } from '../../locales/use-translation.ts'
import { classNames } from '../../ui/class-names.ts'
import styles from './CloseButton.module.css'

/** The cross in the corner of a panel or sheet. */
export function CloseButton({ className, onClick }: { className?: string; onClick: () => void }) {
  const { t } = useTranslation()
  const label = t('call.close')
  return (
    <button
      type="button"
      className={classNames(styles.close, className)}
      aria-label={label}
      title={label}
      onClick={onClick}
    >
      <X aria-hidden />
    </button>
  )
}
