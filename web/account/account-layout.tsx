import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { Logo } from '../ui/logo.tsx'
import styles from './account-layout.module.css'

/** Frame of the pages outside the console: the name above, one card in the middle. */
export function AccountLayout({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Parley`
  }, [title])
  return (
    <div className={styles.layout}>
      <header className={styles.top}>
        <Logo />
      </header>
      <main className={styles.middle}>{children}</main>
    </div>
  )
}
