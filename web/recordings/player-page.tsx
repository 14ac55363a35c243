import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { Clock, Download, Lock, SearchX, VideoOff } from 'lucide-react'
import { useParams, useSearchParams } from 'react-router'
import { ApiError } from '../api/client.ts'
import { useEnvironment } from '../console/shell/environment.ts'
import { useText } from '../locales/console.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { errorText } from '../ui/errors.ts'
import { BareSelect } from '../ui/field.tsx'
import { Logo } from '../ui/logo.tsx'
import { State } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { DateTime } from '../ui/time.tsx'
import { clockText, sizeText, startOf } from './format.ts'
import { RecordingStatusBadge } from './recording-list.tsx'
import { useConsents, useRecording } from './recordings.ts'
import styles from './recordings.module.css'
import { addressOf, isPlayable, isRunning, pathOf, titleOf, type Recording, type Source } from './source.ts'

/** `/recording/:id`: by a link with its secret, or for who is signed in and may watch it. */
export function Component() {
  const recordingId = useParams().recordingId ?? ''
  const [params] = useSearchParams()
  const environment = useEnvironment()
  const secret = params.get('recordingSecret') ?? params.get('secret')
  const source = useMemo<Source>(
    () => (secret === null ? { kind: 'session', environment } : { kind: 'link', secret }),
    [secret, environment],
  )
  return (
    <div className={styles.open}>
      <header className={styles.top}>
        <Logo />
      </header>
      <main className={`${styles.content} recording-page-content`}>
        <OneRecording source={source} recordingId={recordingId} startAt={startOf(params.get('t'))} />
      </main>
    </div>
  )
}

interface OneProps {
  source: Source
  recordingId: string
  /** Seconds. */
  startAt: number | null
}

/** Plays a recording and tells about it, or why it cannot be watched. */
export function OneRecording({ source, recordingId, startAt }: OneProps) {
  const { t } = useText()
  const recording = useRecording(source, recordingId)
  const name = recording.data === undefined ? t('recordings.recording') : titleOf(recording.data)
  useEffect(() => {
    document.title = `${name} · Parley`
  }, [name])
  if (recording.data !== undefined)
    return <Watch source={source} recording={recording.data} startAt={startAt} />
  if (recording.isError) return <Refused error={recording.error} retry={() => void recording.refetch()} />
  return (
    <>
      <Skeleton width="40%" height={32} />
      <Skeleton width="100%" height={420} />
    </>
  )
}

/** Why it cannot be watched, in words for who got the link. */
function Refused({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useText()
  const status = error instanceof ApiError ? error.status : 0
  const state = (icon: ReactNode, title: string, text: string, action?: ReactNode) => (
    <State alert icon={icon} title={title} action={action}>
      {text}
    </State>
  )
  if (status === 401)
    return state(
      <Lock aria-hidden="true" />,
      t('recordings.signInTitle'),
      t('recordings.signInText'),
      <a
        className={buttonClass({ variant: 'primary' })}
        href={`/login?redirectTo=${encodeURIComponent(location.pathname + location.search)}`}
      >
        {t('recordings.signIn')}
      </a>,
    )
  if (status === 410)
    return state(<Clock aria-hidden="true" />, t('recordings.expiredTitle'), t('recordings.expiredText'))
  if (status === 404 || status === 400 || status === 422)
    return state(<SearchX aria-hidden="true" />, t('recordings.goneTitle'), t('recordings.goneText'))
  if (status === 403)
    return state(<Lock aria-hidden="true" />, t('recordings.deniedTitle'), t('recordings.deniedText'))
  return state(
    <VideoOff aria-hidden="true" />,
    t('errors.title'),
    errorText(error, t),
    <Button onClick={retry}>{t('ui.retry')}</Button>,
  )
}

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2] as const

interface WatchProps {
  source: Source
  recording: Recording
  startAt: number | null
}

function Watch({ source, recording, startAt }: WatchProps) {
  const { t, locale } = useText()
  const { recordingId, startDate, duration, size, startedBy, status, details } = recording
  return (
    <>
      <h1 className={styles.title}>{titleOf(recording)}</h1>
      {isPlayable(recording) ? (
        <Player source={source} recording={recording} startAt={startAt} />
      ) : isRunning(recording) ? (
        <State icon={<Clock aria-hidden="true" />} title={t('recordings.notYetTitle')}>
          {t('recordings.notYet')}
        </State>
      ) : (
        <State alert icon={<VideoOff aria-hidden="true" />} title={t('recordings.nothingTitle')}>
          {recording.error ?? details ?? t('recordings.nothing')}
        </State>
      )}
      <div className={styles.facts}>
        {status !== 'complete' && <RecordingStatusBadge status={status} />}
        <DateTime at={startDate} locale={locale} withTime />
        {duration !== undefined && <span>{clockText(duration)}</span>}
        {size !== undefined && size > 0 && <span>{sizeText(size, locale)}</span>}
        {startedBy !== undefined && <span>{t('recordings.startedBy', { name: startedBy })}</span>}
      </div>
      <ConsentLog source={source} recordingId={recordingId} />
    </>
  )
}

function Player({ source, recording, startAt }: WatchProps) {
  const { t } = useText()
  const { recordingId } = recording
  const video = useRef<HTMLVideoElement>(null)
  const [speed, setSpeed] = useState(1)
  const [hasFailed, setFailed] = useState(false)
  // A newer token must not begin the film again: its address is taken only when the one in use stops working.
  const newest = addressOf(source, pathOf(recordingId, '/media'))
  const [media, setMedia] = useState({ src: newest, startAt })
  const onError = () => {
    if (media.src === newest) setFailed(true)
    else setMedia({ src: newest, startAt: video.current?.currentTime ?? startAt })
  }
  useEffect(() => {
    if (video.current) video.current.playbackRate = speed
  }, [speed])
  const poster = `/internal-api/v1/recordings/${encodeURIComponent(recordingId)}/thumbnail`
  return (
    <>
      <div className={styles.screen}>
        {hasFailed ? (
          <State alert icon={<VideoOff aria-hidden="true" />} title={t('recordings.playFailedTitle')}>
            {t('recordings.playFailed')}
          </State>
        ) : (
          // oxlint-disable-next-line jsx-a11y/media-has-caption -- what was said is not written down anywhere
          <video
            ref={video}
            controls
            playsInline
            preload="metadata"
            poster={addressOf(source, poster)}
            src={media.src}
            aria-label={titleOf(recording)}
            onLoadedMetadata={({ currentTarget }) => {
              if (media.startAt !== null && media.startAt < currentTarget.duration)
                currentTarget.currentTime = media.startAt
            }}
            onError={onError}
          />
        )}
      </div>
      <div className={styles.tools}>
        <BareSelect
          label={t('recordings.speed')}
          value={String(speed)}
          onChange={({ target }) => setSpeed(Number(target.value))}
        >
          {SPEEDS.map((one) => (
            <option key={one} value={one}>
              {t('recordings.times', { speed: one })}
            </option>
          ))}
        </BareSelect>
        <a className={buttonClass({})} href={addressOf(source, pathOf(recordingId, '/download'))} download>
          <Download aria-hidden="true" />
          {t('recordings.download')}
        </a>
      </div>
    </>
  )
}

/** Only for who controls recordings of the room; others are not told that there is one. */
function ConsentLog({ source, recordingId }: { source: Source; recordingId: string }) {
  const { t, locale } = useText()
  const { data } = useConsents(source, recordingId)
  if (data === undefined || data.consents.length === 0) return null
  return (
    <section className={styles.consents} aria-labelledby="consents">
      <h2 id="consents">{t('recordings.consents')}</h2>
      <ul className={styles.consents}>
        {data.consents.map(({ identity, name, answer, at }) => (
          <li key={identity} className={styles.facts}>
            <span>{t(`recordings.${answer}`, { name })}</span>
            <DateTime at={at} locale={locale} withTime />
          </li>
        ))}
      </ul>
    </section>
  )
}
