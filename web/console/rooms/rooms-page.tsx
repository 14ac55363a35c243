import type { ReactNode } from 'react'
import { useState } from 'react'
import {
  Copy,
  DoorClosed,
  DoorOpen,
  EllipsisVertical,
  ExternalLink,
  SearchX,
  Settings2,
  Trash2,
} from 'lucide-react'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { useText } from '../../locales/console.ts'
import { Button, buttonClass, IconButton } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { copyText } from '../../ui/copy.tsx'
import {
  ChoiceSelect,
  FilterBar,
  ListSkeleton,
  LoadMore,
  SearchBox,
  SelectionBar,
  Spring,
  Tick,
  TickAll,
  useSelection,
  type Selection,
} from '../../ui/list.tsx'
import list from '../../ui/list.module.css'
import { Menu, MenuItem, MenuLink, MenuSeparator } from '../../ui/menu.tsx'
import { State } from '../../ui/notice.tsx'
import table from '../../ui/table.module.css'
import { DateTime } from '../../ui/time.tsx'
import { toast } from '../../ui/toast.tsx'
import { useEnvironment } from '../shell/environment.ts'
import { focusHeading, Page } from '../shell/page.tsx'
import { Loaded, StaleNotice } from '../shell/states.tsx'
import { CreateRoom } from './create-room.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { useMayManage } from './room.ts'
import { RoomStatusBadge } from './room-status.tsx'
import styles from './rooms-page.module.css'
import { ROOM_SORTS, useRooms, type Room, type RoomFilter, type RoomStatus } from './rooms.ts'
import { canTurn, useStatusChange } from './status-change.ts'

const STATUSES: RoomStatus[] = ['open', 'active_meeting', 'closed']
const SORTS = Object.keys(ROOM_SORTS) as RoomFilter['sort'][]

const isStatus = (value: string | null): value is RoomStatus => STATUSES.some((status) => status === value)
const isSort = (value: string | null): value is RoomFilter['sort'] =>
  value !== null && Object.hasOwn(ROOM_SORTS, value)

/** Search, filter and order live in the address, so that a list can be shared and survives going back. */
function useFilter(): [RoomFilter, (change: Partial<RoomFilter>) => void] {
  const [params, setParams] = useSearchParams()
  const status = params.get('status')
  const sort = params.get('sort')
  const filter: RoomFilter = {
    name: params.get('q') ?? '',
    status: isStatus(status) ? status : '',
    sort: isSort(sort) ? sort : 'newest',
  }
  const change = (part: Partial<RoomFilter>) => {
    const next = { ...filter, ...part }
    setParams(
      {
        ...(next.name !== '' && { q: next.name }),
        ...(next.status !== '' && { status: next.status }),
        ...(next.sort !== 'newest' && { sort: next.sort }),
      },
      { replace: true },
    )
  }
  return [filter, change]
}

export function Component() {
  const { t } = useText()
  const environment = useEnvironment()
  return (
    <Page title={t('rooms.title')} purpose={t('rooms.purpose')}>
      <CreateRoom />
      {/* A selection must not outlive the environment it was made in. */}
      <RoomList key={environment} />
    </Page>
  )
}

function RoomList() {
  const { t } = useText()
  const environment = useEnvironment()
  const [filter, setFilter] = useFilter()
  const query = useRooms(filter)
  const [deleting, setDeleting] = useState<Room[] | null>(null)
  const status = useStatusChange()
  const mayManage = useMayManage()

  const rooms = query.data?.pages.flatMap((page) => page.rooms) ?? []
  const selection = useSelection(rooms, (room) => room.roomId)
  const { chosen } = selection
  const isFiltered = filter.name !== '' || filter.status !== ''

  const isBare = !isFiltered && rooms.length === 0 && query.isSuccess
  return (
    <>
      <StaleNotice error={query.data && query.error} />
      <div className={list.list}>
        {chosen.length > 0 ? (
          <SelectionBar
            text={t('rooms.selected', { count: selection.chosen.length })}
            clear={t('rooms.clearSelection')}
            onClear={selection.clear}
          >
            {(['open', 'closed'] as const).map((target) => {
              const affected = canTurn(chosen, target)
              const Icon = target === 'open' ? DoorOpen : DoorClosed
              return (
                affected.length > 0 && (
                  <Button
                    key={target}
                    busy={status.isPending}
                    onClick={() => status.change(affected, target)}
                  >
                    <Icon aria-hidden="true" />
                    {t(target === 'open' ? 'rooms.openSelected' : 'rooms.closeSelected')}
                  </Button>
                )
              )
            })}
            <Button variant="quietDanger" onClick={() => setDeleting(chosen)}>
              <Trash2 aria-hidden="true" />
              {t('rooms.deleteSelected')}
            </Button>
          </SelectionBar>
        ) : (
          !isBare && <RoomFilters filter={filter} onChange={setFilter} />
        )}
        <Loaded query={query} skeleton={<ListSkeleton lead={[18, 18]} end />}>
          {() =>
            rooms.length > 0 ? (
              <RoomTable
                rooms={rooms}
                selection={selection}
                renderActions={(room) => (
                  <RowActions
                    room={room}
                    isManaged={mayManage(room)}
                    onStatus={(target) => status.change([room], target)}
                    onDelete={() => setDeleting([room])}
                  />
                )}
                mayManage={mayManage}
              />
            ) : isFiltered ? (
              <State
                icon={<SearchX aria-hidden="true" />}
                title={t('rooms.noMatchTitle')}
                action={
                  <Button onClick={() => setFilter({ name: '', status: '' })}>
                    {t('rooms.clearFilters')}
                  </Button>
                }
              >
                {t('rooms.noMatch')}
              </State>
            ) : (
              <State icon={<DoorOpen aria-hidden="true" />} title={t('rooms.emptyTitle')}>
                {t(environment === 'test' ? 'rooms.emptyTest' : 'rooms.empty')}
              </State>
            )
          }
        </Loaded>
        <LoadMore query={query}>{t('rooms.loadMore')}</LoadMore>
      </div>
      {deleting !== null && (
        <DeleteDialog
          rooms={deleting}
          onClose={() => setDeleting(null)}
          onDone={() => {
            setDeleting(null)
            selection.clear()
            focusHeading()
          }}
        />
      )}
    </>
  )
}

function RoomFilters({
  filter,
  onChange,
}: {
  filter: RoomFilter
  onChange: (change: Partial<RoomFilter>) => void
}) {
  const { t } = useText()
  return (
    <FilterBar>
      <SearchBox label={t('rooms.search')} value={filter.name} onChange={(name) => onChange({ name })} />
      <Spring />
      <ChoiceSelect
        label={t('rooms.filterStatus')}
        value={filter.status}
        choices={[
          ['', t('rooms.anyStatus')],
          ...STATUSES.map((one) => [one, t(`rooms.state.${one}`)] as const),
        ]}
        onChange={(status) => onChange({ status })}
      />
      <ChoiceSelect
        label={t('rooms.sort')}
        value={filter.sort}
        choices={SORTS.map((one) => [one, t(`rooms.${one}`)])}
        onChange={(sort) => onChange({ sort })}
      />
    </FilterBar>
  )
}

interface RoomTableProps {
  rooms: Room[]
  selection: Selection<Room>
  renderActions: (room: Room) => ReactNode
  mayManage: (room: Room) => boolean
}

function RoomTable({ rooms, selection, renderActions, mayManage }: RoomTableProps) {
  const { t, locale } = useText()
  return (
    <table className={table.table} aria-label={t('rooms.list')}>
      <thead>
        <tr>
          <th className={table.tight}>
            <TickAll label={t('rooms.selectAll')} selection={selection} items={rooms.filter(mayManage)} />
          </th>
          <th>{t('rooms.name')}</th>
          <th className={table.wideOnly}>{t('rooms.status')}</th>
          <th className={table.wideOnly}>{t('rooms.createdAt')}</th>
          <th className={table.end}>{t('ui.actions')}</th>
        </tr>
      </thead>
      <tbody>
        {rooms.map((room) => (
          <tr key={room.roomId} aria-selected={selection.has(room)}>
            <td className={table.tight}>
              <Tick
                label={t('rooms.select', { name: room.roomName })}
                selection={selection}
                item={room}
                disabled={!mayManage(room)}
              />
            </td>
            <td className={table.main}>
              <div className={table.named}>
                <Link className={table.name} to={`/rooms/${room.roomId}`}>
                  {room.roomName}
                </Link>
                <EndActionNote room={room} />
                <span className={classNames(table.under, table.narrowOnly)}>
                  <RoomStatusBadge status={room.status} />
                  <DateTime at={room.creationDate} locale={locale} />
                </span>
              </div>
            </td>
            <td className={classNames(table.tight, table.wideOnly)}>
              <RoomStatusBadge status={room.status} />
            </td>
            <td className={classNames(table.tight, table.muted, table.wideOnly)}>
              <DateTime at={room.creationDate} locale={locale} />
            </td>
            <td className={table.tight}>{renderActions(room)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function EndActionNote({ room }: { room: Room }) {
  const { t } = useText()
  if (room.meetingEndAction === 'none') return null
  return (
    <span className={styles.note}>
      {t(room.meetingEndAction === 'delete' ? 'rooms.deletesAtEnd' : 'rooms.closesAtEnd')}
    </span>
  )
}

interface RowActionsProps {
  room: Room
  isManaged: boolean
  onStatus: (status: 'open' | 'closed') => void
  onDelete: () => void
}

function RowActions({ room, isManaged, onStatus, onDelete }: RowActionsProps) {
  const { t } = useText()
  const navigate = useNavigate()
  const copy = async (link: string, said: string) => {
    const isCopied = await copyText(link)
    toast(isCopied ? { text: said } : { tone: 'danger', text: t('rooms.copyFailed') })
  }
  const { moderatorUrl, speakerUrl } = room
  return (
    <div className={table.rowActions}>
      {room.status !== 'closed' && (
        <a
          className={classNames(buttonClass({ size: 'small' }), table.wideOnly)}
          href={moderatorUrl ?? `/room/${room.roomId}`}
          target="_blank"
          rel="noopener"
          aria-label={t('rooms.openRoom', { name: room.roomName })}
        >
          <ExternalLink aria-hidden="true" />
          {t('rooms.open')}
        </a>
      )}
      <Menu
        trigger={
          <IconButton size="small" label={t('rooms.more', { name: room.roomName })}>
            <EllipsisVertical aria-hidden="true" />
          </IconButton>
        }
      >
        {room.status !== 'closed' && (
          <MenuLink>
            <a href={moderatorUrl ?? `/room/${room.roomId}`} target="_blank" rel="noopener">
              <ExternalLink aria-hidden="true" />
              {t('room.open')}
            </a>
          </MenuLink>
        )}
        {moderatorUrl && (
          <MenuItem
            icon={<Copy aria-hidden="true" />}
            onSelect={() => void copy(moderatorUrl, t('rooms.moderatorCopied'))}
          >
            {t('rooms.copyModerator')}
          </MenuItem>
        )}
        {speakerUrl && (
          <MenuItem
            icon={<Copy aria-hidden="true" />}
            onSelect={() => void copy(speakerUrl, t('rooms.speakerCopied'))}
          >
            {t('rooms.copySpeaker')}
          </MenuItem>
        )}
        <MenuItem
          icon={<Settings2 aria-hidden="true" />}
          onSelect={() => void navigate(`/rooms/${room.roomId}`)}
        >
          {t('rooms.details')}
        </MenuItem>
        {isManaged && (
          <>
            {canTurn([room], 'open').length > 0 && (
              <MenuItem icon={<DoorOpen aria-hidden="true" />} onSelect={() => onStatus('open')}>
                {t(room.status === 'closed' ? 'rooms.reopenRoom' : 'rooms.keepOpen')}
              </MenuItem>
            )}
            {canTurn([room], 'closed').length > 0 && (
              <MenuItem icon={<DoorClosed aria-hidden="true" />} onSelect={() => onStatus('closed')}>
                {t('rooms.closeRoom')}
              </MenuItem>
            )}
            <MenuSeparator />
            <MenuItem danger icon={<Trash2 aria-hidden="true" />} onSelect={onDelete}>
              {t('rooms.delete')}
            </MenuItem>
          </>
        )}
      </Menu>
    </div>
  )
}
