import { useId } from 'react'
import { useTranslation } from '../../locales/use-translation.ts'
import { classNames } from '../../ui/class-names.ts'
import styles from './ConfirmDialog.module.css'
import look from './Dialog.module.css'
import { useModal } from './use-modal.ts'

interface ConfirmDialogProps {
  title: string
  text: string
  confirmLabel: string
  onConfirm: () => void
  onClose: () => void
}

/** Asks before what cannot be undone. */
export function ConfirmDialog({ title, text, confirmLabel, onConfirm, onClose }: ConfirmDialogProps) {
  const { t } = useTranslation()
  const dialog = useModal()
  const titleId = useId()
  return (
    <dialog
      ref={dialog}
      className={classNames(look.dialog, styles.dialog)}
      aria-labelledby={titleId}
      onClose={onClose}
    >
      <h2 id={titleId} className={look.title}>
        {title}
      </h2>
      <p className={styles.text}>{text}</p>
      <div className={styles.buttons}>
        <button type="button" className={styles.cancel} onClick={onClose}>
          {t('call.cancel')}
        </button>
        <button
          type="button"
          className={styles.confirm}
          onClick={() => {
            onClose()
            onConfirm()
          }}
        >
          {confirmLabel}
        </button>
      </div>
    </dialog>
  )
}
