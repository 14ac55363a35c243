import type { ReactNode } from 'react'
import { useEffect, useRef } from 'react'
import { NavigationType, useLocation, useNavigationType } from 'react-router'
import { BackLink } from './back-link.tsx'
import styles from './page.module.css'

let hasNavigated = false

/** Where the focus goes when the thing that had it is gone, such as the button of a deleted row. */
export const focusHeading = (): void => {
  // After the dialog has given the focus back.
  setTimeout(() => document.querySelector<HTMLElement>('h1[tabindex]')?.focus({ preventScroll: true }))
}

interface PageProps {
  title: string
  purpose?: string
  /** Beside the title, e.g. a status badge. */
  mark?: ReactNode
  /** One primary button at most. */
  actions?: ReactNode
  back?: { to: string; label: string }
  children: ReactNode
}

/** A console page: document title, heading with its one-line purpose, content. Moving here puts the focus on the heading. */
export function Page({ title, purpose, mark, actions, back, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const { pathname } = useLocation()
  const kind = useNavigationType()
  useEffect(() => {
    document.title = `${title} · Parley`
  }, [title])
  const arrivedAt = useRef<string>(undefined)
  useEffect(() => {
    // A filter or a tab changes the address too, and must keep the focus it has.
    if (arrivedAt.current === pathname) return
    arrivedAt.current = pathname
    // Not on the first load: there the browser's own order holds, with the skip link first.
    if (hasNavigated && kind !== NavigationType.Pop) heading.current?.focus({ preventScroll: true })
    hasNavigated = true
  }, [pathname, kind])
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <div className={styles.titles}>
          {back && <BackLink to={back.to}>{back.label}</BackLink>}
          <div className={styles.titleLine}>
            <h1 ref={heading} tabIndex={-1}>
              {title}
            </h1>
            {mark}
          </div>
          {purpose && <p className={styles.purpose}>{purpose}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  )
}
