import type { ReactNode } from 'react'
import { useEffect, useRef } from 'react'
import { Link, useLocation } from 'react-router'
import table from '../../ui/table.module.css'
import { BackLink } from './back-link.tsx'
import styles from './detail.module.css'

/** What a link between a list and one of its items leaves for the other side. */
interface Left {
  /** The item was opened from its row. */
  isFromList?: boolean
  /** The id of the item that was left for the list. */
  from?: string
}

const useLeft = () => (useLocation().state ?? {}) as Left

/** The name in a row, which opens the item in place of the list. Back from it, the reader goes on where they were. */
export function ItemLink({ to, id, children }: { to: string; id: string; children: ReactNode }) {
  const link = useRef<HTMLAnchorElement>(null)
  const isLeftFor = useLeft().from === id
  useEffect(() => {
    if (isLeftFor) link.current?.focus()
  }, [isLeftFor])
  return (
    <Link ref={link} to={to} state={{ isFromList: true } satisfies Left} className={table.name}>
      {children}
    </Link>
  )
}

/** The way back to the list; the focus goes here, as what opened this is gone. */
export function BackToList({ from, children }: { from: string; children: ReactNode }) {
  const link = useRef<HTMLAnchorElement>(null)
  const isOpenedHere = useLeft().isFromList === true
  useEffect(() => {
    if (isOpenedHere) link.current?.focus()
  }, [isOpenedHere])
  return (
    <BackLink ref={link} to="?" state={{ from } satisfies Left}>
      {children}
    </BackLink>
  )
}

/** What is known of one thing, as names and values. */
export const Facts = ({ children }: { children: ReactNode }) => <dl className={styles.facts}>{children}</dl>

export const Fact = ({ label, children }: { label: string; children: ReactNode }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
)
