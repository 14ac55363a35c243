import type { ReactNode } from 'react'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'

interface FormDialogProps {
  title: string
  description?: ReactNode
  wide?: boolean
  /** What the button says that submits. */
  action: string
  /** For what cannot be undone. */
  isDanger?: boolean
  isBusy: boolean
  isDisabled?: boolean
  /** As in `Form`. */
  attempt?: number
  /** The focus starts on the way out. */
  isCancelFirst?: boolean
  onClose: () => void
  onSubmit: () => void
  children?: ReactNode
}

/** A dialog that is a form: fields, and at its foot the way out and the one thing it does. */
export function FormDialog({
  action,
  isDanger = false,
  isBusy,
  isDisabled = false,
  isCancelFirst = false,
  onClose,
  ...dialog
}: FormDialogProps) {
  const { t } = useText()
  return (
    <Dialog
      {...dialog}
      isBusy={isBusy}
      onClose={onClose}
      actions={
        <>
          <Button data-autofocus={isCancelFirst || undefined} onClick={onClose}>
            {t('ui.cancel')}
          </Button>
          <Button type="submit" variant={isDanger ? 'danger' : 'primary'} busy={isBusy} disabled={isDisabled}>
            {action}
          </Button>
        </>
      }
    />
  )
}
