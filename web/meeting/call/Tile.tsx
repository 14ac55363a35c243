import { ConnectionQuality, type Participant } from 'livekit-client'
import { Hand, MicOff, MonitorUp, Pin, PinOff, Sparkles } from 'lucide-react'
import { memo, useId, useState } from 'react'
import { useTranslation } from '../../locales/use-translation.ts'
import { Avatar } from './Avatar.tsx'
import { useCall, useMeetingState, useParticipant } from './context.ts'
import { MenuList } from './Menu.tsx'
import { usePersonActions } from './people/person-actions.tsx'
import { TileReactions } from './reactions/TileReactions.tsx'
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
  /** The one tile that Tab reaches; the arrow keys go from there. */
  isCurrent: boolean
}

/** One face or one screen. Renders when its participant changes or it is moved, and for nothing else. */
export const Tile = memo(function Tile(props: TileProps) {
  const { id, participant, source, rect, isMain, isPinned, isCurrent } = props
  const { t } = useTranslation()
  const { stage } = useCall()
  const view = useParticipant(participant)
  const [isLate] = useState(() => stage.isSettled)
  const isScreen = source === 'screen'
  const track = isScreen ? view.screen : view.camera
  const name = isScreen
    ? t('tile.screenOf', { name: view.name })
    : view.isLocal
      ? t('tile.you', { name: view.name })
      : view.name
  const [menu, setMenu] = useState<{ anchor: HTMLElement; opened: number } | null>(null)
  const pinLabel = `${t(isPinned ? 'tile.unpin' : 'tile.pin')}: ${name}`
  return (
    <article
      // The other two are what OpenVidu Meet's own browser tests look for.
      className={`${styles.tile} OV_stream ${view.isLocal ? 'local' : 'remote'}`}
      style={{ transform: `translate(${rect.x}px, ${rect.y}px)`, width: rect.width, height: rect.height }}
      aria-label={name}
      tabIndex={isCurrent ? 0 : -1}
      data-tile={id}
      data-identity={view.identity}
      data-local={view.isLocal}
      data-source={source}
      data-main={isMain}
      data-late={isLate}
      data-speaking={!isScreen && view.isSpeaking}
      data-microphone={view.isMicrophoneOn ? 'on' : 'off'}
      data-camera={view.isCameraOn ? 'on' : 'off'}
      data-quality={view.quality}
      // What happens in the menu comes through here as well.
      onDoubleClick={({ currentTarget, target }) => {
        if (target instanceof Node && currentTarget.contains(target)) stage.togglePin(id)
      }}
      // The menu key, Shift+F10 and the right mouse button.
      onContextMenu={(event) => {
        event.preventDefault()
        const anchor = event.currentTarget
        setMenu((before) => ({ anchor, opened: (before?.opened ?? 0) + 1 }))
      }}
    >
      {track ? (
        <VideoView
          track={track}
          isMirrored={view.isLocal && !isScreen && isFacingUser(track.mediaStreamTrack)}
        />
      ) : isScreen ? (
        <MonitorUp aria-hidden className={styles.waiting} />
      ) : (
        <span className={styles.face}>
          <Avatar identity={view.identity} name={view.name} />
        </span>
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
      {!isScreen && <Marks identity={view.identity} />}
      {!isScreen && <TileReactions identity={view.identity} />}
      <button
        type="button"
        tabIndex={isCurrent ? 0 : -1}
        className={styles.pin}
        aria-pressed={isPinned}
        aria-label={pinLabel}
        title={pinLabel}
        onClick={() => stage.togglePin(id)}
      >
        {isPinned ? <PinOff aria-hidden /> : <Pin aria-hidden />}
      </button>
      {menu && (
        <TileMenu
          key={menu.opened}
          tileId={id}
          participant={participant}
          name={name}
          anchor={menu.anchor}
          onClose={() => setMenu(null)}
        />
      )}
    </article>
  )
})

/** A raised hand with its place in the queue, and the spotlight. */
function Marks({ identity }: { identity: string }) {
  const { t } = useTranslation()
  const place = useMeetingState(({ hands }) => hands.indexOf(identity) + 1)
  const isSpotlit = useMeetingState(({ spotlight }) => spotlight === identity)
  if (place === 0 && !isSpotlit) return null
  return (
    <span className={styles.marks}>
      {place > 0 && (
        <span className={styles.hand} role="img" aria-label={t('tile.hand', { place })} data-hand={place}>
          <Hand aria-hidden />
          {place}
        </span>
      )}
      {isSpotlit && (
        <span className={styles.mark} role="img" aria-label={t('tile.spotlit')} data-spotlit>
          <Sparkles aria-hidden />
        </span>
      )}
    </span>
  )
}

interface TileMenuProps {
  tileId: string
  participant: Participant
  name: string
  anchor: HTMLElement
  onClose: () => void
}

function TileMenu({ tileId, participant, name, anchor, onClose }: TileMenuProps) {
  const { t } = useTranslation()
  const items = usePersonActions(participant, name, tileId)
  return (
    <MenuList
      id={useId()}
      label={t('people.actions', { name })}
      items={items}
      anchor={anchor}
      onClose={(isFocusKept) => {
        onClose()
        if (isFocusKept) anchor.focus()
      }}
    />
  )
}

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
