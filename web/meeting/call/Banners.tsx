import { Clock, DoorOpen, Mic, MonitorUp, Video, VolumeX } from 'lucide-react'
import { RoomEvent, type Room } from 'livekit-client'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { useTranslation } from '../../locales/use-translation.ts'
import { RecordingBadge, RecordingDeclined } from '../recording/Recording.tsx'
import styles from './Banners.module.css'
import { useStore } from 'zustand/react'
import type { MediaKind } from '../server-message.ts'
import { useCall, useMay, useParticipant, useSession } from './context.ts'
import { formatDuration } from './format-time.ts'

/** What holds for the whole call just now, over the top of the stage. The controls stay usable. */
export function Banners({ isPeopleOpen, onPeople }: { isPeopleOpen: boolean; onPeople: () => void }) {
  return (
    <div className={styles.banners}>
      <RecordingBadge />
      <RecordingDeclined />
      <Reconnecting />
      {!isPeopleOpen && <Waiting onPeople={onPeople} />}
      <AskedFor kind="audio" />
      <AskedFor kind="video" />
      <AskedFor kind="screen" />
      <AudioBlocked />
      <Sharing />
      <Sandbox />
    </div>
  )
}

const STEP = { resuming: 'reconnecting', rejoining: 'rejoining', waiting: 'waitingAgain' } as const

/** Who wants to come in. With the list of people open it stands there. */
function Waiting({ onPeople }: { onPeople: () => void }) {
  const { t } = useTranslation()
  const { knocks: store, act } = useCall()
  const knocks = useStore(store.store, (state) => state.knocks)
  const [first] = knocks
  if (!first) return null
  const isOne = knocks.length === 1
  return (
    <div className={styles.banner} role="status" data-testid="waiting-banner">
      <DoorOpen aria-hidden />
      <span className={styles.words}>
        {isOne
          ? t('people.wantsIn', { name: first.name })
          : t('people.wantIn', { count: knocks.length, name: first.name, others: knocks.length - 1 })}
      </span>
      {isOne ? (
        <button
          type="button"
          className={styles.plain}
          onClick={() => void act(() => store.answer(first.knockId, false))}
        >
          {t('people.deny')}
        </button>
      ) : (
        <button type="button" className={styles.plain} onClick={onPeople}>
          {t('people.view')}
        </button>
      )}
      <button
        type="button"
        className={styles.accent}
        onClick={() => void act(() => store.answer(isOne ? first.knockId : null, true))}
      >
        {t(isOne ? 'people.admit' : 'people.admitAll')}
      </button>
    </div>
  )
}

const ASKED_ICON = { audio: Mic, video: Video, screen: MonitorUp }

/** A moderator asks for something; nothing happens before the person says so. */
function AskedFor({ kind }: { kind: MediaKind }) {
  const { t } = useTranslation()
  const { asked, controls, room } = useCall()
  const { media, by } = useStore(asked.store)
  const { isMicrophoneOn, isCameraOn, isSharing } = useParticipant(room.localParticipant)
  const isOn = { audio: isMicrophoneOn, video: isCameraOn, screen: isSharing }[kind]
  const may = useMay(kind)
  const isAsked = media.includes(kind)
  // Done by the button in the bar it needs no answer any more.
  useEffect(() => {
    if (isAsked && isOn) asked.answer(kind)
  }, [asked, isAsked, isOn, kind])
  if (!isAsked || isOn || may !== 'yes') return null
  const Icon = ASKED_ICON[kind]
  const agree = () => {
    asked.answer(kind)
    if (kind === 'audio') void controls.toggleMicrophone()
    else if (kind === 'video') void controls.toggleCamera()
    else void controls.toggleShare()
  }
  return (
    <div className={styles.banner} role="alertdialog" aria-label={t(`people.asks.${kind}`, { name: by })}>
      <Icon aria-hidden />
      <span className={styles.words}>{t(`people.asks.${kind}`, { name: by })}</span>
      <button type="button" className={styles.plain} onClick={() => asked.answer(kind)}>
        {t('people.notNow')}
      </button>
      <button type="button" className={styles.accent} onClick={agree}>
        {t(`people.agree.${kind}`)}
      </button>
    </div>
  )
}

function Reconnecting() {
  const { t } = useTranslation()
  const step = useSession(({ phase, reconnectStep }) => (phase === 'reconnecting' ? reconnectStep : null))
  if (!step) return null
  return (
    <div className={styles.banner} data-late role="status">
      <span className={styles.spinner} aria-hidden="true" />
      {t(`call.${STEP[step]}`)}
    </div>
  )
}

function AudioBlocked() {
  const { t } = useTranslation()
  const { room, connection } = useCall()
  const isPlaying = useSyncExternalStore(
    (onChange) => {
      room.on(RoomEvent.AudioPlaybackStatusChanged, onChange)
      return () => void room.off(RoomEvent.AudioPlaybackStatusChanged, onChange)
    },
    () => canHear(room),
  )
  if (isPlaying) return null
  return (
    <div className={styles.banner} role="alert">
      <VolumeX aria-hidden />
      <span>{t('call.audioBlocked')}</span>
      <button
        type="button"
        className={styles.accent}
        onClick={() => void connection.startAudio().catch(() => {})}
      >
        {t('call.clickToHear')}
      </button>
    </div>
  )
}

const canHear = (room: Room): boolean => room.canPlaybackAudio

function Sharing() {
  const { t } = useTranslation()
  const { room, controls } = useCall()
  const { isSharing } = useParticipant(room.localParticipant)
  if (!isSharing) return null
  return (
    <div className={styles.banner} role="status">
      <MonitorUp aria-hidden />
      <span>{t('call.sharing')}</span>
      <button
        id="disable-screen-button"
        type="button"
        className={styles.danger}
        onClick={() => void controls.toggleShare()}
      >
        {t('call.stopShare')}
      </button>
    </div>
  )
}

function Sandbox() {
  const endsAt = useSession(({ sandboxEndsAt }) => sandboxEndsAt)
  return endsAt === null ? null : <SandboxClock endsAt={endsAt} />
}

/** How long a test meeting still lasts. Said once; after that it only stands there. */
function SandboxClock({ endsAt }: { endsAt: number }) {
  const { t } = useTranslation()
  const { announcer } = useCall()
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => announcer.say(t('announce.sandbox')), [announcer, t])
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250)
    return () => clearInterval(timer)
  }, [])
  // Rounded up: 0:00 is when it ends, not a second before.
  const time = formatDuration(Math.ceil((endsAt - now) / 1000) * 1000)
  return (
    <div className={styles.banner} role="timer">
      <Clock aria-hidden />
      <span>{t('call.sandbox', { time })}</span>
    </div>
  )
}
