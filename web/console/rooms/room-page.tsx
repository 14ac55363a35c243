import { useState } from 'react'
import { Check, Minus, Video } from 'lucide-react'
import { useNavigate, useParams } from 'react-router'
import { useText, type TextKey } from '../../locales/console.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { classNames } from '../../ui/class-names.ts'
import { CopyField, CopyIconButton } from '../../ui/copy.tsx'
import { hasStatus } from '../../ui/errors.ts'
import { Notice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import table from '../../ui/table.module.css'
import { DateTime } from '../../ui/time.tsx'
import { VisuallyHidden } from '../../ui/visually-hidden.tsx'
import { Page } from '../shell/page.tsx'
import { LoadError, NotFound, StaleNotice } from '../shell/states.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { ABILITIES, ABILITY_GROUPS } from './permissions.ts'
import styles from './room-page.module.css'
import { RoomStatusBadge } from './room-status.tsx'
import { useRoom, useRoomCode } from './rooms.ts'

type FullRoom = NonNullable<ReturnType<typeof useRoom>['data']>

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
  return <RoomDetails room={room.data} error={room.error} back={back} />
}

function RoomDetails({
  room,
  error,
  back,
}: {
  room: FullRoom
  error: unknown
  back: { to: string; label: string }
}) {
  const { t } = useText()
  const navigate = useNavigate()
  const [isDeleting, setDeleting] = useState(false)
  return (
    <Page
      title={room.roomName}
      mark={<RoomStatusBadge status={room.status} />}
      back={back}
      actions={
        room.status !== 'closed' && (
          <a
            className={buttonClass({ variant: 'primary' })}
            href={room.moderatorUrl ?? `/room/${room.roomId}`}
            target="_blank"
            rel="noopener"
          >
            <Video aria-hidden="true" />
            {t('room.open')}
          </a>
        )
      }
    >
      <StaleNotice error={error} />
      {room.meetingEndAction !== 'none' && (
        <Notice tone="warning">
          {t(room.meetingEndAction === 'delete' ? 'rooms.deletesAtEnd' : 'rooms.closesAtEnd')}
        </Notice>
      )}
      {room.status === 'closed' && <Notice>{t('room.closed')}</Notice>}
      <div className={styles.columns}>
        <Links room={room} />
        <About room={room} />
      </div>
      <Permissions room={room} />
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
    </Page>
  )
}

const LINKS = [
  { of: 'moderator', title: 'room.moderator', hint: 'room.moderatorHint', copy: 'room.copyModerator' },
  { of: 'speaker', title: 'room.speaker', hint: 'room.speakerHint', copy: 'room.copySpeaker' },
  { of: 'recording', title: 'room.recording', hint: 'room.recordingHint', copy: 'room.copyRecording' },
] as const satisfies { of: string; title: TextKey; hint: TextKey; copy: TextKey }[]

function Links({ room }: { room: FullRoom }) {
  const { t } = useText()
  const code = useRoomCode(room.roomId)
  return (
    <Card title={t('room.links')} description={t('room.linksPurpose')}>
      <div className={styles.links}>
        {LINKS.map(({ of, title, hint, copy }) => {
          const { enabled, url } = room.access.anonymous[of]
          return (
            <div key={of} className={styles.link}>
              <strong>{t(title)}</strong>
              {enabled && url !== undefined ? (
                <CopyField label={t(title)} copyLabel={t(copy)} value={url} />
              ) : (
                <p className={styles.hint}>{t('room.linkOff')}</p>
              )}
              <p className={styles.hint}>{t(hint)}</p>
            </div>
          )
        })}
        {!code.isError && (
          <div className={styles.link}>
            <strong>{t('room.code')}</strong>
            {code.data ? (
              <CopyField label={t('room.code')} copyLabel={t('room.copyCode')} value={code.data.code} />
            ) : (
              <Skeleton height={36} />
            )}
            <p className={styles.hint}>{t('room.codeHint', { host: window.location.host })}</p>
          </div>
        )}
      </div>
    </Card>
  )
}

const FEATURES = {
  chat: 'room.chat',
  recording: 'room.recordings',
  virtualBackground: 'room.virtualBackground',
  captions: 'room.captions',
  e2ee: 'room.e2ee',
} as const satisfies Record<string, TextKey>

function About({ room }: { room: FullRoom }) {
  const { t, locale } = useText()
  const { config } = room
  return (
    <Card title={t('room.about')}>
      <dl className={styles.facts}>
        <div>
          <dt>{t('room.id')}</dt>
          <dd className={styles.id}>
            <code>{room.roomId}</code>
            <CopyIconButton text={room.roomId} label={t('room.copyId')} />
          </dd>
        </div>
        <div>
          <dt>{t('room.owner')}</dt>
          <dd>{room.owner}</dd>
        </div>
        <div>
          <dt>{t('room.createdAt')}</dt>
          <dd>
            <DateTime at={room.creationDate} locale={locale} withTime />
          </dd>
        </div>
        {room.autoDeletionDate !== undefined && (
          <div>
            <dt>{t('room.autoDeletion')}</dt>
            <dd>
              <DateTime at={room.autoDeletionDate} locale={locale} withTime />
            </dd>
          </div>
        )}
        {config && (
          <div>
            <dt>{t('room.features')}</dt>
            <dd className={styles.features}>
              {(Object.keys(FEATURES) as (keyof typeof FEATURES)[])
                .filter((feature) => config[feature].enabled)
                .map((feature) => (
                  <Badge key={feature} plain>
                    {t(FEATURES[feature])}
                  </Badge>
                ))}
            </dd>
          </div>
        )}
      </dl>
    </Card>
  )
}

function Permissions({ room }: { room: FullRoom }) {
  const { t } = useText()
  const { roles } = room
  if (!roles) return null
  return (
    <Card title={t('room.permissions')} description={t('room.permissionsPurpose')} flush>
      <table className={classNames(table.table, styles.table)} aria-label={t('room.permissions')}>
        <thead>
          <tr>
            <th scope="col">{t('room.ability')}</th>
            <th scope="col" className={styles.mark}>
              {t('room.moderatorColumn')}
            </th>
            <th scope="col" className={styles.mark}>
              {t('room.speakerColumn')}
            </th>
          </tr>
        </thead>
        {ABILITY_GROUPS.map((group) => (
          <tbody key={group}>
            <tr>
              <th scope="rowgroup" colSpan={3} className={styles.group}>
                {t(`room.groups.${group}`)}
              </th>
            </tr>
            {ABILITIES[group].map((ability) => (
              <tr key={ability}>
                <th scope="row">{t(`room.can.${ability}`)}</th>
                <Mark isOn={roles.moderator.permissions[ability] === true} />
                <Mark isOn={roles.speaker.permissions[ability] === true} />
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </Card>
  )
}

function Mark({ isOn }: { isOn: boolean }) {
  const { t } = useText()
  return (
    <td className={styles.mark}>
      <span className={isOn ? styles.yes : styles.no}>
        {isOn ? <Check aria-hidden="true" /> : <Minus aria-hidden="true" />}
        <VisuallyHidden>{t(isOn ? 'ui.allowed' : 'ui.notAllowed')}</VisuallyHidden>
      </span>
    </td>
  )
}

const RoomSkeleton = () => (
  <div className={styles.columns} aria-hidden="true">
    <Skeleton height={360} />
    <Skeleton height={280} />
  </div>
)
