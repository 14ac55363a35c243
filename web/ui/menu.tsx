import type { ReactNode } from 'react'
import { createContext, useContext, useRef } from 'react'
import { DropdownMenu } from 'radix-ui'
import { classNames } from './class-names.ts'
import styles from './menu.module.css'

const Choose = createContext<(action: () => void) => void>((action) => action())

/**
 * A menu on a button. Not modal: the modal kind locks scrolling with a style element made by script, which our CSP refuses.
 * What is chosen happens once the focus is back on the button, so that a dialog opened from here gives it back to there.
 */
export function Menu({
  trigger,
  align = 'end',
  children,
}: {
  trigger: ReactNode
  align?: 'start' | 'end'
  children: ReactNode
}) {
  const chosen = useRef<(() => void) | null>(null)
  const choose = (action: () => void) => {
    chosen.current = action
  }
  const act = () => {
    const action = chosen.current
    chosen.current = null
    if (action !== null) queueMicrotask(action)
  }
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className={styles.menu}
          onCloseAutoFocus={act}
        >
          <Choose value={choose}>{children}</Choose>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

export function MenuItem({
  icon,
  danger = false,
  onSelect,
  children,
}: {
  icon?: ReactNode
  danger?: boolean
  onSelect: () => void
  children: ReactNode
}) {
  const choose = useContext(Choose)
  return (
    <DropdownMenu.Item
      className={classNames(styles.item, danger && styles.danger)}
      onSelect={() => choose(onSelect)}
    >
      {icon}
      {children}
    </DropdownMenu.Item>
  )
}

/** A menu entry that is a link; the child is the link. */
export const MenuLink = ({ children }: { children: ReactNode }) => (
  <DropdownMenu.Item asChild className={styles.item}>
    {children}
  </DropdownMenu.Item>
)

export const MenuSeparator = () => <DropdownMenu.Separator className={styles.separator} />
export const MenuLabel = ({ children }: { children: ReactNode }) => (
  <DropdownMenu.Label className={styles.label}>{children}</DropdownMenu.Label>
)
