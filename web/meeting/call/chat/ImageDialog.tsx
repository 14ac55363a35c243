import { X } from 'lucide-react'
import { useTranslation } from '../../../locales/use-translation.ts'
import { useModal } from '../use-modal.ts'
import styles from './ChatPanel.module.css'

/** An image of the chat, as large as the window. */
export function ImageDialog({ url, name, onClose }: { url: string; name: string; onClose: () => void }) {
  const { t } = useTranslation()
  const dialog = useModal()
  return (
    <dialog
      ref={dialog}
      className={styles.image}
      aria-label={name}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <img src={url} alt={name} />
      <button
        type="button"
        className={styles.imageClose}
        aria-label={t('call.close')}
        title={t('call.close')}
        onClick={onClose}
      >
        <X aria-hidden />
      </button>
    </dialog>
  )
}
