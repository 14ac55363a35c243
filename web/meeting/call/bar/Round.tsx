import type { ReactNode } from 'react'
import { classNames } from '../../../ui/class-names.ts'
import styles from '../CallBar.module.css'

interface RoundProps {
  id: string
  label: string
  isOff?: boolean
  isActive?: boolean
  isBusy?: boolean
  /** Why it does nothing just now. */
  refusal?: string | undefined
  expanded?: boolean
  isPressed?: boolean
  shortcut?: string
  onClick: () => void
  children: ReactNode
}

/** A forbidden button stays in its place and in the tab order, and says why it does nothing. */
export function Round({
  id,
  label,
  isOff,
  isActive,
  isBusy,
  refusal,
  expanded,
  isPressed,
  shortcut,
  onClick,
  children,
}: RoundProps) {
  const title = refusal ? `${label} (${refusal})` : label
  return (
    <button
      id={id}
      type="button"
      className={classNames(styles.round, isOff && styles.off, isActive && styles.active)}
      aria-label={title}
      title={shortcut ? `${title} (${shortcut})` : title}
      aria-busy={isBusy || undefined}
      aria-disabled={refusal !== undefined || undefined}
      aria-expanded={expanded}
      aria-pressed={isPressed}
      aria-keyshortcuts={shortcut?.replace('Ctrl', 'Control')}
      onClick={refusal === undefined ? onClick : undefined}
    >
      {children}
    </button>
  )
}
