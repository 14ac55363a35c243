import { useState } from 'react'
import { AppWindow, EllipsisVertical, Lock, Pencil, Plus, RefreshCw, Trash2 } from 'lucide-react'
import { isAdmin, useCurrentSession } from '../../account/index.ts'
import { useText } from '../../locales/console.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { classNames } from '../../ui/class-names.ts'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx'
import { ListSkeleton } from '../../ui/list.tsx'
import { State } from '../../ui/notice.tsx'
import table from '../../ui/table.module.css'
import { DateTime } from '../../ui/time.tsx'
import { Loaded, StaleNotice } from '../shell/states.tsx'
import {
  DeleteClientDialog,
  EditClientDialog,
  RegisterClientDialog,
  RotateSecretDialog,
} from './client-dialogs.tsx'
import styles from './oauth.module.css'
import { type OAuthClient, useOAuthClients } from './oauth.ts'

/** Register, list, change and delete the organization's OAuth clients. */
export function OAuthClients() {
  const { t } = useText()
  if (isAdmin(useCurrentSession())) return <ManagedClients />
  return (
    <Card title={t('oauth.title')} description={t('oauth.purpose')}>
      <State icon={<Lock aria-hidden="true" />} title={t('oauth.deniedTitle')}>
        {t('oauth.denied')}
      </State>
    </Card>
  )
}

type Open = { what: 'register' } | { what: 'edit' | 'rotate' | 'delete'; client: OAuthClient }

function ManagedClients() {
  const { t } = useText()
  const clients = useOAuthClients()
  const [open, setOpen] = useState<Open | null>(null)
  const close = () => setOpen(null)
  return (
    <>
      <StaleNotice error={clients.data && clients.error} />
      <Card
        flush
        title={t('oauth.title')}
        description={t('oauth.purpose')}
        action={
          <Button onClick={() => setOpen({ what: 'register' })}>
            <Plus aria-hidden="true" />
            {t('oauth.register')}
          </Button>
        }
      >
        <Loaded query={clients} skeleton={<ListSkeleton />}>
          {({ clients: all }) =>
            all.length === 0 ? (
              <State icon={<AppWindow aria-hidden="true" />} title={t('oauth.emptyTitle')}>
                {t('oauth.empty')}
              </State>
            ) : (
              <ClientList clients={all} onOpen={setOpen} />
            )
          }
        </Loaded>
      </Card>
      {open?.what === 'register' && <RegisterClientDialog onClose={close} />}
      {open?.what === 'edit' && <EditClientDialog client={open.client} onClose={close} />}
      {open?.what === 'rotate' && <RotateSecretDialog client={open.client} onClose={close} />}
      {open?.what === 'delete' && <DeleteClientDialog client={open.client} onClose={close} />}
    </>
  )
}

function ClientList({ clients, onOpen }: { clients: OAuthClient[]; onOpen: (open: Open) => void }) {
  const { t, locale } = useText()
  return (
    <table className={table.table} aria-label={t('oauth.title')}>
      <thead>
        <tr>
          <th>{t('oauth.name')}</th>
          <th className={table.wideOnly}>{t('oauth.kindShort')}</th>
          <th className={classNames(table.wideOnly, table.end)}>{t('oauth.users')}</th>
          <th className={table.wideOnly}>{t('oauth.created')}</th>
          <th className={table.end}>{t('ui.actions')}</th>
        </tr>
      </thead>
      <tbody>
        {clients.map((client) => (
          <tr key={client.id}>
            <td className={table.main}>
              <div className={styles.cell}>
                <span className={styles.name}>{client.name}</span>
                <code className={styles.id}>{client.id}</code>
                <div className={classNames(styles.under, table.narrowOnly)}>
                  <span>{t(client.isPublic ? 'oauth.isPublic' : 'oauth.hasSecret')}</span>
                  <span>{t('oauth.userCount', { count: client.users })}</span>
                </div>
              </div>
            </td>
            <td className={classNames(table.tight, table.wideOnly)}>
              <Badge plain>{t(client.isPublic ? 'oauth.isPublic' : 'oauth.hasSecret')}</Badge>
            </td>
            <td className={classNames(table.tight, table.wideOnly, table.end)}>
              {new Intl.NumberFormat(locale).format(client.users)}
            </td>
            <td className={classNames(table.tight, table.muted, table.wideOnly)}>
              <DateTime at={client.createdAt} locale={locale} />
            </td>
            <td className={classNames(table.tight, table.end)}>
              <Menu
                trigger={
                  <IconButton size="small" label={t('oauth.more', { name: client.name })}>
                    <EllipsisVertical aria-hidden="true" />
                  </IconButton>
                }
              >
                <MenuItem
                  icon={<Pencil aria-hidden="true" />}
                  onSelect={() => onOpen({ what: 'edit', client })}
                >
                  {t('oauth.edit')}
                </MenuItem>
                {!client.isPublic && (
                  <MenuItem
                    icon={<RefreshCw aria-hidden="true" />}
                    onSelect={() => onOpen({ what: 'rotate', client })}
                  >
                    {t('oauth.newSecret')}
                  </MenuItem>
                )}
                <MenuSeparator />
                <MenuItem
                  danger
                  icon={<Trash2 aria-hidden="true" />}
                  onSelect={() => onOpen({ what: 'delete', client })}
                >
                  {t('oauth.delete')}
                </MenuItem>
              </Menu>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
