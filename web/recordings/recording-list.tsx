import { useState } from 'react'
import { Clapperboard, Download, EllipsisVertical, Link2, Pencil, Play, SearchX, Trash2 } from 'lucide-react'
import { useNavigate } from 'react-router'
import { useText } from '../locales/console.ts'
import { Badge, type Tone } from '../ui/badge.tsx'
import { Button, buttonClass, IconButton } from '../ui/button.tsx'
import { classNames } from '../ui/class-names.ts'
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
} from '../ui/list.tsx'
import list from '../ui/list.module.css'
import { Menu, MenuItem, MenuLink, MenuSeparator } from '../ui/menu.tsx'
import { State } from '../ui/notice.tsx'
import table from '../ui/table.module.css'
import { DateTime } from '../ui/time.tsx'
import { toast } from '../ui/toast.tsx'
import { errorText } from '../ui/errors.ts'
import { Loaded, StaleNotice } from '../console/shell/states.tsx'
import { clockText, sizeText } from './format.ts'
import { DeleteDialog, RenameDialog, ShareDialog } from './recording-dialogs.tsx'
import {
  linkTo,
  RECORDING_SORTS,
  RECORDING_STATUSES,
  useRecordings,
  type RecordingFilter,
  type RecordingStatus,
} from './recordings.ts'
import styles from './recordings.module.css'
import { addressOf, isPlayable, isRunning, pathOf, titleOf, type Recording, type Source } from './source.ts'

const TONES: Record<RecordingStatus, Tone> = {
  starting: 'warning',
  active: 'danger',
  ending: 'warning',
  complete: 'success',
  failed: 'danger',
  aborted: 'warning',
  limit_reached: 'warning',
}

export function RecordingStatusBadge({ status }: { status: RecordingStatus }) {
  const { t } = useText()
  return <Badge tone={TONES[status]}>{t(`recordings.state.${status}`)}</Badge>
}

const SORTS = Object.keys(RECORDING_SORTS) as RecordingFilter['sort'][]

interface ListProps {
  source: Source
  /** Only of this room; then rooms are not searched by name. */
  roomId?: string
  mayDownload?: boolean
  mayDelete?: boolean
  /** Rename and share. */
  mayEdit?: boolean
}

/** Recordings with search, filter, order, and what may be done with one or many. */
export function RecordingList({
  source,
  roomId,
  mayDownload = true,
  mayDelete = true,
  mayEdit = true,
}: ListProps) {
  const { t } = useText()
  const [filter, setFilter] = useState<RecordingFilter>({ name: '', status: '', sort: 'newest' })
  const query = useRecordings(source, filter, roomId)
  const [open, setOpen] = useState<{ kind: 'delete' | 'rename' | 'share'; recordings: Recording[] } | null>(
    null,
  )
  const recordings = query.data?.pages.flatMap((page) => page.recordings) ?? []
  const selection = useSelection(recordings, ({ recordingId }) => recordingId)
  const { chosen } = selection
  const isFiltered = filter.name !== '' || filter.status !== ''
  const change = (part: Partial<RecordingFilter>) => setFilter((now) => ({ ...now, ...part }))
  const close = () => setOpen(null)
  const [first] = open?.recordings ?? []

  const isBare = !isFiltered && recordings.length === 0 && query.isSuccess
  const playable = chosen.filter(isPlayable)
  return (
    <>
      <StaleNotice error={query.data && query.error} />
      <div className={`${list.list} recordings-list`}>
        {chosen.length > 0 ? (
          <SelectionBar
            text={t('recordings.selected', { count: chosen.length })}
            clear={t('recordings.clearSelection')}
            onClear={selection.clear}
          >
            {mayDownload && playable.length > 0 && (
              <a
                className={buttonClass({})}
                href={addressOf(source, '/api/v1/recordings/download', {
                  recordingIds: playable.map(({ recordingId }) => recordingId).join(','),
                })}
                download
              >
                <Download aria-hidden="true" />
                {t('recordings.zip')}
              </a>
            )}
            {mayDelete && (
              <Button variant="quietDanger" onClick={() => setOpen({ kind: 'delete', recordings: chosen })}>
                <Trash2 aria-hidden="true" />
                {t('recordings.deleteSelected')}
              </Button>
            )}
          </SelectionBar>
        ) : (
          !isBare && <RecordingFilters filter={filter} hasSearch={roomId === undefined} onChange={change} />
        )}
        <Loaded query={query} skeleton={<ListSkeleton lead={[80, 45]} end />}>
          {() =>
            recordings.length > 0 ? (
              <RecordingTable
                source={source}
                recordings={recordings}
                selection={selection}
                isSelectable={mayDelete || mayDownload}
                renderActions={(recording) => (
                  <RowActions
                    source={source}
                    recording={recording}
                    {...{ mayDownload, mayDelete, mayEdit }}
                    onOpen={(kind) => setOpen({ kind, recordings: [recording] })}
                  />
                )}
              />
            ) : isFiltered ? (
              <State
                icon={<SearchX aria-hidden="true" />}
                title={t('recordings.noMatchTitle')}
                action={
                  <Button onClick={() => change({ name: '', status: '' })}>
                    {t('recordings.clearFilters')}
                  </Button>
                }
              >
                {t('recordings.noMatch')}
              </State>
            ) : (
              <State icon={<Clapperboard aria-hidden="true" />} title={t('recordings.emptyTitle')}>
                {t('recordings.empty')}
              </State>
            )
          }
        </Loaded>
        <LoadMore query={query}>{t('recordings.loadMore')}</LoadMore>
      </div>
      {open?.kind === 'delete' && (
        <DeleteDialog source={source} recordings={open.recordings} onClose={close} onDone={selection.clear} />
      )}
      {open?.kind === 'rename' && first && <RenameDialog source={source} recording={first} onClose={close} />}
      {open?.kind === 'share' && first && <ShareDialog source={source} recording={first} onClose={close} />}
    </>
  )
}

interface FilterProps {
  filter: RecordingFilter
  hasSearch: boolean
  onChange: (change: Partial<RecordingFilter>) => void
}

function RecordingFilters({ filter, hasSearch, onChange }: FilterProps) {
  const { t } = useText()
  return (
    <FilterBar>
      {hasSearch && (
        <SearchBox
          label={t('recordings.search')}
          value={filter.name}
          onChange={(name) => onChange({ name })}
        />
      )}
      <Spring />
      <ChoiceSelect
        label={t('recordings.filterStatus')}
        value={filter.status}
        choices={[
          ['', t('recordings.anyStatus')],
          ...RECORDING_STATUSES.map((one) => [one, t(`recordings.state.${one}`)] as const),
        ]}
        onChange={(status) => onChange({ status })}
      />
      <ChoiceSelect
        label={t('recordings.sort')}
        value={filter.sort}
        choices={SORTS.map((one) => [one, t(`recordings.by.${one}`)])}
        onChange={(sort) => onChange({ sort })}
      />
    </FilterBar>
  )
}

interface TableProps {
  source: Source
  recordings: Recording[]
  selection: Selection<Recording>
  isSelectable: boolean
  renderActions: (recording: Recording) => React.ReactNode
}

function RecordingTable({ source, recordings, selection, isSelectable, renderActions }: TableProps) {
  const { t, locale } = useText()
  return (
    <table className={table.table} aria-label={t('recordings.title')}>
      <thead>
        <tr>
          {isSelectable && (
            <th className={table.tight}>
              <TickAll
                label={t('recordings.selectAll')}
                selection={selection}
                items={recordings.filter((recording) => !isRunning(recording))}
              />
            </th>
          )}
          <th>{t('recordings.recording')}</th>
          <th className={table.wideOnly}>{t('recordings.status')}</th>
          <th className={table.wideOnly}>{t('recordings.date')}</th>
          <th className={table.wideOnly}>{t('recordings.duration')}</th>
          <th className={table.wideOnly}>{t('recordings.size')}</th>
          <th className={table.end}>{t('ui.actions')}</th>
        </tr>
      </thead>
      <tbody>
        {recordings.map((recording) => {
          const { recordingId, status, startDate, duration, size, roomName, title } = recording
          const length = duration === undefined ? '–' : clockText(duration)
          const bytes = size === undefined || size === 0 ? '–' : sizeText(size, locale)
          return (
            <tr key={recordingId} aria-selected={selection.has(recording)}>
              {isSelectable && (
                <td className={table.tight}>
                  <Tick
                    label={t('recordings.select', { name: titleOf(recording) })}
                    selection={selection}
                    item={recording}
                    disabled={isRunning(recording)}
                  />
                </td>
              )}
              <td className={table.main}>
                <div className={styles.what}>
                  <Thumbnail source={source} recording={recording} />
                  <div className={table.named}>
                    <OpenLink source={source} recording={recording} />
                    {title !== undefined && <span className={table.under}>{roomName}</span>}
                    <span className={classNames(table.under, table.narrowOnly)}>
                      <RecordingStatusBadge status={status} />
                      <DateTime at={startDate} locale={locale} />
                      <span>{length}</span>
                    </span>
                  </div>
                </div>
              </td>
              <td className={classNames(table.tight, table.wideOnly)}>
                <RecordingStatusBadge status={status} />
              </td>
              <td className={classNames(table.tight, table.muted, table.wideOnly)}>
                <DateTime at={startDate} locale={locale} withTime />
              </td>
              <td className={classNames(table.tight, table.muted, table.wideOnly)}>{length}</td>
              <td className={classNames(table.tight, table.muted, table.wideOnly)}>{bytes}</td>
              <td className={table.tight}>{renderActions(recording)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

/** A picture of it, or a sign where there is none. */
function Thumbnail({ source, recording }: { source: Source; recording: Recording }) {
  const [hasFailed, setFailed] = useState(false)
  const path = `/internal-api/v1/recordings/${encodeURIComponent(recording.recordingId)}/thumbnail`
  return (
    <span className={styles.thumbnail} aria-hidden="true">
      {isPlayable(recording) && !hasFailed ? (
        <img src={addressOf(source, path)} alt="" loading="lazy" onError={() => setFailed(true)} />
      ) : (
        <Clapperboard />
      )}
    </span>
  )
}

/** Opens the player; who came by a room's link gets a link of the recording's own, which lasts for the viewing. */
const VIEWING_SECONDS = 12 * 3600
function useOpen(source: Source) {
  const { t } = useText()
  const navigate = useNavigate()
  return (recording: Recording) => {
    const open = async () => {
      if (source.kind === 'session') {
        await navigate(`/recording/${recording.recordingId}`)
        return
      }
      const wanted = { isPrivate: false, expiresInSeconds: VIEWING_SECONDS }
      const { url } = await linkTo(source, recording.recordingId, wanted)
      location.assign(url)
    }
    open().catch((error: unknown) => toast({ tone: 'danger', text: errorText(error, t) }))
  }
}

function OpenLink({ source, recording }: { source: Source; recording: Recording }) {
  const open = useOpen(source)
  const name = titleOf(recording)
  if (!isPlayable(recording)) return <span className={table.name}>{name}</span>
  return (
    <a
      className={table.name}
      href={`/recording/${recording.recordingId}`}
      onClick={(event) => {
        // A click for a new tab stays the browser's, where the address is enough.
        if (source.kind === 'session' && (event.metaKey || event.ctrlKey || event.shiftKey)) return
        event.preventDefault()
        open(recording)
      }}
    >
      {name}
    </a>
  )
}

interface RowActionsProps {
  source: Source
  recording: Recording
  mayDownload: boolean
  mayDelete: boolean
  mayEdit: boolean
  onOpen: (kind: 'delete' | 'rename' | 'share') => void
}

function RowActions({ source, recording, mayDownload, mayDelete, mayEdit, onOpen }: RowActionsProps) {
  const { t } = useText()
  const open = useOpen(source)
  const name = titleOf(recording)
  const hasFile = isPlayable(recording)
  return (
    <div className={table.rowActions}>
      {hasFile && (
        <IconButton size="small" label={t('recordings.playOne', { name })} onClick={() => open(recording)}>
          <Play aria-hidden="true" />
        </IconButton>
      )}
      <Menu
        trigger={
          <IconButton size="small" label={t('recordings.more', { name })}>
            <EllipsisVertical aria-hidden="true" />
          </IconButton>
        }
      >
        {hasFile && mayDownload && (
          <MenuLink>
            <a href={addressOf(source, pathOf(recording.recordingId, '/download'))} download>
              <Download aria-hidden="true" />
              {t('recordings.download')}
            </a>
          </MenuLink>
        )}
        {mayEdit && (
          <>
            <MenuItem icon={<Link2 aria-hidden="true" />} onSelect={() => onOpen('share')}>
              {t('recordings.share')}
            </MenuItem>
            <MenuItem icon={<Pencil aria-hidden="true" />} onSelect={() => onOpen('rename')}>
              {t('recordings.rename')}
            </MenuItem>
          </>
        )}
        {mayDelete && !isRunning(recording) && (
          <>
            <MenuSeparator />
            <MenuItem danger icon={<Trash2 aria-hidden="true" />} onSelect={() => onOpen('delete')}>
              {t('recordings.delete')}
            </MenuItem>
          </>
        )}
      </Menu>
    </div>
  )
}
