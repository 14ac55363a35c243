import type { ReactNode, RefObject } from 'react'
import { useId, useLayoutEffect, useRef } from 'react'
import { X } from 'lucide-react'
import { IconButton } from './button.tsx'
import { classNames } from './class-names.ts'
import styles from './dialog.module.css'
import { Form } from './form.tsx'
import { useWords } from './words.ts'

/**
 * Opens the element as a modal while it is mounted. The browser's own dialog keeps focus in, makes the rest inert and gives
 * focus back; the usual libraries do the same with style elements made by script, which our CSP refuses.
 */
function useModal(onClose: () => void, dismissable = true): RefObject<HTMLDialogElement | null> {
  const ref = useRef<HTMLDialogElement>(null)
  const close = useRef(onClose)
  useLayoutEffect(() => {
    close.current = onClose
  })
  useLayoutEffect(() => {
    const dialog = ref.current
    if (dialog === null) return undefined
    const onCancel = (event: Event) => {
      event.preventDefault()
      close.current()
    }
    // Chromium closes without `cancel` when Escape is pressed twice in a row.
    const onClosed = () => {
      if (dialog.open || !dialog.isConnected) return
      if (dismissable) close.current()
      else dialog.showModal()
    }
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !dismissable) event.preventDefault()
    }
    dialog.addEventListener('cancel', onCancel)
    dialog.addEventListener('close', onClosed)
    dialog.addEventListener('keydown', onKeyDown)
    // Keeps the place of the page's scroll bar while base.css hides it.
    const page = document.documentElement
    page.toggleAttribute('data-scrolls', window.innerWidth > page.clientWidth)
    dialog.showModal()
    // React's autoFocus comes too early for an element that is not shown yet.
    dialog.querySelector<HTMLElement>('[data-autofocus]')?.focus()
    return () => {
      dialog.removeEventListener('cancel', onCancel)
      dialog.removeEventListener('close', onClosed)
      dialog.removeEventListener('keydown', onKeyDown)
      // Closed while still in the document, or focus would not go back to where it came from.
      dialog.close()
    }
  }, [dismissable])
  return ref
}

interface DialogProps {
  title: string
  description?: ReactNode
  onClose: () => void
  /** Buttons at the foot; inside `onSubmit`'s form if there is one. */
  actions?: ReactNode
  /** Makes the dialog a form; `attempt` and `isBusy` are those of `Form`. */
  onSubmit?: () => void
  attempt?: number
  isBusy?: boolean
  wide?: boolean
  /** False for what must not be lost by a stray click: then only its own buttons close it. */
  dismissable?: boolean
  children?: ReactNode
}

/** A modal dialog; mount it to open it. Escape, the cross and a click beside it call `onClose`. */
export function Dialog({
  title,
  description,
  onClose,
  actions,
  onSubmit,
  attempt,
  isBusy,
  wide = false,
  dismissable = true,
  children,
}: DialogProps) {
  const words = useWords()
  const titleId = useId()
  const descriptionId = useId()
  const dismiss = () => {
    if (dismissable) onClose()
  }
  const ref = useModal(dismiss, dismissable)
  const body = (
    <>
      <div className={styles.head}>
        <div>
          <h2 id={titleId}>{title}</h2>
          {description && <p id={descriptionId}>{description}</p>}
        </div>
        {dismissable && (
          <IconButton size="small" label={words.close} onClick={onClose}>
            <X aria-hidden="true" />
          </IconButton>
        )}
      </div>
      {children && <div className={styles.content}>{children}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </>
  )
  return (
    <dialog
      ref={ref}
      className={classNames(styles.dialog, wide && styles.wide)}
      aria-labelledby={titleId}
      aria-describedby={description ? descriptionId : undefined}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) dismiss()
      }}
    >
      {onSubmit === undefined ? (
        <div className={styles.body}>{body}</div>
      ) : (
        <Form className={styles.body} attempt={attempt} isBusy={isBusy} onSubmit={onSubmit}>
          {body}
        </Form>
      )}
    </dialog>
  )
}

/** A panel that slides in from the side, for the navigation on phones. */
export function Drawer({
  label,
  onClose,
  children,
}: {
  label: string
  onClose: () => void
  children: ReactNode
}) {
  const ref = useModal(onClose)
  return (
    <dialog
      ref={ref}
      className={styles.drawer}
      aria-label={label}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) onClose()
      }}
    >
      <div>{children}</div>
    </dialog>
  )
}
