import { Link } from 'react-router'
import { isAdmin, useCurrentSession } from '../../account/index.ts'
import { useText } from '../../locales/console.ts'
import { Notice } from '../../ui/notice.tsx'
import { standingOf, useWebhooks } from './webhooks.ts'
import styles from './webhooks.module.css'

/** Tells an admin of webhooks that fail, or that Parley has disabled. */
export function WebhookNotice() {
  const { t } = useText()
  const mayManage = isAdmin(useCurrentSession())
  const { data } = useWebhooks({ enabled: mayManage })
  const bad = (data?.webhooks ?? []).filter((webhook) => ['failing', 'stopped'].includes(standingOf(webhook)))
  if (bad.length === 0) return null
  return (
    <Notice tone="warning" title={t('webhooks.notice', { count: bad.length })}>
      <ul className={styles.noticeList}>
        {bad.slice(0, 3).map((webhook) => (
          <li key={webhook.id}>
            <Link to={`/embedded?webhook=${webhook.id}`}>{webhook.url}</Link>
            {` · ${t(`webhooks.states.${standingOf(webhook)}`)}`}
            {webhook.lastError !== null && ` · ${webhook.lastError}`}
          </li>
        ))}
      </ul>
    </Notice>
  )
}
