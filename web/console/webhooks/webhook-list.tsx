import type { ReactNode } from 'react'
import { useState } from 'react'
import { Lock, Plus, SearchX, Webhook as WebhookIcon } from 'lucide-react'
import { useNavigate, useSearchParams } from 'react-router'
import { isAdmin, useCurrentSession } from '../../account/index.ts'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { classNames } from '../../ui/class-names.ts'
import { ListSkeleton } from '../../ui/list.tsx'
import { State } from '../../ui/notice.tsx'
import table from '../../ui/table.module.css'
import { TimeAgo } from '../../ui/time.tsx'
import { BackToList, ItemLink } from '../shell/detail.tsx'
import { Loaded, StaleNotice } from '../shell/states.tsx'
import { DeleteWebhookDialog, EditWebhookDialog, ReplaceSecretDialog } from './change-webhook-dialogs.tsx'
import { CreateWebhookDialog } from './create-webhook-dialog.tsx'
import { WebhookDetail, type WebhookActions } from './webhook-detail.tsx'
import { WebhookStatus } from './webhook-status.tsx'
import { standingOf, useWebhooks, type Webhook } from './webhooks.ts'
import styles from './webhooks.module.css'

/**
 * Subscribe, list, change, test and delete webhooks, and read what was sent. On Embedded and in the settings for
 * developers. `apiKey`: one just generated, with which a new webhook is to be signed.
 */
export function Webhooks({ apiKey, onApiKeyDone }: { apiKey: string | null; onApiKeyDone: () => void }) {
  const { t } = useText()
  const mayManage = isAdmin(useCurrentSession())
  if (mayManage) return <ManagedWebhooks apiKey={apiKey} onApiKeyDone={onApiKeyDone} />
  return (
    <Card title={t('webhooks.title')} description={t('webhooks.purpose')}>
      <State icon={<Lock aria-hidden="true" />} title={t('webhooks.deniedTitle')}>
        {t('webhooks.denied')}
      </State>
    </Card>
  )
}

type Open = { what: 'create' } | { what: 'edit' | 'replace' | 'delete'; webhook: Webhook }

function ManagedWebhooks({ apiKey, onApiKeyDone }: { apiKey: string | null; onApiKeyDone: () => void }) {
  const { t } = useText()
  const webhooks = useWebhooks()
  const [params] = useSearchParams()
  const navigate = useNavigate()
  const [open, setOpen] = useState<Open | null>(null)
  const id = params.get('webhook')
  const all = webhooks.data?.webhooks ?? []
  const chosen = all.find((webhook) => webhook.id === id)
  const actions: WebhookActions = {
    onEdit: (webhook) => setOpen({ what: 'edit', webhook }),
    onReplace: (webhook) => setOpen({ what: 'replace', webhook }),
    onDelete: (webhook) => setOpen({ what: 'delete', webhook }),
  }
  const close = () => setOpen(null)

  let page: ReactNode
  if (chosen !== undefined) page = <WebhookDetail key={chosen.id} webhook={chosen} {...actions} />
  else if (id !== null && webhooks.isSuccess)
    page = (
      <>
        <BackToList from={id}>{t('webhooks.back')}</BackToList>
        <Card title={t('webhooks.title')}>
          <State icon={<SearchX aria-hidden="true" />} title={t('webhooks.notFoundTitle')}>
            {t('webhooks.notFound')}
          </State>
        </Card>
      </>
    )
  else
    page = (
      <Card
        flush
        title={t('webhooks.title')}
        description={t('webhooks.purpose')}
        action={
          <Button onClick={() => setOpen({ what: 'create' })}>
            <Plus aria-hidden="true" />
            {t('webhooks.add')}
          </Button>
        }
      >
        <Loaded query={webhooks} skeleton={<ListSkeleton />}>
          {() =>
            all.length === 0 ? (
              <State icon={<WebhookIcon aria-hidden="true" />} title={t('webhooks.emptyTitle')}>
                {t('webhooks.empty')}
              </State>
            ) : (
              <WebhookTable webhooks={all} />
            )
          }
        </Loaded>
      </Card>
    )
  return (
    <>
      <StaleNotice error={webhooks.data && webhooks.error} />
      {page}
      {apiKey !== null ? (
        <CreateWebhookDialog apiKey={apiKey} onClose={onApiKeyDone} />
      ) : (
        open?.what === 'create' && <CreateWebhookDialog apiKey={null} onClose={close} />
      )}
      {open?.what === 'edit' && <EditWebhookDialog webhook={open.webhook} onClose={close} />}
      {open?.what === 'replace' && <ReplaceSecretDialog webhook={open.webhook} onClose={close} />}
      {open?.what === 'delete' && (
        <DeleteWebhookDialog
          webhook={open.webhook}
          onClose={close}
          onDeleted={() => void navigate('?', { replace: true })}
        />
      )}
    </>
  )
}

/** Those that fail come first. */
const needsCare = (webhook: Webhook): number => (['failing', 'stopped'].includes(standingOf(webhook)) ? 0 : 1)

function WebhookTable({ webhooks }: { webhooks: Webhook[] }) {
  const { t } = useText()
  return (
    <table className={classNames(table.table, styles.list)} aria-label={t('webhooks.list')}>
      <thead>
        <tr>
          <th>{t('webhooks.url')}</th>
          <th className={table.wideOnly}>{t('webhooks.events')}</th>
          <th className={table.wideOnly}>{t('webhooks.lastDelivery')}</th>
          <th className={table.wideOnly}>{t('webhooks.state')}</th>
        </tr>
      </thead>
      <tbody>
        {webhooks
          .toSorted((a, b) => needsCare(a) - needsCare(b))
          .map((webhook) => (
            <WebhookRow key={webhook.id} webhook={webhook} />
          ))}
      </tbody>
    </table>
  )
}

function WebhookRow({ webhook }: { webhook: Webhook }) {
  const { t, locale } = useText()
  const events = t('webhooks.eventCount', { count: webhook.events.length })
  const lastDelivery =
    webhook.lastDeliveryAt === null ? t('ui.never') : <TimeAgo at={webhook.lastDeliveryAt} locale={locale} />
  return (
    <tr className={needsCare(webhook) === 0 ? styles.failing : undefined}>
      <td className={table.main}>
        <div className={table.named}>
          <ItemLink id={webhook.id} to={`?webhook=${webhook.id}`}>
            {webhook.url}
          </ItemLink>
          <div className={classNames(table.under, styles.under, table.narrowOnly)}>
            <WebhookStatus webhook={webhook} />
            <span>{events}</span>
            <span>
              {t('webhooks.lastDelivery')}: {lastDelivery}
            </span>
          </div>
        </div>
      </td>
      <td className={classNames(table.tight, table.wideOnly)}>{events}</td>
      <td className={classNames(table.tight, table.muted, table.wideOnly)}>{lastDelivery}</td>
      <td className={classNames(styles.statusCell, table.wideOnly)}>
        <WebhookStatus webhook={webhook} />
      </td>
    </tr>
  )
}
