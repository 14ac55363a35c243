import type { ReactNode } from 'react'
import { DropdownMenu } from 'radix-ui'
import { classNames } from './class-names.ts'
import styles from './menu.module.css'

/**
 * A menu on a button. Not modal: the modal kind locks scrolling with a style element made by script, which our CSP refuses.
 */
export const Menu = ({
  trigger,
  align = 'end',
  children,
}: {
  trigger: ReactNode
  align?: 'start' | 'end'
  children: ReactNode
}) => (
  <DropdownMenu.Root modal={false}>
    <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
    <DropdownMenu.Portal>
      <DropdownMenu.Content align={align} sideOffset={4} collisionPadding={8} className={styles.menu}>
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Portal>
  </DropdownMenu.Root>
)

export const MenuItem = ({
  icon,
  danger = false,
  onSelect,
  children,
}: {
  icon?: ReactNode
  danger?: boolean
  onSelect: () => void
  children: ReactNode
}) => (
  <DropdownMenu.Item className={classNames(styles.item, danger && styles.danger)} onSelect={onSelect}>
    {icon}
    {children}
  </DropdownMenu.Item>
)

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
