import { Check, Link } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from '../../locales/use-translation.ts'
import { classNames } from '../../ui/class-names.ts'
import { useSession } from './context.ts'
import styles from './InviteTile.module.css'
import type { Rect } from './tile-layout.ts'

const COPIED_MS = 2_500

/**
 * Stands where the second person will be, with the link that brings one. In somebody else's page it has none: whom
 * they invite, and by which link, is theirs. The ids are OpenVidu Meet's.
 */
export function InviteTile({ rect }: { rect: Rect }) {
  const { t } = useTranslation()
  const inviteUrl = useSession(({ room }) => room?.inviteUrl ?? null)
  const isFramed = window.parent !== window
  return (
    <section
      id={isFramed ? 'waiting-overlay' : 'share-link-overlay'}
      className={styles.tile}
      style={{ transform: `translate(${rect.x}px, ${rect.y}px)`, width: rect.width, height: rect.height }}
      aria-label={t('alone.title')}
    >
      <h2 className={styles.title}>{t('alone.title')}</h2>
      <p className={styles.text}>{t('alone.text')}</p>
      {inviteUrl && !isFramed && <CopyLink url={inviteUrl} />}
    </section>
  )
}

/** The same at the foot of the list of people, where the link stays for as long as the call lasts. */
export function InviteLine({ isAlone }: { isAlone: boolean }) {
  const { t } = useTranslation()
  const inviteUrl = useSession(({ room }) => room?.inviteUrl ?? null)
  if (window.parent === window)
    return inviteUrl ? (
      <div id="invite-panel" className={styles.line}>
        <CopyLink url={inviteUrl} isLine />
      </div>
    ) : null
  return isAlone ? (
    <p id="waiting-panel" className={classNames(styles.line, styles.text)}>
      {t('alone.text')}
    </p>
  ) : null
}

function CopyLink({ url, isLine = false }: { url: string; isLine?: boolean }) {
  const { t } = useTranslation()
  const [isCopied, setCopied] = useState(false)
  const copy = async (input: HTMLInputElement | null) => {
    try {
      await navigator.clipboard.writeText(url)
      setCopied(true)
      setTimeout(() => setCopied(false), COPIED_MS)
    } catch {
      // An embedding page may forbid the clipboard: the selected link can be copied by hand.
      input?.select()
    }
  }
  return (
    <div className={classNames(styles.copy, isLine && styles.copyLine)}>
      <input
        className={styles.link}
        readOnly
        value={url}
        aria-label={t('alone.link')}
        onFocus={(event) => event.target.select()}
      />
      <button
        type="button"
        className={styles.button}
        onClick={(event) => void copy(event.currentTarget.parentElement?.querySelector('input') ?? null)}
      >
        {isCopied ? <Check aria-hidden /> : <Link aria-hidden />}
        <span aria-live="polite">{t(isCopied ? 'alone.copied' : 'alone.copy')}</span>
      </button>
    </div>
  )
}
