import { ConnectionQuality, type Participant } from 'livekit-client'
import { MicOff, MonitorUp, Pin, PinOff } from 'lucide-react'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { Avatar } from './Avatar.tsx'
import { useCall, useParticipant } from './context.ts'
import styles from './Tile.module.css'
import type { Rect } from './tile-layout.ts'
import { VideoView } from './VideoView.tsx'

interface TileProps {
  id: string
  participant: Participant
  source: 'camera' | 'screen'
  rect: Rect
  isMain: boolean
  isPinned: boolean
}

/** One face or one screen. Renders when its participant changes or it is moved, and for nothing else. */
export const Tile = memo(function Tile({ id, participant, source, rect, isMain, isPinned }: TileProps) {
  const { t } = useTranslation()
  const { stage } = useCall()
  const view = useParticipant(participant)
  const isScreen = source === 'screen'
  const track = isScreen ? view.screen : view.camera
  const name = isScreen
    ? t('tile.screenOf', { name: view.name })
    : view.isLocal
      ? t('tile.you', { name: view.name })
      : view.name
  const pinLabel = `${t(isPinned ? 'tile.unpin' : 'tile.pin')}: ${name}`
  return (
    <article
      className={styles.tile}
      style={{ transform: `translate(${rect.x}px, ${rect.y}px)`, width: rect.width, height: rect.height }}
      aria-label={name}
      data-identity={view.identity}
      data-local={view.isLocal}
      data-source={source}
      data-main={isMain}
      data-speaking={!isScreen && view.isSpeaking}
      data-microphone={view.isMicrophoneOn ? 'on' : 'off'}
      data-camera={view.isCameraOn ? 'on' : 'off'}
      data-quality={view.quality}
      onDoubleClick={() => stage.togglePin(id)}
    >
      {track ? (
        <VideoView
          track={track}
          isMirrored={view.isLocal && !isScreen && isFacingUser(track.mediaStreamTrack)}
        />
      ) : isScreen ? (
        <MonitorUp aria-hidden className={styles.waiting} />
      ) : (
        <Avatar identity={view.identity} name={view.name} />
      )}
      <span className={styles.ring} aria-hidden="true" />
      <span className={styles.chip}>
        {isScreen && <MonitorUp aria-hidden />}
        {!isScreen && !view.isMicrophoneOn && (
          <MicOff role="img" aria-label={t('tile.muted')} className={styles.muted} />
        )}
        <span className={styles.name}>{name}</span>
        {!isScreen && <Quality quality={view.quality} />}
      </span>
      <button
        type="button"
        className={styles.pin}
        aria-pressed={isPinned}
        aria-label={pinLabel}
        title={pinLabel}
        onClick={() => stage.togglePin(id)}
      >
        {isPinned ? <PinOff aria-hidden /> : <Pin aria-hidden />}
      </button>
    </article>
  )
})

/** A phone's back camera shows the world, which must not be mirrored. */
const isFacingUser = (track: MediaStreamTrack): boolean => track.getSettings().facingMode !== 'environment'

const BARS: Record<ConnectionQuality, number> = {
  [ConnectionQuality.Excellent]: 3,
  [ConnectionQuality.Good]: 2,
  [ConnectionQuality.Poor]: 1,
  [ConnectionQuality.Lost]: 0,
  [ConnectionQuality.Unknown]: 3,
}

function Quality({ quality }: { quality: ConnectionQuality }) {
  const { t } = useTranslation()
  const label = t(`tile.quality.${quality}`)
  return (
    <svg viewBox="0 0 12 12" className={styles.quality} role="img" aria-label={label} data-quality={quality}>
      <title>{label}</title>
      {[0, 1, 2].map((bar) => (
        <rect
          key={bar}
          x={bar * 4.5}
          y={8 - bar * 3.5}
          width="3"
          height={4 + bar * 3.5}
          rx="1"
          data-on={bar < BARS[quality]}
        />
      ))}
    </svg>
  )
}
