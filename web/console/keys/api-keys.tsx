import { useState } from 'react'
import { KeyRound, Lock, Plus } from 'lucide-react'
import { isAdmin, useCurrentSession } from '../../account/index.ts'
import { useText } from '../../locales/console.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { classNames } from '../../ui/class-names.ts'
import { State } from '../../ui/notice.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import table from '../../ui/table.module.css'
import { DateTime, TimeAgo } from '../../ui/time.tsx'
import { LoadError, StaleNotice } from '../shell/states.tsx'
import styles from './api-keys.module.css'
import { GenerateKeyDialog } from './generate-key-dialog.tsx'
import { useKeys, type ApiKey } from './keys.ts'
import { RevokeKeyDialog } from './revoke-key-dialog.tsx'

const TONES: Record<ApiKey['status'], Tone> = {
  active: 'success',
  expiring: 'warning',
  expired: 'neutral',
  revoked: 'danger',
}
const isUsable = (key: ApiKey) => key.status === 'active' || key.status === 'expiring'

/** Generate, list and revoke the organization's API keys. Shown on Embedded and in the settings for developers. */
export function ApiKeys() {
  const { t } = useText()
  const mayManage = isAdmin(useCurrentSession())
  const keys = useKeys(mayManage)
  const [isGenerating, setGenerating] = useState(false)
  const [revoking, setRevoking] = useState<ApiKey | null>(null)
  const [shown, setShown] = useState<'active' | 'ended'>('active')

  if (!mayManage)
    return (
      <Card title={t('keys.title')} description={t('keys.purpose')}>
        <State icon={<Lock aria-hidden="true" />} title={t('keys.deniedTitle')}>
          {t('keys.denied')}
        </State>
      </Card>
    )

  const generate = (
    <Button variant="primary" onClick={() => setGenerating(true)}>
      <Plus aria-hidden="true" />
      {t('keys.generate')}
    </Button>
  )
  const all = keys.data?.keys ?? []
  const hasEnded = all.some((key) => !isUsable(key))
  const listed = all.filter((key) => isUsable(key) === (shown === 'active'))

  let content
  if (keys.isPending) content = <KeysSkeleton />
  else if (keys.data === undefined)
    content = <LoadError error={keys.error} retry={() => void keys.refetch()} />
  else if (listed.length === 0) {
    content =
      shown === 'active' ? (
        <State icon={<KeyRound aria-hidden="true" />} title={t('keys.emptyTitle')}>
          {t('keys.empty')}
        </State>
      ) : (
        <State icon={<KeyRound aria-hidden="true" />} title={t('keys.noneEndedTitle')}>
          {t('keys.noneEnded')}
        </State>
      )
  } else content = <KeyTable keys={listed} onRevoke={setRevoking} />

  return (
    <>
      <StaleNotice error={keys.data && keys.error} />
      <Card title={t('keys.title')} description={t('keys.purpose')} action={generate} flush>
        {hasEnded && (
          <div className={styles.bar}>
            <Segmented
              legend={t('keys.status')}
              value={shown}
              options={[
                { value: 'active', label: t('keys.activeKeys') },
                { value: 'ended', label: t('keys.endedKeys') },
              ]}
              onChange={setShown}
            />
          </div>
        )}
        {content}
        {isGenerating && <GenerateKeyDialog onClose={() => setGenerating(false)} />}
        {revoking && <RevokeKeyDialog apiKey={revoking} onClose={() => setRevoking(null)} />}
      </Card>
    </>
  )
}

function KeyTable({ keys, onRevoke }: { keys: ApiKey[]; onRevoke: (key: ApiKey) => void }) {
  const { t } = useText()
  return (
    <table className={table.table} aria-label={t('keys.list')}>
      <thead>
        <tr>
          <th>{t('keys.name')}</th>
          <th className={table.wideOnly}>{t('keys.permissions')}</th>
          <th className={table.wideOnly}>{t('keys.createdAt')}</th>
          <th className={table.wideOnly}>{t('keys.lastUsed')}</th>
          <th className={classNames(table.wideOnly, table.end)}>{t('keys.requests')}</th>
          <th className={table.wideOnly}>{t('keys.state')}</th>
          <th className={table.end}>{t('ui.actions')}</th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <KeyRow key={key.id} apiKey={key} onRevoke={() => onRevoke(key)} />
        ))}
      </tbody>
    </table>
  )
}

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const { t, locale } = useText()
  const permissions = apiKey.permissions.map((permission) => t(`keys.${permission}`)).join(', ')
  const lastUsed =
    apiKey.lastUsedAt === null ? t('ui.never') : <TimeAgo at={apiKey.lastUsedAt} locale={locale} />
  const requests = new Intl.NumberFormat(locale).format(apiKey.requestCount)
  const badges = (
    <span className={styles.badges}>
      <Badge tone={TONES[apiKey.status]}>{t(`keys.states.${apiKey.status}`)}</Badge>
      <Badge plain tone={apiKey.environment === 'test' ? 'warning' : 'neutral'}>
        {t(`shell.${apiKey.environment}`)}
      </Badge>
    </span>
  )
  return (
    <tr>
      <td className={table.main}>
        <div className={styles.cell}>
          <span className={styles.name}>{apiKey.name}</span>
          <code className={styles.key}>
            {apiKey.start}…{apiKey.last4}
          </code>
          <span className={classNames(styles.under, table.narrowOnly)}>
            {badges}
            <span>
              {t('keys.lastUsed')}: {lastUsed}
            </span>
            <span>
              {t('keys.requests')}: {requests}
            </span>
          </span>
        </div>
      </td>
      <td className={classNames(table.tight, table.wideOnly)}>{permissions}</td>
      <td className={classNames(table.tight, table.muted, table.wideOnly)}>
        <DateTime at={apiKey.createdAt} locale={locale} />
      </td>
      <td className={classNames(table.tight, table.muted, table.wideOnly)}>{lastUsed}</td>
      <td className={classNames(table.tight, table.wideOnly, table.end, styles.number)}>{requests}</td>
      <td className={classNames(table.tight, table.wideOnly)}>{badges}</td>
      <td className={classNames(table.tight, table.end)}>
        {isUsable(apiKey) && (
          <Button
            size="small"
            variant="quietDanger"
            aria-label={t('keys.revokeKey', { name: apiKey.name })}
            onClick={onRevoke}
          >
            {t('keys.revoke')}
          </Button>
        )}
      </td>
    </tr>
  )
}

const KeysSkeleton = () => (
  <div className={styles.skeletons} aria-hidden="true">
    <Skeleton height={40} />
    <Skeleton height={40} />
  </div>
)
