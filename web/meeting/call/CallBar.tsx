import { memo, useEffect, useState } from 'react'
import { useTranslation } from '../../locales/use-translation.ts'
import { CameraButton, MicrophoneButton } from './bar/DeviceButtons.tsx'
import { HandButton } from './bar/HandButton.tsx'
import { EndForAll, LeaveButton } from './bar/LeaveButton.tsx'
import { MoreButton } from './bar/MoreButton.tsx'
import { ChatButton, PeopleButton } from './bar/PanelButtons.tsx'
import { RecordingButton } from './bar/RecordingButton.tsx'
import { ShareButton } from './bar/ShareButton.tsx'
import styles from './CallBar.module.css'
import { useSession } from './context.ts'
import { formatDuration } from './format-time.ts'
import { ReactionButton } from './reactions/ReactionButton.tsx'
import { COMPACT, useMediaQuery } from './use-media-query.ts'

export type PanelName = 'chat' | 'people'

interface CallBarProps {
  panel: PanelName | null
  onPanel: (panel: PanelName) => void
  onSettings: () => void
  /** Opens the sheet of shortcuts. */
  onHelp: () => void
}

const canShare = (): boolean => 'getDisplayMedia' in (navigator.mediaDevices as Partial<MediaDevices>)

/** The bar below the stage; it never hides. */
export const CallBar = memo(function CallBar({ panel, onPanel, onSettings, onHelp }: CallBarProps) {
  const { t } = useTranslation()
  const isCompact = useMediaQuery(COMPACT)
  const isChatOn = useSession(
    ({ room, permissions }) => permissions.chatRead && room?.isChatEnabled !== false,
  )
  const mayShare = useSession(({ permissions }) => permissions.mediaShareScreen) && canShare()
  const [isEnding, setEnding] = useState(false)
  const panels = (
    <>
      {isChatOn && <ChatButton isOpen={panel === 'chat'} onClick={() => onPanel('chat')} />}
      <PeopleButton isOpen={panel === 'people'} onClick={() => onPanel('people')} />
    </>
  )
  return (
    <footer id="toolbar" className={styles.bar} aria-label={t('call.controls')}>
      {!isCompact && <Where />}
      <div className={styles.controls} role="toolbar" aria-label={t('call.controls')}>
        <MicrophoneButton hasMenu={!isCompact} />
        <CameraButton hasMenu={!isCompact} />
        {isCompact ? panels : mayShare && <ShareButton />}
        {!isCompact && <RecordingButton />}
        {!isCompact && <HandButton />}
        {!isCompact && <ReactionButton className={styles.round} />}
        <MoreButton
          isCompact={isCompact}
          mayShare={mayShare}
          onEnd={() => setEnding(true)}
          onSettings={onSettings}
          onHelp={onHelp}
        />
        <LeaveButton hasMenu={!isCompact} onEnd={() => setEnding(true)} />
      </div>
      {!isCompact && <div className={styles.panels}>{panels}</div>}
      {isEnding && <EndForAll onClose={() => setEnding(false)} />}
    </footer>
  )
})

function Where() {
  const room = useSession(({ room }) => room?.roomName ?? '')
  return (
    <div className={styles.where}>
      <Elapsed />
      <span className={styles.room} title={room}>
        {room}
      </span>
    </div>
  )
}

function Elapsed() {
  const { t } = useTranslation()
  const joinedAt = useSession(({ joinedAt }) => joinedAt)
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  const time = formatDuration(now - (joinedAt ?? now))
  return (
    <time className={styles.elapsed} title={t('call.elapsed', { time })}>
      {time}
    </time>
  )
}
