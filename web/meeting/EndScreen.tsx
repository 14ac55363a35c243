import {
  CircleAlert,
  Clock,
  DoorClosed,
  Link2Off,
  LogIn,
  LogOut,
  MonitorSmartphone,
  UserRoundX,
  WifiOff,
  type LucideIcon,
} from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from '../locales/use-translation.ts'
import { Logo } from '../ui/logo.tsx'
import { WAYS_ON, type EndReason } from './end-reason.ts'
import styles from './EndScreen.module.css'

const ICONS: Record<EndReason, LucideIcon> = {
  left: LogOut,
  kicked: UserRoundX,
  'not-admitted': DoorClosed,
  ended: LogOut,
  'ended-by-you': LogOut,
  duplicate: MonitorSmartphone,
  network: WifiOff,
  closed: DoorClosed,
  denied: DoorClosed,
  'wrong-link': Link2Off,
  'not-found': Link2Off,
  'sign-in': LogIn,
  'sandbox-over': Clock,
  unsupported: CircleAlert,
  failed: CircleAlert,
}

interface EndScreenProps {
  reason: EndReason
  endedBy?: string | null
  homeUrl: string
  /** Instead of going home: back to the page that shows or opened this one; null where there is no way on. */
  onBack?: (() => void) | null | undefined
  signInUrl: string
  onRejoin: () => void
  onRetry: () => void
}

/** The last screen: what happened, and each way on. */
export function EndScreen({
  reason,
  endedBy,
  homeUrl,
  onBack,
  signInUrl,
  onRejoin,
  onRetry,
}: EndScreenProps) {
  const { t } = useTranslation()
  const heading = useRef<HTMLHeadingElement>(null)
  // What had the focus is gone; the heading is read out and the buttons come next.
  useEffect(() => heading.current?.focus(), [])
  const Icon = ICONS[reason]
  const { again, isError } = WAYS_ON[reason]
  const isFramed = window.parent !== window
  const lastClass = again || reason === 'sign-in' ? styles.secondary : styles.primary
  return (
    <main className={styles.page} data-reason={reason}>
      <header className={styles.header}>
        <Logo />
      </header>
      <div className={styles.message}>
        <span className={styles.icon} data-error={isError}>
          <Icon aria-hidden />
        </span>
        <h1 ref={heading} id="disconnect-title" className={styles.title} tabIndex={-1}>
          {t(`end.${reason}.title`)}
        </h1>
        <p className={styles.text}>
          {reason === 'ended' && endedBy ? t('end.ended.textBy', { name: endedBy }) : t(`end.${reason}.text`)}
        </p>
        <div className={styles.ways}>
          {again && (
            <button
              type="button"
              className={styles.primary}
              onClick={again === 'rejoin' ? onRejoin : onRetry}
            >
              {t(`end.${again}`)}
            </button>
          )}
          {reason === 'sign-in' && (
            // Only pages of meetings may be framed.
            <a
              className={styles.primary}
              href={signInUrl}
              target={isFramed ? '_blank' : undefined}
              rel="noopener"
            >
              {t('end.signIn')}
            </a>
          )}
          {onBack && (
            <button id="back-btn" type="button" className={lastClass} onClick={onBack}>
              {t('end.back')}
            </button>
          )}
          {onBack === undefined && !isFramed && (
            <a id="back-btn" className={lastClass} href={homeUrl}>
              {t('end.home')}
            </a>
          )}
        </div>
      </div>
    </main>
  )
}
