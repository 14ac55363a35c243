import type { ReactNode, Ref } from 'react'
import { ArrowLeft } from 'lucide-react'
import { Link } from 'react-router'
import styles from './back-link.module.css'

interface BackLinkProps {
  to: string
  /** What the page it leads to finds in its location. */
  state?: unknown
  ref?: Ref<HTMLAnchorElement>
  children: ReactNode
}

/** The way back to where this is one of many. */
export const BackLink = ({ children, ...link }: BackLinkProps) => (
  <Link {...link} className={styles.back}>
    <ArrowLeft aria-hidden="true" />
    {children}
  </Link>
)
