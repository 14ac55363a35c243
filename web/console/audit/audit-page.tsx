import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Download, Lock, SearchX } from 'lucide-react'
import { isAdmin, useCurrentSession } from '../../account/index.ts'
import { api, type RouteAnswer } from '../../api/client.ts'
import { useText } from '../../locales/console.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { classNames } from '../../ui/class-names.ts'
import { TextField } from '../../ui/field.tsx'
import { ChoiceSelect, FilterBar, ListSkeleton, LoadMore, SearchBox } from '../../ui/list.tsx'
import { State } from '../../ui/notice.tsx'
import table from '../../ui/table.module.css'
import { DateTime } from '../../ui/time.tsx'
import { Loaded, StaleNotice } from '../shell/states.tsx'
import styles from './audit.module.css'

type Entry = RouteAnswer<'get /api/v1/audit'>['entries'][number]

/** What actions begin with; the server filters by it. */
const KINDS = [
  'session',
  'user',
  'password',
  'two_factor',
  'invitation',
  'key',
  'room',
  'room_member',
  'webhook',
  'oauth',
  'organization',
] as const

interface Filter {
  actor: string
  action: (typeof KINDS)[number] | ''
  from: string
  to: string
}

/** Days as the server takes them: from the first moment of one to the last of the other, in the reader's zone. */
const queryOf = ({ actor, action, from, to }: Filter) => ({
  ...(actor.trim() !== '' && { actor: actor.trim() }),
  ...(action !== '' && { action }),
  ...(from !== '' && { from: new Date(`${from}T00:00:00`).toISOString() }),
  ...(to !== '' && { to: new Date(`${to}T23:59:59.999`).toISOString() }),
})

export function Component() {
  const { t } = useText()
  if (!isAdmin(useCurrentSession()))
    return (
      <Card title={t('audit.title')}>
        <State icon={<Lock aria-hidden="true" />} title={t('errors.deniedTitle')}>
          {t('audit.denied')}
        </State>
      </Card>
    )
  return <AuditLog />
}

function AuditLog() {
  const { t } = useText()
  const [filter, setFilter] = useState<Filter>({ actor: '', action: '', from: '', to: '' })
  const wanted = queryOf(filter)
  const query = useInfiniteQuery({
    queryKey: ['audit', wanted],
    queryFn: ({ pageParam, signal }) =>
      api('get /api/v1/audit', {
        signal,
        query: { ...wanted, ...(pageParam !== '' && { nextPageToken: pageParam }) },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.pagination.nextPageToken,
    placeholderData: keepPreviousData,
  })
  const entries = query.data?.pages.flatMap((page) => page.entries) ?? []
  const change = (part: Partial<Filter>) => setFilter({ ...filter, ...part })

  return (
    <>
      <StaleNotice error={query.data && query.error} />
      <Card
        flush
        title={t('audit.title')}
        description={t('audit.purpose')}
        action={
          <a
            className={buttonClass({})}
            href={`/api/v1/audit?${new URLSearchParams({ ...wanted, format: 'csv' })}`}
            download="audit.csv"
          >
            <Download aria-hidden="true" />
            {t('audit.csv')}
          </a>
        }
      >
        <FilterBar isBelow>
          <div className={styles.search}>
            <SearchBox
              label={t('audit.actor')}
              value={filter.actor}
              maxLength={100}
              onChange={(actor) => change({ actor })}
            />
          </div>
          <ChoiceSelect
            label={t('audit.kind')}
            value={filter.action}
            choices={[
              ['', t('audit.allKinds')],
              ...KINDS.map((kind) => [kind, t(`audit.kinds.${kind}`)] as const),
            ]}
            onChange={(action) => change({ action })}
          />
          <TextField
            label={t('audit.from')}
            type="date"
            value={filter.from}
            max={filter.to || undefined}
            onChange={(event) => change({ from: event.target.value })}
          />
          <TextField
            label={t('audit.to')}
            type="date"
            value={filter.to}
            min={filter.from || undefined}
            onChange={(event) => change({ to: event.target.value })}
          />
        </FilterBar>
        <Loaded query={query} skeleton={<ListSkeleton />}>
          {() =>
            entries.length > 0 ? (
              <Entries entries={entries} />
            ) : (
              <State icon={<SearchX aria-hidden="true" />} title={t('audit.noMatch')}>
                {t('audit.noMatchText')}
              </State>
            )
          }
        </Loaded>
        <LoadMore query={query}>{t('audit.more')}</LoadMore>
      </Card>
    </>
  )
}

function Entries({ entries }: { entries: Entry[] }) {
  const { t, locale } = useText()
  return (
    <table className={table.table} aria-label={t('audit.title')}>
      <thead>
        <tr>
          <th scope="col">{t('audit.what')}</th>
          <th scope="col" className={table.wideOnly}>
            {t('audit.who')}
          </th>
          <th scope="col" className={table.wideOnly}>
            {t('audit.where')}
          </th>
          <th scope="col">{t('audit.when')}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.id}>
            <td className={table.main}>
              <div className={styles.what}>
                <code>{entry.action}</code>
                {entry.target !== null && <span>{entry.target}</span>}
                <span className={table.narrowOnly}>{entry.actor.name ?? t('audit.nobody')}</span>
              </div>
            </td>
            <td className={classNames(table.tight, table.wideOnly)}>
              {entry.actor.name ?? <span className={table.muted}>{t('audit.nobody')}</span>}
            </td>
            <td className={classNames(table.tight, table.muted, table.wideOnly)}>{entry.ip}</td>
            <td className={styles.when}>
              <DateTime at={entry.at} locale={locale} withTime />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
