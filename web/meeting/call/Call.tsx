import { lazy, Suspense, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from '../../locales/use-translation.ts'
import { useStore } from 'zustand/react'
import type { LocalMedia, PreferenceStore } from '../../lobby/index.ts'
import type { Bridge } from '../../embed/bridge.ts'
import { RecordingConsent } from '../recording/Recording.tsx'
import type { Announcer } from './announcer.ts'
import { Banners } from './Banners.tsx'
import styles from './Call.module.css'
import { CallBar, type PanelName } from './CallBar.tsx'
import { ChatPanel } from './chat/ChatPanel.tsx'
import type { LiveKitConnection } from './connection.ts'
import { ConfirmDialog } from './ConfirmDialog.tsx'
import { CallContext, useCall, useSession, type CallParts } from './context.ts'
import { NoticeStack } from './NoticeStack.tsx'
import { makeLastingParts, type Session } from './parts.ts'
import { PeoplePanel } from './people/PeoplePanel.tsx'
import { ShortcutSheet } from './shortcuts/ShortcutSheet.tsx'
import { useShortcuts } from './shortcuts/use-shortcuts.ts'
import { Stage } from './Stage.tsx'
import { StageStore } from './stage-store.ts'
import { useAnnouncements } from './use-announcements.ts'
import { useDeviceNotices } from './use-device-notices.ts'
import { useTalkReport } from './use-talk-report.ts'
import { CATCH_UP_AFTER_MS, useServerMessages } from './use-server-messages.ts'

/** Fetched when it is first opened. */
const SettingsDialog = lazy(async () => ({
  default: (await import('./SettingsDialog.tsx')).SettingsDialog,
}))

interface CallProps {
  session: Session
  connection: LiveKitConnection
  media: LocalMedia
  preferences: PreferenceStore
  /** The page around this one, where it is told what happens. */
  bridge: Pick<Bridge, 'followCall' | 'emit'> | null
}

/** The meeting. Stays mounted over a rejoin, with the new connection and the same chat and notices. */
export function Call({ session, connection, media, preferences, bridge }: CallProps) {
  const { i18n } = useTranslation()
  // Not the `t` of this language: the call may be drawn before another one is chosen in the lobby.
  const [lasting] = useState(() => makeLastingParts(session, preferences, i18n.t))
  const stage = useOnce(connection, () => new StageStore(connection.room, preferences, lasting.state))
  const parts: CallParts = useOnce(stage, () => ({
    ...lasting,
    session,
    connection,
    room: connection.room,
    media,
    preferences,
    stage,
  }))
  return (
    <CallContext value={parts}>
      <InCall parts={parts} bridge={bridge} />
    </CallContext>
  )
}

function InCall({ parts, bridge }: { parts: CallParts; bridge: CallProps['bridge'] }) {
  const { session, stage, announcer } = parts
  const [panel, setPanel] = useState<PanelName | null>(null)
  const [isSetting, setSetting] = useState(false)
  const [openSettings] = useState(() => () => setSetting(true))
  const [isSheetOpen, setSheetOpen] = useState(false)
  const mayRead = useStore(
    session.store,
    ({ permissions, room }) => permissions.chatRead && room?.isChatEnabled !== false,
  )

  useLayoutEffect(() => stage.start(), [stage])
  useServerMessages(parts)
  useChatHistory(parts, mayRead, panel === 'chat')
  useAnnouncements(parts)
  useDeviceNotices(parts)
  useTalkReport(parts)
  const toggle = useToggle(setPanel)
  const openSheet = useStable(() => setSheetOpen(true))
  useShortcuts(parts, {
    onPanel: (name) => (name !== 'chat' || mayRead) && toggle(name),
    onHelp: () => setSheetOpen((isOpen) => !isOpen),
  })
  useBridge(bridge, parts, panel, setPanel)

  const close = () => {
    setPanel(null)
    document.getElementById(panel === 'chat' ? 'chat-panel-btn' : 'participants-panel-btn')?.focus()
  }
  return (
    <ov-meeting-view>
      <main className={styles.call}>
        <Heading />
        <div className={styles.middle}>
          <Stage />
          {panel === 'chat' && mayRead && <ChatPanel onClose={close} />}
          {panel === 'people' && <PeoplePanel onClose={close} />}
          <Banners isPeopleOpen={panel === 'people'} onPeople={() => setPanel('people')} />
          <NoticeStack />
          <RecordingConsent />
        </div>
        <CallBar panel={panel} onPanel={toggle} onSettings={openSettings} onHelp={openSheet} />
        {isSetting && (
          <Suspense>
            <SettingsDialog onClose={() => setSetting(false)} />
          </Suspense>
        )}
        {isSheetOpen && <ShortcutSheet onClose={() => setSheetOpen(false)} />}
        <Asking />
        <LiveRegion announcer={announcer} />
      </main>
    </ov-meeting-view>
  )
}

/** Asks for what was written before, and with each connection (`parts` is new then) for what was written meanwhile. */
const useChatHistory = (parts: CallParts, mayRead: boolean, isOpen: boolean): void => {
  const asked = useRef<CallParts | null>(null)
  useEffect(() => {
    if (!mayRead) asked.current = null
    if (!mayRead || asked.current === parts) return undefined
    const ask = () => {
      asked.current = parts
      void parts.chat.load()
    }
    const timer = setTimeout(ask, isOpen ? 0 : CATCH_UP_AFTER_MS)
    return () => clearTimeout(timer)
  }, [mayRead, isOpen, parts])
}

const useBridge = (
  bridge: CallProps['bridge'],
  parts: CallParts,
  panel: PanelName | null,
  setPanel: (panel: PanelName | null) => void,
): void => {
  const told = useRef(panel)
  useEffect(
    () =>
      bridge?.followCall({
        parts,
        openPanel: (name) => setPanel(name === 'participants' ? 'people' : name),
      }),
    [bridge, parts, setPanel],
  )
  useEffect(() => {
    if (panel === told.current) return
    told.current = panel
    bridge?.emit('panelChanged', { panel: panel === 'people' ? 'participants' : panel })
  }, [bridge, panel])
}

function Asking() {
  const { confirmation } = useCall()
  const question = useStore(confirmation.store, (state) => state.question)
  return question && <ConfirmDialog {...question} onClose={() => confirmation.close()} />
}

/** For screen readers; the eye has the bar. */
function Heading() {
  const { t } = useTranslation()
  const name = useSession(({ room }) => room?.roomName)
  return <h1 className={styles.spoken}>{name || t('lobby.meeting')}</h1>
}

/** The same function for ever, so that the bar does not render when a panel's content does. */
const useToggle = (setPanel: (change: (open: PanelName | null) => PanelName | null) => void) =>
  useStable((name: PanelName) => setPanel((open) => (open === name ? null : name)))

const useStable = <F,>(make: F): F => {
  const [held] = useState(() => make)
  return held
}

function LiveRegion({ announcer }: { announcer: Announcer }) {
  const text = useStore(announcer.store, (state) => state.text)
  return (
    <p className={styles.spoken} role="log" aria-live="polite" aria-atomic="true" data-testid="announcer">
      {text}
    </p>
  )
}

/** A value made once for each key; unlike useMemo it is never dropped and made again. */
const useOnce = <V,>(key: object, make: () => V): V => {
  const [held, setHeld] = useState(() => ({ key, value: make() }))
  if (held.key === key) return held.value
  const fresh = { key, value: make() }
  setHeld(fresh)
  return fresh.value
}
