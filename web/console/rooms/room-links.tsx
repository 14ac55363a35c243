import { useState } from 'react'
import { QrCode, RefreshCw } from 'lucide-react'
import { useText, type TextKey } from '../../locales/console.ts'
import { IconButton } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { CopyField, CopyIconButton } from '../../ui/copy.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { BareSwitch } from '../../ui/switch.tsx'
import { DateTime } from '../../ui/time.tsx'
import { toast } from '../../ui/toast.tsx'
import { Confirm } from '../shell/confirm.tsx'
import { LINKS } from './options.ts'
import { QrDialog } from './qr-code.tsx'
import styles from './room-page.module.css'
import { useReplaceLink, useSwitchLink, type LinkName } from './room.ts'
import { useRoomCode, type Room } from './rooms.ts'

const COPY = {
  moderator: 'room.copyModerator',
  speaker: 'room.copySpeaker',
  recording: 'room.copyRecording',
  user: 'room.copyUser',
} as const satisfies Record<(typeof LINKS)[number], TextKey>

/** Who may enter and by what; and what else there is to know about the room. */
export function RoomLinks({ room, isManaged }: { room: Room; isManaged: boolean }) {
  const { t } = useText()
  const isBusy = room.status === 'active_meeting'
  return (
    <div className={styles.columns}>
      <Card title={t('room.links')} description={t('room.linksPurpose')}>
        <div className={styles.links}>
          {isBusy && isManaged && <Notice title={t('room.busyTitle')}>{t('room.busyLinks')}</Notice>}
          {LINKS.map((link) => (
            <RoomLink key={link} room={room} link={link} isManaged={isManaged} isBusy={isBusy} />
          ))}
          <Code room={room} />
        </div>
      </Card>
      <About room={room} />
    </div>
  )
}

function RoomLink({
  room,
  link,
  isManaged,
  isBusy,
}: {
  room: Room
  link: (typeof LINKS)[number]
  isManaged: boolean
  isBusy: boolean
}) {
  const { t } = useText()
  const turn = useSwitchLink(room)
  const [open, setOpen] = useState<'qr' | 'replace' | null>(null)
  const { enabled, url } = link === 'user' ? room.access.user : room.access.anonymous[link]
  const title = t(`room.${link}`)
  const inText = title.charAt(0).toLocaleLowerCase() + title.slice(1)
  const change = (isOn: boolean) =>
    turn.mutate(
      { link, enabled: isOn },
      {
        onSuccess: () => {
          if (isOn) return
          toast({
            text: t('room.linkIsOff', { link: title }),
            action: { label: t('rooms.undo'), onSelect: () => turn.mutate({ link, enabled: true }) },
          })
        },
      },
    )
  return (
    <div className={styles.link}>
      <div className={styles.linkHead}>
        <div>
          <strong>{title}</strong>
          <p className={styles.hint}>{t(`room.${link}Hint`)}</p>
        </div>
        {isManaged && <BareSwitch label={title} checked={enabled} disabled={isBusy} onChange={change} />}
      </div>
      {enabled && url !== undefined ? (
        <div className={styles.linkLine}>
          <CopyField label={title} copyLabel={t(COPY[link])} value={url} />
          <span className={styles.linkActions}>
            <IconButton
              variant="secondary"
              label={t('room.showQr', { link: inText })}
              onClick={() => setOpen('qr')}
            >
              <QrCode aria-hidden="true" />
            </IconButton>
            {isManaged && link !== 'user' && (
              <IconButton
                variant="secondary"
                label={t('room.replace', { link: inText })}
                onClick={() => setOpen('replace')}
              >
                <RefreshCw aria-hidden="true" />
              </IconButton>
            )}
          </span>
        </div>
      ) : (
        <p className={styles.off}>{t('room.linkOff')}</p>
      )}
      {open === 'qr' && url !== undefined && (
        <QrDialog
          title={t('room.qrTitle', { link: title })}
          url={url}
          label={title}
          copyLabel={t(COPY[link])}
          roomName={room.roomName}
          onClose={() => setOpen(null)}
        />
      )}
      {open === 'replace' && link !== 'user' && (
        <ReplaceDialog
          roomId={room.roomId}
          link={link}
          title={title}
          inText={inText}
          onClose={() => setOpen(null)}
        />
      )}
    </div>
  )
}

function ReplaceDialog({
  roomId,
  link,
  title,
  inText,
  onClose,
}: {
  roomId: string
  link: LinkName
  title: string
  inText: string
  onClose: () => void
}) {
  const { t } = useText()
  const replace = useReplaceLink(roomId)
  return (
    <Confirm
      title={t('room.replaceTitle', { link: inText })}
      text={t('room.replaceText')}
      action={t('room.confirmReplace')}
      mutation={replace}
      variables={link}
      done={t('room.replaced', { link: title })}
      onClose={onClose}
    >
      <p>{t('room.replaceWho')}</p>
    </Confirm>
  )
}

function Code({ room }: { room: Room }) {
  const { t } = useText()
  const code = useRoomCode(room.roomId)
  if (code.isError) return null
  const isUsable = room.access.anonymous.speaker.enabled
  return (
    <div className={styles.link}>
      <div>
        <strong>{t('room.code')}</strong>
        <p className={styles.hint}>
          {isUsable ? t('room.codeHint', { host: window.location.host }) : t('room.codeOff')}
        </p>
      </div>
      {code.data ? (
        <CopyField label={t('room.code')} copyLabel={t('room.copyCode')} value={code.data.code} />
      ) : (
        <Skeleton height={36} />
      )}
    </div>
  )
}

function About({ room }: { room: Room }) {
  const { t, locale } = useText()
  const { autoDeletionDate, autoDeletionPolicy: policy } = room
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
        <div>
          <dt>{t('room.autoDeletion')}</dt>
          {autoDeletionDate === undefined ? (
            <dd>{t('room.autoDeletionNever')}</dd>
          ) : (
            <dd>
              <DateTime at={autoDeletionDate} locale={locale} withTime />
              {policy && (
                <p className={styles.hint}>
                  {t('room.autoDeletionRule', {
                    meeting: t(
                      policy.withMeeting === 'force' ? 'room.rule.force' : 'room.rule.when_meeting_ends',
                    ),
                    recordings: t(
                      policy.withRecordings === 'force' ? 'room.rule.forceRecordings' : 'room.rule.close',
                    ),
                  })}
                </p>
              )}
            </dd>
          )}
        </div>
      </dl>
    </Card>
  )
}
