import { useState } from 'react'
import { AppWindow } from 'lucide-react'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { classNames } from '../../ui/class-names.ts'
import { ListSkeleton } from '../../ui/list.tsx'
import { State } from '../../ui/notice.tsx'
import table from '../../ui/table.module.css'
import { DateTime, TimeAgo } from '../../ui/time.tsx'
import { Confirm } from '../shell/confirm.tsx'
import { focusHeading } from '../shell/page.tsx'
import { Loaded } from '../shell/states.tsx'
import styles from './oauth.module.css'
import { type Grant, SCOPE_TEXTS, useGrants, useWithdrawGrant } from './oauth.ts'

/** Apps that act for the signed-in user, and a way to end that. */
export function AppsWithAccess() {
  const { t } = useText()
  const grants = useGrants()
  const [chosen, setChosen] = useState<Grant | null>(null)
  return (
    <>
      <Card flush title={t('oauth.appsTitle')} description={t('oauth.appsPurpose')}>
        <Loaded query={grants} skeleton={<ListSkeleton />}>
          {({ grants: all }) =>
            all.length === 0 ? (
              <State icon={<AppWindow aria-hidden="true" />}>{t('oauth.noApps')}</State>
            ) : (
              <GrantList grants={all} onWithdraw={setChosen} />
            )
          }
        </Loaded>
      </Card>
      {chosen !== null && <WithdrawDialog grant={chosen} onClose={() => setChosen(null)} />}
    </>
  )
}

function GrantList({ grants, onWithdraw }: { grants: Grant[]; onWithdraw: (grant: Grant) => void }) {
  const { t, locale } = useText()
  return (
    <table className={table.table} aria-label={t('oauth.appsTitle')}>
      <thead>
        <tr>
          <th>{t('oauth.app')}</th>
          <th className={table.wideOnly}>{t('oauth.since')}</th>
          <th className={table.wideOnly}>{t('oauth.lastRenewed')}</th>
          <th className={table.end}>{t('ui.actions')}</th>
        </tr>
      </thead>
      <tbody>
        {grants.map((grant) => (
          <tr key={grant.id}>
            <td className={table.main}>
              <div className={styles.cell}>
                <span className={styles.name}>{grant.clientName}</span>
                <span className={styles.id}>
                  {t('oauth.inOrganization', { organization: grant.organization })}
                </span>
                <span className={styles.id}>
                  {grant.scopes.map((scope) => t(SCOPE_TEXTS[scope])).join(' · ')}
                </span>
              </div>
            </td>
            <td className={classNames(table.tight, table.muted, table.wideOnly)}>
              <DateTime at={grant.createdAt} locale={locale} />
            </td>
            <td className={classNames(table.tight, table.muted, table.wideOnly)}>
              {grant.lastUsedAt === null ? t('ui.never') : <TimeAgo at={grant.lastUsedAt} locale={locale} />}
            </td>
            <td className={classNames(table.tight, table.end)}>
              <Button
                size="small"
                aria-label={t('oauth.withdrawNamed', { name: grant.clientName })}
                onClick={() => onWithdraw(grant)}
              >
                {t('oauth.withdraw')}
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function WithdrawDialog({ grant, onClose }: { grant: Grant; onClose: () => void }) {
  const { t } = useText()
  return (
    <Confirm
      title={t('oauth.withdrawTitle', { name: grant.clientName })}
      text={t('oauth.withdrawText')}
      action={t('oauth.withdraw')}
      mutation={useWithdrawGrant()}
      variables={grant.id}
      done={t('oauth.withdrawn', { name: grant.clientName })}
      onDone={() => {
        onClose()
        focusHeading()
      }}
      onClose={onClose}
    />
  )
}
