import { useText } from '../../locales/console.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { dateTime } from '../../ui/time.tsx'
import styles from './api-keys.module.css'
import type { ApiKey } from './keys.ts'

const TONES: Record<ApiKey['status'], Tone> = {
  active: 'success',
  expiring: 'warning',
  expired: 'neutral',
  revoked: 'danger',
}

/** Whichever comes first: its own expiry, or the end of its grace after a rotation. */
const endOf = ({ expiresAt, graceEndsAt }: ApiKey): string | null =>
  [expiresAt, graceEndsAt].filter((at) => at !== null).sort()[0] ?? null

/** Status, environment, whether it should be rotated, and since or until when. */
export function KeyStatus({ apiKey }: { apiKey: ApiKey }) {
  const { t, locale } = useText()
  const { status } = apiKey
  // The hour matters while somebody still has to act within it.
  const withTime = status === 'expiring' ? dateTime : day
  const at = status === 'revoked' ? apiKey.revokedAt : endOf(apiKey)
  return (
    <div className={styles.status}>
      <span className={styles.badges}>
        <Badge tone={TONES[status]}>{t(`keys.states.${status}`)}</Badge>
        <Badge plain tone={apiKey.environment === 'test' ? 'warning' : 'neutral'}>
          {t(`shell.${apiKey.environment}`)}
        </Badge>
        {isRotationDue(apiKey) && (
          <Badge plain tone="accent">
            {t('keys.rotationDue')}
          </Badge>
        )}
      </span>
      {at !== null && (
        <time className={styles.since} dateTime={at} title={dateTime(new Date(at), locale)}>
          {t(`keys.since.${status}`, { when: withTime(new Date(at), locale) })}
        </time>
      )}
    </div>
  )
}

const day = (date: Date, locale: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(date)

/** Not for keys that end anyway. */
export const isRotationDue = ({ status, rotationDue }: ApiKey): boolean => status === 'active' && rotationDue
