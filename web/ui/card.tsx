import type { ReactNode } from 'react'
import { useId } from 'react'
import styles from './card.module.css'
import { classNames } from './class-names.ts'

/** A titled part of a page. `flush` lets a table run to its edges. */
export function Card({
  title,
  description,
  action,
  flush = false,
  danger = false,
  children,
}: {
  title: string
  description?: ReactNode
  action?: ReactNode
  flush?: boolean
  danger?: boolean
  children?: ReactNode
}) {
  const id = useId()
  return (
    <section className={classNames(styles.card, danger && styles.danger)} aria-labelledby={id}>
      <div className={styles.head}>
        <div>
          <h2 id={id}>{title}</h2>
          {description && <p>{description}</p>}
        </div>
        {action}
      </div>
      {children && <div className={flush ? styles.flush : styles.body}>{children}</div>}
    </section>
  )
}
