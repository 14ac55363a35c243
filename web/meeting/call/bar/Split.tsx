import { ChevronUp } from 'lucide-react'
import type { ReactNode } from 'react'
import { classNames } from '../../../ui/class-names.ts'
import styles from '../CallBar.module.css'
import { Menu, type MenuItem } from '../Menu.tsx'

interface SplitProps {
  hasMenu: boolean
  isOff?: boolean
  isDanger?: boolean
  label: string
  items: readonly MenuItem[]
  children: ReactNode
}

/** A button with a narrow second one for its menu. */
export function Split({ hasMenu, isOff, isDanger, label, items, children }: SplitProps) {
  if (!hasMenu) return children
  return (
    <span
      className={classNames(styles.split, isOff && styles.off, isDanger && styles.splitDanger)}
      role="group"
    >
      {children}
      <Menu
        label={label}
        items={items}
        isLive
        renderTrigger={(props) => (
          <button {...props} className={styles.arrow} aria-label={label} title={label}>
            <ChevronUp aria-hidden />
          </button>
        )}
      />
    </span>
  )
}
