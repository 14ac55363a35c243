import type { ComponentProps, ReactNode } from 'react'
import styles from './button.module.css'
import { classNames } from './class-names.ts'
import { Tooltip } from './tooltip.tsx'

type Variant = 'primary' | 'secondary' | 'ghost' | 'danger' | 'quietDanger'

interface Look {
  variant?: Variant
  size?: 'medium' | 'small'
  full?: boolean
}

/** The classes of a button, for links that look like one. */
export const buttonClass = ({ variant = 'secondary', size = 'medium', full = false }: Look = {}): string =>
  classNames(styles.button, styles[variant], size === 'small' && styles.small, full && styles.full)

type ButtonProps = ComponentProps<'button'> & Look & { busy?: boolean }

/** A busy button keeps its place and focus, says so to screen readers, and takes no second press. */
export function Button({
  variant,
  size,
  full,
  busy = false,
  className,
  onClick,
  type = 'button',
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={classNames(buttonClass({ variant, size, full }), busy && styles.busy, className)}
      aria-busy={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {busy && <span className={styles.spinner} aria-hidden="true" />}
      {children}
    </button>
  )
}

type IconButtonProps = Omit<ButtonProps, 'aria-label' | 'full'> & { label: string; children: ReactNode }

/** An icon that is a button; its label is its name and its tooltip. */
export function IconButton({ label, variant = 'ghost', className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label}>
      <Button {...rest} variant={variant} aria-label={label} className={classNames(styles.icon, className)} />
    </Tooltip>
  )
}
