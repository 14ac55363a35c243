import type { ReactNode } from 'react'
import styles from './badge.module.css'
import { classNames } from './class-names.ts'

export type Tone = 'neutral' | 'success' | 'warning' | 'danger' | 'accent'

/** A state in a word; the dot only helps the eye. */
export const Badge = ({
  tone = 'neutral',
  plain = false,
  children,
}: {
  tone?: Tone
  plain?: boolean
  children: ReactNode
}) => (
  <span className={classNames(styles.badge, tone !== 'neutral' && styles[tone], plain && styles.plain)}>
    {children}
  </span>
)
