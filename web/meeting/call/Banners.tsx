import { Clock, MonitorUp, VolumeX } from 'lucide-react'
import { RoomEvent, type Room } from 'livekit-client'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { RecordingBadge } from '../recording/Recording.tsx'
import styles from './Banners.module.css'
import { useCall, useParticipant, useSession } from './context.ts'
import { formatDuration } from './format-time.ts'

/** What holds for the whole call just now, over the top of the stage. The controls stay usable. */
export function Banners() {
  return (
    <div className={styles.banners}>
      <RecordingBadge />
      <Reconnecting />
      <AudioBlocked />
      <Sharing />
      <Sandbox />
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
      {t(step === 'resuming' ? 'call.reconnecting' : 'call.rejoining')}
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
