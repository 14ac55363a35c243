import { lazy, Suspense } from 'react'
import { KeyRound, Pencil } from 'lucide-react'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { errorText } from '../../ui/errors.ts'
import { Notice } from '../../ui/notice.tsx'
import { SwitchRow } from '../../ui/switch.tsx'
import { DateTime, TimeAgo } from '../../ui/time.tsx'
import { toast } from '../../ui/toast.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { BackToList, Fact, Facts } from '../shell/detail.tsx'
import { TestWebhook } from './test-webhook.tsx'
import { reasonOf, WebhookStatus } from './webhook-status.tsx'
import { useUpdateWebhook, type Webhook } from './webhooks.ts'
import styles from './webhooks.module.css'

// Comes when a webhook is opened: most visits end at the list.
const DeliveryLog = lazy(async () => ({ default: (await import('./delivery-log.tsx')).DeliveryLog }))

/** What of a webhook may be done next. */
export interface WebhookActions {
  onEdit: (webhook: Webhook) => void
  onReplace: (webhook: Webhook) => void
  onDelete: (webhook: Webhook) => void
}

/** One webhook in place of the list: how it stands, a test, and what was sent. */
export function WebhookDetail({ webhook, ...actions }: { webhook: Webhook } & WebhookActions) {
  const { t, locale } = useText()
  const update = useUpdateWebhook(webhook.id)
  const reason = reasonOf(webhook)
  return (
    <>
      <BackToList from={webhook.id}>{t('webhooks.back')}</BackToList>
      <Card
        title={t('webhooks.one')}
        description={<code className={styles.url}>{webhook.url}</code>}
        action={
          <div className={styles.actions}>
            <Button size="small" onClick={() => actions.onEdit(webhook)}>
              <Pencil aria-hidden="true" />
              {t('webhooks.edit')}
            </Button>
            <Button size="small" onClick={() => actions.onReplace(webhook)}>
              <KeyRound aria-hidden="true" />
              {t('webhooks.replace')}
            </Button>
            <Button size="small" variant="quietDanger" onClick={() => actions.onDelete(webhook)}>
              {t('webhooks.delete')}
            </Button>
          </div>
        }
      >
        <div className={styles.stack}>
          {reason !== null && (
            <Notice tone="danger" title={t('webhooks.stoppedTitle')}>
              {t(reason)} {t('webhooks.stopped')}
            </Notice>
          )}
          <Facts>
            <Fact label={t('webhooks.state')}>
              <WebhookStatus webhook={webhook} />
            </Fact>
            <Fact label={t('webhooks.lastDelivery')}>
              {webhook.lastDeliveryAt === null ? (
                t('ui.never')
              ) : (
                <TimeAgo at={webhook.lastDeliveryAt} locale={locale} />
              )}
            </Fact>
            <Fact label={t('webhooks.pending')}>
              {new Intl.NumberFormat(locale).format(webhook.pendingCount)}
            </Fact>
            <Fact label={t('webhooks.createdAt')}>
              <DateTime at={webhook.createdAt} locale={locale} />
            </Fact>
          </Facts>
          <div>
            <p className={styles.label}>{t('webhooks.events')}</p>
            <ul className={styles.names}>
              {webhook.events.map((event) => (
                <li key={event}>
                  <code>{event}</code>
                </li>
              ))}
            </ul>
          </div>
          <SwitchRow
            label={t('webhooks.enabled')}
            hint={t('webhooks.enabledHint')}
            checked={update.isPending ? (update.variables?.enabled ?? webhook.enabled) : webhook.enabled}
            onChange={(enabled) =>
              update.mutate(
                { enabled },
                { onError: (error) => toast({ tone: 'danger', text: errorText(error, t) }) },
              )
            }
          />
          <TestWebhook webhook={webhook} />
        </div>
      </Card>
      <Suspense fallback={<Skeleton height={220} />}>
        <DeliveryLog webhook={webhook} />
      </Suspense>
    </>
  )
}
