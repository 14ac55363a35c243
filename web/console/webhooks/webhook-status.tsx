import { useText, type TextKey } from '../../locales/console.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { TimeAgo } from '../../ui/time.tsx'
import { standingOf, type Standing, type Webhook } from './webhooks.ts'
import styles from './webhooks.module.css'

const TONES: Record<Standing, Tone> = {
  failing: 'danger',
  stopped: 'danger',
  disabled: 'neutral',
  waiting: 'neutral',
  healthy: 'success',
}

const REASONS: Record<string, TextKey> = {
  gone: 'webhooks.reasons.gone',
  failing: 'webhooks.reasons.failing',
  key_revoked: 'webhooks.reasons.key_revoked',
}

/** Why Parley has disabled it, for a person; null when it has not. */
export const reasonOf = ({ disabledReason }: Webhook): TextKey | null =>
  disabledReason === null ? null : (REASONS[disabledReason] ?? 'webhooks.reasons.failing')

/** How it stands, since when, and what went wrong. */
export function WebhookStatus({ webhook }: { webhook: Webhook }) {
  const { t, locale } = useText()
  const standing = standingOf(webhook)
  const reason = reasonOf(webhook)
  return (
    <div className={styles.status}>
      <Badge tone={TONES[standing]}>{t(`webhooks.states.${standing}`)}</Badge>
      {standing === 'failing' && webhook.failingSince !== null && (
        <span className={styles.since}>
          {t('webhooks.since')} <TimeAgo at={webhook.failingSince} locale={locale} />
        </span>
      )}
      {standing === 'failing' && webhook.lastError !== null && (
        <span className={styles.fault}>{webhook.lastError}</span>
      )}
      {reason !== null && <span className={styles.fault}>{t(reason)}</span>}
    </div>
  )
}
