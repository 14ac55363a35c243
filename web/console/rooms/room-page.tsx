import { useState } from 'react'
import { DoorClosed, DoorOpen, Video } from 'lucide-react'
import { useNavigate, useParams, useSearchParams } from 'react-router'
import { useText } from '../../locales/console.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { classNames } from '../../ui/class-names.ts'
import { hasStatus } from '../../ui/errors.ts'
import { Notice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { Page } from '../shell/page.tsx'
import { LoadError, NotFound, StaleNotice } from '../shell/states.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { RoomLinks } from './room-links.tsx'
import { RoomMeetings } from './room-meetings.tsx'
import { RoomMembers } from './room-members.tsx'
import styles from './room-page.module.css'
import { RoomRecordings } from './room-recordings.tsx'
import { RoomPermissions } from './room-permissions.tsx'
import { RoomFeatures, RoomLiveSettings } from './room-settings.tsx'
import { RoomStatusBadge } from './room-status.tsx'
import { useMayManage } from './room.ts'
import { useRoom, type Room } from './rooms.ts'
import { canTurn, useStatusChange } from './status-change.ts'

export function Component() {
  const { t } = useText()
  const roomId = useParams().roomId ?? ''
  const room = useRoom(roomId)
  const back = { to: '/rooms', label: t('room.back') }
  if (room.data === undefined || hasStatus(room.error, 404)) {
    if (hasStatus(room.error, 404))
      return (
        <NotFound
          title={t('room.notFoundTitle')}
          text={t('room.notFound')}
          to="/rooms"
          toLabel={t('room.back')}
        />
      )
    return (
      <Page title={t('rooms.title')} back={back}>
        {room.isError ? <LoadError error={room.error} retry={() => void room.refetch()} /> : <RoomSkeleton />}
      </Page>
    )
  }
  return <RoomDetails key={roomId} room={room.data} error={room.error} back={back} />
}

const SECTIONS = ['links', 'settings', 'permissions', 'members', 'meetings', 'recordings'] as const

function RoomDetails({
  room,
  error,
  back,
}: {
  room: Room
  error: unknown
  back: { to: string; label: string }
}) {
  const { t } = useText()
  // In the address, so that a part of a room can be linked to and survives a reload.
  const [params, setParams] = useSearchParams()
  const section = SECTIONS.find((one) => one === params.get('section')) ?? 'links'
  const isManaged = useMayManage()(room)
  const content = {
    links: <RoomLinks room={room} isManaged={isManaged} />,
    settings: (
      <div className={classNames(styles.sections, styles.form)}>
        <RoomFeatures room={room} isManaged={isManaged} />
        <RoomLiveSettings room={room} isManaged={isManaged} />
        {isManaged && <DangerZone room={room} />}
      </div>
    ),
    permissions: <RoomPermissions room={room} isManaged={isManaged} />,
    members: <RoomMembers room={room} />,
    meetings: <RoomMeetings roomId={room.roomId} />,
    recordings: <RoomRecordings roomId={room.roomId} isManaged={isManaged} />,
  }
  return (
    <Page
      title={room.roomName}
      mark={<RoomStatusBadge status={room.status} />}
      back={back}
      actions={<Actions room={room} isManaged={isManaged} />}
    >
      <StaleNotice error={error} />
      <EndNotice room={room} isManaged={isManaged} />
      {room.status === 'closed' && <Notice>{t('room.closed')}</Notice>}
      {!isManaged && <Notice>{t('room.readOnly')}</Notice>}
      <div className={styles.tabs}>
        <Tabs
          label={t('room.sections')}
          value={section}
          onChange={(id) => setParams(id === 'links' ? {} : { section: id }, { replace: true })}
          tabs={SECTIONS.filter((id) => id !== 'members' || isManaged).map((id) => ({
            id,
            label: t(`room.tabs.${id}`),
            content: content[id],
          }))}
        />
      </div>
    </Page>
  )
}

function Actions({ room, isManaged }: { room: Room; isManaged: boolean }) {
  const { t } = useText()
  const status = useStatusChange()
  const isClosed = room.status === 'closed'
  const target = isClosed ? 'open' : 'closed'
  const Icon = isClosed ? DoorOpen : DoorClosed
  return (
    <>
      {isManaged && canTurn([room], target).length > 0 && (
        <Button
          variant={isClosed ? 'primary' : 'secondary'}
          busy={status.isPending}
          onClick={() => status.change([room], target)}
        >
          <Icon aria-hidden="true" />
          {t(isClosed ? 'rooms.reopenRoom' : 'rooms.closeRoom')}
        </Button>
      )}
      {!isClosed && (
        <a
          className={buttonClass({ variant: 'primary' })}
          href={room.moderatorUrl ?? `/room/${room.roomId}`}
          target="_blank"
          rel="noopener"
        >
          <Video aria-hidden="true" />
          {t('room.open')}
        </a>
      )}
    </>
  )
}

/** What is arranged for the end of the meeting, and the way out of it. */
function EndNotice({ room, isManaged }: { room: Room; isManaged: boolean }) {
  const { t } = useText()
  const status = useStatusChange()
  if (room.meetingEndAction === 'none') return null
  return (
    <Notice tone="warning">
      <span className={styles.withAction}>
        {t(room.meetingEndAction === 'delete' ? 'rooms.deletesAtEnd' : 'rooms.closesAtEnd')}
        {isManaged && room.meetingEndAction === 'close' && (
          <Button size="small" busy={status.isPending} onClick={() => status.change([room], 'open')}>
            {t('rooms.keepOpen')}
          </Button>
        )}
      </span>
    </Notice>
  )
}

function DangerZone({ room }: { room: Room }) {
  const { t } = useText()
  const navigate = useNavigate()
  const [isDeleting, setDeleting] = useState(false)
  return (
    <>
      <Card
        danger
        title={t('room.danger')}
        description={t('room.dangerText')}
        action={
          <Button variant="quietDanger" onClick={() => setDeleting(true)}>
            {t('rooms.delete')}
          </Button>
        }
      />
      {isDeleting && (
        <DeleteDialog
          rooms={[room]}
          onClose={() => setDeleting(false)}
          onDone={() => {
            setDeleting(false)
            void navigate('/rooms')
          }}
        />
      )}
    </>
  )
}

const RoomSkeleton = () => (
  <div className={styles.sections} aria-hidden="true">
    <Skeleton height={36} width={420} />
    <div className={styles.columns}>
      <Skeleton height={360} />
      <Skeleton height={280} />
    </div>
  </div>
)
