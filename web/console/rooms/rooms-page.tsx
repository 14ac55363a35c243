import type { ReactNode } from 'react'
import { useEffect, useRef, useState } from 'react'
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
import { BareSelect, SearchField } from '../../ui/field.tsx'
import { Menu, MenuItem, MenuLink, MenuSeparator } from '../../ui/menu.tsx'
import { State } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import table from '../../ui/table.module.css'
import { DateTime } from '../../ui/time.tsx'
import { toast } from '../../ui/toast.tsx'
import { useEnvironment } from '../shell/environment.ts'
import { focusHeading, Page } from '../shell/page.tsx'
import { LoadError, StaleNotice } from '../shell/states.tsx'
import { CreateRoom } from './create-room.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { useMayManage } from './room.ts'
import { RoomStatusBadge } from './room-status.tsx'
import styles from './rooms-page.module.css'
import { ROOM_SORTS, useRooms, type Room, type RoomFilter, type RoomStatus } from './rooms.ts'
import { canTurn, useStatusChange } from './status-change.ts'

const STATUSES: RoomStatus[] = ['open', 'active_meeting', 'closed']

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
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [deleting, setDeleting] = useState<Room[] | null>(null)
  const status = useStatusChange()
  const mayManage = useMayManage()

  const rooms = query.data?.pages.flatMap((page) => page.rooms) ?? []
  // Rooms that are no longer listed cannot stay selected unseen.
  const chosen = rooms.filter((room) => selected.has(room.roomId))
  const isFiltered = filter.name !== '' || filter.status !== ''
  const toggle = (roomId: string, isOn: boolean) => {
    const next = new Set(selected)
    if (isOn) next.add(roomId)
    else next.delete(roomId)
    setSelected(next)
  }

  let content
  if (query.isPending) content = <ListSkeleton />
  else if (query.data === undefined)
    content = <LoadError error={query.error} retry={() => void query.refetch()} />
  else if (rooms.length === 0) {
    content = isFiltered ? (
      <State
        icon={<SearchX aria-hidden="true" />}
        title={t('rooms.noMatchTitle')}
        action={
          <Button onClick={() => setFilter({ name: '', status: '' })}>{t('rooms.clearFilters')}</Button>
        }
      >
        {t('rooms.noMatch')}
      </State>
    ) : (
      <State icon={<DoorOpen aria-hidden="true" />} title={t('rooms.emptyTitle')}>
        {t(environment === 'test' ? 'rooms.emptyTest' : 'rooms.empty')}
      </State>
    )
  } else {
    content = (
      <RoomTable
        rooms={rooms}
        selected={selected}
        onToggle={toggle}
        onToggleAll={(isOn) =>
          setSelected(new Set(isOn ? rooms.filter(mayManage).map((room) => room.roomId) : []))
        }
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
    )
  }

  const isBare = !isFiltered && rooms.length === 0 && query.isSuccess
  return (
    <>
      <StaleNotice error={query.data && query.error} />
      <div className={styles.list}>
        {chosen.length > 0 ? (
          <div className={styles.bar}>
            <span className={styles.selection} role="status">
              {t('rooms.selected', { count: chosen.length })}
            </span>
            <span className={styles.spring} />
            <Button variant="ghost" onClick={() => setSelected(new Set())}>
              {t('rooms.clearSelection')}
            </Button>
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
          </div>
        ) : (
          !isBare && <FilterBar filter={filter} onChange={setFilter} />
        )}
        {content}
        {query.hasNextPage && (
          <div className={styles.foot}>
            <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t('rooms.loadMore')}
            </Button>
          </div>
        )}
      </div>
      {deleting !== null && (
        <DeleteDialog
          rooms={deleting}
          onClose={() => setDeleting(null)}
          onDone={() => {
            setDeleting(null)
            setSelected(new Set())
            focusHeading()
          }}
        />
      )}
    </>
  )
}

function FilterBar({
  filter,
  onChange,
}: {
  filter: RoomFilter
  onChange: (change: Partial<RoomFilter>) => void
}) {
  const { t } = useText()
  const [typed, setTyped] = useState(filter.name)
  const written = useRef(filter.name)
  useEffect(() => {
    // Changed by somebody else, such as the button that clears the filters.
    if (filter.name === written.current) return
    written.current = filter.name
    setTyped(filter.name)
  }, [filter.name])
  // Anew after each render, so that it never acts on an older filter.
  useEffect(() => {
    if (typed === written.current) return undefined
    const timer = setTimeout(() => {
      written.current = typed
      onChange({ name: typed })
    }, 250)
    return () => clearTimeout(timer)
  })
  return (
    <div className={styles.bar}>
      <SearchField
        className={styles.search}
        label={t('rooms.search')}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <span className={styles.spring} />
      <BareSelect
        label={t('rooms.filterStatus')}
        value={filter.status}
        onChange={(event) => onChange({ status: isStatus(event.target.value) ? event.target.value : '' })}
      >
        <option value="">{t('rooms.anyStatus')}</option>
        {STATUSES.map((status) => (
          <option key={status} value={status}>
            {t(`rooms.state.${status}`)}
          </option>
        ))}
      </BareSelect>
      <BareSelect
        label={t('rooms.sort')}
        value={filter.sort}
        onChange={(event) => onChange({ sort: isSort(event.target.value) ? event.target.value : 'newest' })}
      >
        {(Object.keys(ROOM_SORTS) as RoomFilter['sort'][]).map((sort) => (
          <option key={sort} value={sort}>
            {t(`rooms.${sort}`)}
          </option>
        ))}
      </BareSelect>
    </div>
  )
}

interface RoomTableProps {
  rooms: Room[]
  selected: ReadonlySet<string>
  onToggle: (roomId: string, isOn: boolean) => void
  onToggleAll: (isOn: boolean) => void
  renderActions: (room: Room) => ReactNode
  mayManage: (room: Room) => boolean
}

function RoomTable({ rooms, selected, onToggle, onToggleAll, renderActions, mayManage }: RoomTableProps) {
  const { t, locale } = useText()
  const selectable = rooms.filter(mayManage)
  const count = selectable.filter((room) => selected.has(room.roomId)).length
  return (
    <table className={table.table} aria-label={t('rooms.list')}>
      <thead>
        <tr>
          <th className={table.tight}>
            <input
              type="checkbox"
              className={styles.tick}
              aria-label={t('rooms.selectAll')}
              checked={count > 0 && count === selectable.length}
              disabled={selectable.length === 0}
              ref={(tick) => {
                if (tick) tick.indeterminate = count > 0 && count < selectable.length
              }}
              onChange={(event) => onToggleAll(event.target.checked)}
            />
          </th>
          <th>{t('rooms.name')}</th>
          <th className={table.wideOnly}>{t('rooms.status')}</th>
          <th className={table.wideOnly}>{t('rooms.createdAt')}</th>
          <th className={table.end}>{t('ui.actions')}</th>
        </tr>
      </thead>
      <tbody>
        {rooms.map((room) => (
          <tr key={room.roomId} aria-selected={selected.has(room.roomId)}>
            <td className={table.tight}>
              <input
                type="checkbox"
                className={styles.tick}
                aria-label={t('rooms.select', { name: room.roomName })}
                checked={selected.has(room.roomId)}
                disabled={!mayManage(room)}
                onChange={(event) => onToggle(room.roomId, event.target.checked)}
              />
            </td>
            <td className={table.main}>
              <div className={styles.nameCell}>
                <Link className={styles.name} to={`/rooms/${room.roomId}`}>
                  {room.roomName}
                </Link>
                <EndActionNote room={room} />
                <span className={classNames(styles.under, table.narrowOnly)}>
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
    <div className={styles.rowActions}>
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

const ListSkeleton = () => (
  <div className={styles.skeletons} aria-hidden="true">
    {['44%', '30%', '52%', '38%', '47%'].map((width) => (
      <div key={width}>
        <Skeleton width={18} height={18} />
        <Skeleton width={width} />
        <span className={styles.spring} />
        <Skeleton width={72} height={22} />
      </div>
    ))}
  </div>
)
