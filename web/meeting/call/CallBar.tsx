import {
  ChevronUp,
  Circle,
  CircleStop,
  EllipsisVertical,
  Hand,
  Keyboard,
  LogOut,
  MessageSquare,
  Mic,
  MicOff,
  MonitorUp,
  MonitorX,
  PhoneOff,
  Settings,
  Users,
  Video,
  VideoOff,
} from 'lucide-react'
import { memo, useEffect, useState, type ReactNode } from 'react'
import { useTranslation } from '../../locales/use-translation.ts'
import { useStore } from 'zustand/react'
import { LAYOUTS } from '../../lobby/index.ts'
import { classNames } from '../../ui/class-names.ts'
import styles from './CallBar.module.css'
import { ConfirmDialog } from './ConfirmDialog.tsx'
import { useCall, useMay, useMeetingState, useParticipant, useParticipants, useSession } from './context.ts'
import { useDeviceItems } from './device-items.ts'
import { formatDuration } from './format-time.ts'
import { Menu, type MenuItem } from './Menu.tsx'
import { ReactionButton, useReactionItems } from './reactions/ReactionButton.tsx'
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

interface RoundProps {
  id: string
  label: string
  isOff?: boolean
  isActive?: boolean
  isBusy?: boolean
  /** Why it does nothing just now. */
  refusal?: string | undefined
  expanded?: boolean
  isPressed?: boolean
  shortcut?: string
  onClick: () => void
  children: ReactNode
}

/** A forbidden button stays in its place and in the tab order, and says why it does nothing. */
function Round({
  id,
  label,
  isOff,
  isActive,
  isBusy,
  refusal,
  expanded,
  isPressed,
  shortcut,
  onClick,
  children,
}: RoundProps) {
  const title = refusal ? `${label} (${refusal})` : label
  return (
    <button
      id={id}
      type="button"
      className={classNames(styles.round, isOff && styles.off, isActive && styles.active)}
      aria-label={title}
      title={shortcut ? `${title} (${shortcut})` : title}
      aria-busy={isBusy || undefined}
      aria-disabled={refusal !== undefined || undefined}
      aria-expanded={expanded}
      aria-pressed={isPressed}
      aria-keyshortcuts={shortcut?.replace('Ctrl', 'Control')}
      onClick={refusal === undefined ? onClick : undefined}
    >
      {children}
    </button>
  )
}

/** Why this person may not send something, in words. */
const useRefusal = (kind: 'audio' | 'video' | 'screen'): string | undefined => {
  const { t } = useTranslation()
  const may = useMay(kind)
  if (may === 'yes') return undefined
  const why = { locked: 'call.locked', declined: 'record.refused', no: 'call.notPermitted' } as const
  return t(why[may])
}

const useOwnHand = () => {
  const { act } = useCall()
  const identity = useSession((state) => state.identity)
  const isRaised = useMeetingState(({ hands }) => identity !== null && hands.includes(identity))
  const toggle = () => void act((api, roomId, token) => api.setOwnHand(roomId, token, !isRaised))
  return { isRaised, toggle }
}

function HandButton() {
  const { t } = useTranslation()
  const { isRaised, toggle } = useOwnHand()
  return (
    <Round
      id="hand-btn"
      label={t(isRaised ? 'call.lowerHand' : 'call.raiseHand')}
      shortcut="H"
      isActive={isRaised}
      isPressed={isRaised}
      onClick={toggle}
    >
      <Hand aria-hidden />
    </Round>
  )
}

function MicrophoneButton({ hasMenu }: { hasMenu: boolean }) {
  const { t } = useTranslation()
  const { room, controls } = useCall()
  const { isMicrophoneOn } = useParticipant(room.localParticipant)
  const isBusy = useStore(controls.store, ({ microphone }) => microphone)
  const refusal = useRefusal('audio')
  const items = useDeviceItems(['microphone', 'speaker'])
  return (
    <Split hasMenu={hasMenu} isOff={!isMicrophoneOn} label={t('call.microphoneMenu')} items={items}>
      <Round
        id="mic-btn"
        label={t(isMicrophoneOn ? 'call.mute' : 'call.unmute')}
        shortcut="Ctrl+D"
        isOff={!isMicrophoneOn}
        isBusy={isBusy}
        refusal={refusal}
        onClick={() => void controls.toggleMicrophone()}
      >
        {isMicrophoneOn ? <Mic aria-hidden /> : <MicOff aria-hidden />}
      </Round>
    </Split>
  )
}

function CameraButton({ hasMenu }: { hasMenu: boolean }) {
  const { t } = useTranslation()
  const { room, controls } = useCall()
  const { isCameraOn } = useParticipant(room.localParticipant)
  const isBusy = useStore(controls.store, ({ camera }) => camera)
  const refusal = useRefusal('video')
  const items = useDeviceItems(['camera'])
  return (
    <Split hasMenu={hasMenu} isOff={!isCameraOn} label={t('call.cameraMenu')} items={items}>
      <Round
        id="camera-btn"
        label={t(isCameraOn ? 'call.cameraOff' : 'call.cameraOn')}
        shortcut="Ctrl+E"
        isOff={!isCameraOn}
        isBusy={isBusy}
        refusal={refusal}
        onClick={() => void controls.toggleCamera()}
      >
        {isCameraOn ? <Video aria-hidden /> : <VideoOff aria-hidden />}
      </Round>
    </Split>
  )
}

interface SplitProps {
  hasMenu: boolean
  isOff?: boolean
  isDanger?: boolean
  label: string
  items: readonly MenuItem[]
  children: ReactNode
}

/** A button with a narrow second one for its menu. */
function Split({ hasMenu, isOff, isDanger, label, items, children }: SplitProps) {
  if (!hasMenu) return children
  return (
    <span
      className={classNames(styles.split, isOff && styles.off, isDanger && styles.splitDanger)}
      role="group"
    >
      {children}
      <Menu
        label={label}
        items={items}
        renderTrigger={(props) => (
          <button {...props} className={styles.arrow} aria-label={label} title={label}>
            <ChevronUp aria-hidden />
          </button>
        )}
      />
    </span>
  )
}

function ShareButton() {
  const { t } = useTranslation()
  const { room, controls } = useCall()
  const { isSharing } = useParticipant(room.localParticipant)
  const isBusy = useStore(controls.store, ({ screen }) => screen)
  const refusal = useRefusal('screen')
  return (
    <Round
      id="screenshare-btn"
      label={t(isSharing ? 'call.stopShare' : 'call.share')}
      shortcut="S"
      isActive={isSharing}
      isBusy={isBusy}
      refusal={isSharing ? undefined : refusal}
      onClick={() => void controls.toggleShare()}
    >
      {isSharing ? <MonitorX aria-hidden /> : <MonitorUp aria-hidden />}
    </Round>
  )
}

/** Starts and stops the recording, or says why it cannot. */
function useRecordingToggle() {
  const { t } = useTranslation()
  const { recording, notices } = useCall()
  const isOffered = useSession(
    ({ permissions, room }) => permissions.recordingControl && room?.isRecordingEnabled !== false,
  )
  const { recording: running, isBusy, unavailable } = useStore(recording.store)
  const toggle = async () => {
    try {
      await recording.toggle()
    } catch (error) {
      const why = error instanceof Error ? error.message : ''
      const failed = t(running === null ? 'record.startFailed' : 'record.stopFailed')
      notices.show(`${failed} ${why}`.trim(), { tone: 'problem' })
    }
  }
  return {
    isOffered,
    isRunning: running !== null,
    isBusy: isBusy || running?.status === 'starting' || running?.status === 'ending',
    reason: running === null ? unavailable : null,
    label: t(running === null ? 'record.start' : 'record.stop'),
    toggle: () => void toggle(),
  }
}

function RecordingButton() {
  const { isOffered, isRunning, isBusy, reason, label, toggle } = useRecordingToggle()
  if (!isOffered) return null
  return (
    <Round
      id={isRunning ? 'stop-recording-btn' : 'recording-btn'}
      label={label}
      isActive={isRunning}
      isBusy={isBusy}
      refusal={reason ?? undefined}
      onClick={toggle}
    >
      {isRunning ? <CircleStop aria-hidden /> : <Circle aria-hidden />}
    </Round>
  )
}

function ChatButton({ isOpen, onClick }: { isOpen: boolean; onClick: () => void }) {
  const { t } = useTranslation()
  const { chat } = useCall()
  const unread = useStore(chat.store, ({ unread }) => unread)
  return (
    <Round
      id="chat-panel-btn"
      label={unread > 0 ? t('call.chatUnread', { count: unread }) : t('call.chat')}
      shortcut="C"
      isActive={isOpen}
      expanded={isOpen}
      onClick={onClick}
    >
      <MessageSquare aria-hidden />
      {unread > 0 && <span className={styles.badge}>{unread > 99 ? '99+' : unread}</span>}
    </Round>
  )
}

function PeopleButton({ isOpen, onClick }: { isOpen: boolean; onClick: () => void }) {
  const { t } = useTranslation()
  const { knocks } = useCall()
  const count = useParticipants().length
  const waiting = useStore(knocks.store, (state) => state.knocks.length)
  return (
    <Round
      id="participants-panel-btn"
      label={waiting > 0 ? t('call.peopleWaiting', { count: waiting }) : t('call.peopleCount', { count })}
      shortcut="P"
      isActive={isOpen}
      expanded={isOpen}
      onClick={onClick}
    >
      <Users aria-hidden />
      <span className={waiting > 0 ? styles.badge : styles.count} aria-hidden="true">
        {waiting > 0 ? waiting : count}
      </span>
    </Round>
  )
}

interface MoreButtonProps {
  isCompact: boolean
  mayShare: boolean
  onEnd: () => void
  onSettings: () => void
  onHelp: () => void
}

/** What is not wanted at every moment, and what a narrow bar has no room for. */
function MoreButton({ isCompact, mayShare, onEnd, onSettings, onHelp }: MoreButtonProps) {
  const { t } = useTranslation()
  const { room, controls } = useCall()
  const { isSharing } = useParticipant(room.localParticipant)
  const { isRaised, toggle } = useOwnHand()
  const mayEnd = useSession(({ permissions }) => permissions.meetingEnd)
  const shareRefusal = useRefusal('screen')
  const devices = useDeviceItems(['microphone', 'camera', 'speaker'])
  const layouts = useLayoutItems()
  const share: MenuItem = {
    kind: 'action',
    id: 'screenshare-btn',
    label: t(isSharing ? 'call.stopShare' : 'call.share'),
    icon: isSharing ? MonitorX : MonitorUp,
    onSelect: () => void controls.toggleShare(),
  }
  const recording = useRecordingToggle()
  const record: MenuItem = {
    kind: 'action',
    id: recording.isRunning ? 'stop-recording-btn' : 'recording-btn',
    label: recording.label,
    icon: recording.isRunning ? CircleStop : Circle,
    onSelect: recording.toggle,
  }
  const settings: MenuItem = {
    kind: 'action',
    id: 'toolbar-settings-btn',
    label: t('settings.title'),
    icon: Settings,
    onSelect: onSettings,
  }
  const hand: MenuItem = {
    kind: 'action',
    id: 'hand-btn',
    label: t(isRaised ? 'call.lowerHand' : 'call.raiseHand'),
    icon: Hand,
    onSelect: toggle,
  }
  const reactions = useReactionItems()
  const end: MenuItem = {
    kind: 'action',
    label: t('call.endForAll'),
    icon: PhoneOff,
    isDanger: true,
    onSelect: onEnd,
  }
  const keys: MenuItem = {
    kind: 'action',
    id: 'shortcuts-option',
    label: t('shortcuts.title'),
    icon: Keyboard,
    onSelect: onHelp,
  }
  const maySwitchShare = mayShare && (isSharing || shareRefusal === undefined)
  const items = isCompact
    ? [
        ...reactions,
        hand,
        ...(maySwitchShare ? [share] : []),
        ...(recording.isOffered ? [record] : []),
        settings,
        ...(mayEnd ? [end] : []),
        ...layouts,
        ...devices,
      ]
    : [settings, keys, ...layouts]
  return (
    <Menu
      label={t('call.more')}
      items={items}
      renderTrigger={(props) => (
        <button
          {...props}
          id="more-options-btn"
          className={styles.round}
          aria-label={t('call.more')}
          title={t('call.more')}
        >
          <EllipsisVertical aria-hidden />
        </button>
      )}
    />
  )
}

/** What is large on the stage. */
const useLayoutItems = (): MenuItem[] => {
  const { t } = useTranslation()
  const { stage } = useCall()
  const chosen = useStore(stage.store, ({ layout }) => layout)
  return [
    { kind: 'heading', label: t('layout.title') },
    ...LAYOUTS.map((layout): MenuItem => ({
      kind: 'choice',
      label: t(`layout.${layout}`),
      isChosen: layout === chosen,
      onSelect: () => stage.setLayout(layout),
    })),
  ]
}

function LeaveButton({ hasMenu, onEnd }: { hasMenu: boolean; onEnd: () => void }) {
  const { t } = useTranslation()
  const { session } = useCall()
  const mayEnd = useSession(({ permissions }) => permissions.meetingEnd)
  return (
    <Split
      hasMenu={hasMenu && mayEnd}
      isDanger
      label={t('call.leaveMenu')}
      items={[
        {
          kind: 'action',
          id: 'leave-option',
          label: t('call.leaveOnly'),
          icon: LogOut,
          onSelect: () => session.leave(),
        },
        {
          kind: 'action',
          id: 'end-option',
          label: t('call.endForAll'),
          icon: PhoneOff,
          isDanger: true,
          onSelect: onEnd,
        },
      ]}
    >
      <button
        id="leave-btn"
        type="button"
        className={styles.leave}
        aria-label={t('call.leave')}
        title={t('call.leave')}
        onClick={() => session.leave()}
      >
        <PhoneOff aria-hidden />
      </button>
    </Split>
  )
}

function EndForAll({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const { session, notices } = useCall()
  const end = async () => {
    try {
      await session.endForAll()
    } catch {
      notices.show(t('call.someoneEndFailed'), { tone: 'problem' })
    }
  }
  return (
    <ConfirmDialog
      title={t('call.endTitle')}
      text={t('call.endText')}
      confirmLabel={t('call.endForAll')}
      onConfirm={() => void end()}
      onClose={onClose}
    />
  )
}
