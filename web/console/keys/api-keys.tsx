import { lazy, Suspense, useState } from 'react'
import {
  Activity,
  EllipsisVertical,
  KeyRound,
  Lock,
  Pencil,
  Plus,
  RefreshCw,
  SearchX,
  Trash2,
} from 'lucide-react'
import { useNavigate, useSearchParams } from 'react-router'
import { isAdmin, useCurrentSession } from '../../account/index.ts'
import { useText } from '../../locales/console.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { classNames } from '../../ui/class-names.ts'
import { ChoiceSelect, FilterBar, ListSkeleton, SearchBox } from '../../ui/list.tsx'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx'
import { State } from '../../ui/notice.tsx'
import table from '../../ui/table.module.css'
import { BackToList, ItemLink } from '../shell/detail.tsx'
import { Loaded, StaleNotice } from '../shell/states.tsx'
import styles from './api-keys.module.css'
import { GenerateKeyDialog } from './generate-key-dialog.tsx'
import { KeyDetail, LastUsed, type KeyActions } from './key-detail.tsx'
import { filterKeys, NO_FILTER, type KeyFilter } from './key-filter.ts'
import { KeyStatus } from './key-status.tsx'
import { isUsable, useKeys, type ApiKey } from './keys.ts'
import { RevokeKeyDialog } from './revoke-key-dialog.tsx'

const EditKeyDialog = lazy(async () => ({ default: (await import('./edit-key-dialog.tsx')).EditKeyDialog }))
const RotateKeyDialog = lazy(async () => ({
  default: (await import('./rotate-key-dialog.tsx')).RotateKeyDialog,
}))

interface Props {
  /** A key just generated is to sign a new webhook. */
  onUseForWebhook: (key: string) => void
}

/** Generate, list, rotate, change and revoke the organization's API keys. On Embedded and in the settings for developers. */
export function ApiKeys({ onUseForWebhook }: Props) {
  const { t } = useText()
  const mayManage = isAdmin(useCurrentSession())
  if (mayManage) return <ManagedKeys onUseForWebhook={onUseForWebhook} />
  return (
    <Card title={t('keys.title')} description={t('keys.purpose')}>
      <State icon={<Lock aria-hidden="true" />} title={t('keys.deniedTitle')}>
        {t('keys.denied')}
      </State>
    </Card>
  )
}

type Open = { what: 'generate' } | { what: 'rotate' | 'edit' | 'revoke'; key: ApiKey }

function ManagedKeys({ onUseForWebhook }: Props) {
  const { t } = useText()
  const keys = useKeys()
  const [params] = useSearchParams()
  const [filter, setFilter] = useState(NO_FILTER)
  const [open, setOpen] = useState<Open | null>(null)
  const id = params.get('key')
  const all = keys.data?.keys ?? []
  const chosen = all.find((key) => key.id === id)
  const actions: KeyActions = {
    onRotate: (key) => setOpen({ what: 'rotate', key }),
    onEdit: (key) => setOpen({ what: 'edit', key }),
    onRevoke: (key) => setOpen({ what: 'revoke', key }),
  }

  let page
  if (chosen !== undefined)
    page = (
      <KeyDetail
        key={chosen.id}
        apiKey={chosen}
        successor={all.find((key) => key.id === chosen.rotatedTo)}
        {...actions}
      />
    )
  else if (id !== null && keys.isSuccess)
    page = (
      <>
        <BackToList from={id}>{t('keys.back')}</BackToList>
        <Card title={t('keys.title')}>
          <State icon={<SearchX aria-hidden="true" />} title={t('keys.notFoundTitle')}>
            {t('keys.notFound')}
          </State>
        </Card>
      </>
    )
  else
    page = (
      <Card
        flush
        title={t('keys.title')}
        description={t('keys.purpose')}
        action={
          <Button variant="primary" onClick={() => setOpen({ what: 'generate' })}>
            <Plus aria-hidden="true" />
            {t('keys.generate')}
          </Button>
        }
      >
        <Loaded query={keys} skeleton={<ListSkeleton />}>
          {() =>
            all.length === 0 ? (
              <State icon={<KeyRound aria-hidden="true" />} title={t('keys.emptyTitle')}>
                {t('keys.empty')}
              </State>
            ) : (
              <KeyList keys={all} filter={filter} onFilter={setFilter} {...actions} />
            )
          }
        </Loaded>
      </Card>
    )

  const close = () => setOpen(null)
  return (
    <>
      <StaleNotice error={keys.data && keys.error} />
      {page}
      {open?.what === 'generate' && <GenerateKeyDialog onClose={close} onUseForWebhook={onUseForWebhook} />}
      <Suspense>
        {open?.what === 'rotate' && <RotateKeyDialog apiKey={open.key} onClose={close} />}
        {open?.what === 'edit' && <EditKeyDialog apiKey={open.key} onClose={close} />}
      </Suspense>
      {open?.what === 'revoke' && <RevokeKeyDialog apiKey={open.key} onClose={close} />}
    </>
  )
}

function KeyList({
  keys,
  filter,
  onFilter,
  ...actions
}: { keys: ApiKey[]; filter: KeyFilter; onFilter: (filter: KeyFilter) => void } & KeyActions) {
  const { t } = useText()
  const listed = filterKeys(keys, filter)
  return (
    <div className={styles.listing}>
      <KeyFilters filter={filter} onChange={(change) => onFilter({ ...filter, ...change })} />
      {listed.length === 0 ? (
        <State
          icon={<SearchX aria-hidden="true" />}
          title={t('keys.noMatchTitle')}
          action={<Button onClick={() => onFilter({ ...NO_FILTER, status: '' })}>{t('keys.showAll')}</Button>}
        >
          {t('keys.noMatch')}
        </State>
      ) : (
        <table className={classNames(table.table, styles.list)} aria-label={t('keys.list')}>
          <thead>
            <tr>
              <th>{t('keys.name')}</th>
              <th className={classNames(table.wideOnly, styles.roomy)}>{t('keys.permissions')}</th>
              <th className={table.wideOnly}>{t('keys.lastUsed')}</th>
              <th className={classNames(table.wideOnly, table.end)}>{t('keys.requests')}</th>
              <th className={table.wideOnly}>{t('keys.state')}</th>
              <th className={table.end}>{t('ui.actions')}</th>
            </tr>
          </thead>
          <tbody>
            {listed.map((key) => (
              <KeyRow key={key.id} apiKey={key} {...actions} />
            ))}
          </tbody>
        </table>
      )}
    </div>
  )
}

const ENVIRONMENTS = ['live', 'test'] as const
const STATUSES = ['usable', 'active', 'expiring', 'expired', 'revoked'] as const

function KeyFilters({
  filter,
  onChange,
}: {
  filter: KeyFilter
  onChange: (change: Partial<KeyFilter>) => void
}) {
  const { t } = useText()
  return (
    <FilterBar isBelow>
      <SearchBox label={t('keys.search')} value={filter.text} onChange={(text) => onChange({ text })} />
      <ChoiceSelect
        label={t('keys.environment')}
        value={filter.environment}
        choices={[
          ['', t('keys.anyEnvironment')],
          ...ENVIRONMENTS.map((one) => [one, t(`shell.${one}`)] as const),
        ]}
        onChange={(environment) => onChange({ environment })}
      />
      <ChoiceSelect
        label={t('keys.state')}
        value={filter.status}
        choices={[
          ['', t('keys.anyState')],
          ...STATUSES.map((one) => [one, t(`keys.states.${one}`)] as const),
        ]}
        onChange={(status) => onChange({ status })}
      />
    </FilterBar>
  )
}

/** The most that a key may do, in two words. */
const accessOf = ({ permissions }: ApiKey) =>
  permissions.includes('admin')
    ? 'keys.fullAccess'
    : permissions.includes('write')
      ? 'keys.readWrite'
      : 'keys.readOnly'

function KeyRow({ apiKey, ...actions }: { apiKey: ApiKey } & KeyActions) {
  const { t, locale } = useText()
  const requests = new Intl.NumberFormat(locale).format(apiKey.requestCount)
  const lastUsed = <LastUsed apiKey={apiKey} />
  return (
    <tr>
      <td className={table.main}>
        <div className={table.named}>
          <ItemLink id={apiKey.id} to={`?key=${apiKey.id}`}>
            {apiKey.name}
          </ItemLink>
          <code className={styles.key}>
            {apiKey.start}…{apiKey.last4}
          </code>
          <div className={classNames(table.under, styles.under, table.narrowOnly)}>
            <KeyStatus apiKey={apiKey} />
            <span>
              {t('keys.lastUsed')}: {lastUsed}
            </span>
            <span>
              {t('keys.requests')}: {requests}
            </span>
          </div>
        </div>
      </td>
      <td className={classNames(table.tight, table.wideOnly, styles.roomy)}>{t(accessOf(apiKey))}</td>
      <td className={classNames(table.tight, table.muted, table.wideOnly)}>{lastUsed}</td>
      <td className={classNames(table.tight, table.wideOnly, table.end, styles.number)}>{requests}</td>
      <td className={classNames(table.tight, table.wideOnly)}>
        <KeyStatus apiKey={apiKey} />
      </td>
      <td className={classNames(table.tight, table.end)}>
        <KeyMenu apiKey={apiKey} {...actions} />
      </td>
    </tr>
  )
}

function KeyMenu({ apiKey, onRotate, onEdit, onRevoke }: { apiKey: ApiKey } & KeyActions) {
  const { t } = useText()
  const navigate = useNavigate()
  return (
    <Menu
      trigger={
        <IconButton size="small" label={t('keys.more', { name: apiKey.name, last4: apiKey.last4 })}>
          <EllipsisVertical aria-hidden="true" />
        </IconButton>
      }
    >
      <MenuItem
        icon={<Activity aria-hidden="true" />}
        onSelect={() => void navigate(`?key=${apiKey.id}`, { state: { isFromList: true } })}
      >
        {t('keys.showActivity')}
      </MenuItem>
      {isUsable(apiKey) && (
        <>
          {apiKey.rotatedTo === null && (
            <MenuItem icon={<RefreshCw aria-hidden="true" />} onSelect={() => onRotate(apiKey)}>
              {t('keys.rotate')}
            </MenuItem>
          )}
          <MenuItem icon={<Pencil aria-hidden="true" />} onSelect={() => onEdit(apiKey)}>
            {t('keys.edit')}
          </MenuItem>
          <MenuSeparator />
          <MenuItem danger icon={<Trash2 aria-hidden="true" />} onSelect={() => onRevoke(apiKey)}>
            {t('keys.revoke')}
          </MenuItem>
        </>
      )}
    </Menu>
  )
}
