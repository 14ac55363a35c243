import type { ReactNode } from 'react'
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import { classNames } from './class-names.ts'
import styles from './notice.module.css'

const ICONS = { info: Info, success: CircleCheck, warning: TriangleAlert, danger: CircleAlert }

/** A box that tells something about what stands near it. Faults are read out at once. */
export function Notice({
  tone = 'info',
  title,
  children,
}: {
  tone?: 'info' | 'success' | 'warning' | 'danger'
  title?: string
  children?: ReactNode
}) {
  const Icon = ICONS[tone]
  return (
    <div
      className={classNames(styles.notice, tone !== 'info' && styles[tone])}
      role={tone === 'danger' ? 'alert' : undefined}
    >
      <Icon aria-hidden="true" />
      <div>
        {title && <strong>{title}</strong>}
        {children}
      </div>
    </div>
  )
}

/** What stands where a list or page would be: nothing yet, not found, denied, failed. One sentence, one button. */
export const State = ({
  icon,
  title,
  heading: Heading = 'h2',
  children,
  action,
  alert = false,
}: {
  icon?: ReactNode
  title?: string
  /** `h1` where this is all that the page says. */
  heading?: 'h1' | 'h2'
  children?: ReactNode
  action?: ReactNode
  alert?: boolean
}) => (
  <div className={styles.state} role={alert ? 'alert' : undefined}>
    {icon}
    {title && <Heading>{title}</Heading>}
    {children && <p>{children}</p>}
    {action && <div>{action}</div>}
  </div>
)
