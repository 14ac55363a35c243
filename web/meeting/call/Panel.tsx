import { useEffect, useRef, type PointerEvent, type ReactNode } from 'react'
import { CloseButton } from './CloseButton.tsx'
import styles from './Panel.module.css'

interface PanelProps {
  title: string
  detail?: string
  /** Before the button that closes. */
  actions?: ReactNode
  onClose: () => void
  children: ReactNode
}

const CLOSE_AFTER_PX = 80

/** The card beside the stage; over it in a small window, and a sheet that can be drawn down on a phone. */
export function Panel({ title, detail, actions, onClose, children }: PanelProps) {
  const panel = useRef<HTMLElement>(null)
  // Unless something inside has taken it: the chat's field does.
  useEffect(() => {
    if (!panel.current?.contains(document.activeElement)) panel.current?.focus()
  }, [])
  const startedAt = useRef<number | null>(null)
  const drag = (event: PointerEvent) => {
    if (startedAt.current === null || !panel.current) return
    panel.current.style.translate = `0 ${Math.max(0, event.clientY - startedAt.current)}px`
  }
  const drop = (event: PointerEvent) => {
    if (startedAt.current === null || !panel.current) return
    const isClosing = event.clientY - startedAt.current > CLOSE_AFTER_PX
    startedAt.current = null
    panel.current.style.translate = ''
    if (isClosing) onClose()
  }
  return (
    <aside
      ref={panel}
      tabIndex={-1}
      className={styles.panel}
      aria-label={title}
      onKeyDown={(event) => {
        // A dialog opened from the panel is closed first, and the panel stays.
        const isInDialog = event.target instanceof Element && event.target.closest('dialog') !== null
        if (event.key === 'Escape' && !isInDialog) onClose()
      }}
    >
      <div
        className={styles.handle}
        aria-hidden="true"
        onPointerDown={(event) => {
          startedAt.current = event.clientY
          event.currentTarget.setPointerCapture(event.pointerId)
        }}
        onPointerMove={drag}
        onPointerUp={drop}
        onPointerCancel={drop}
      />
      <header className={styles.header}>
        <h2 className={styles.title}>{title}</h2>
        {detail && <span className={styles.detail}>{detail}</span>}
        <span className={styles.actions}>{actions}</span>
        <CloseButton className="panel-close-button" onClick={onClose} />
      </header>
      {children}
    </aside>
  )
}
