import { lazy, Suspense, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand/react'
import { browserFamily, type LocalMedia, type PreferenceStore } from '../../lobby/index.ts'
import type { Bridge } from '../../embed/bridge.ts'
import { CallRecording } from '../recording/call-recording.ts'
import { RecordingConsent } from '../recording/Recording.tsx'
import type { MeetingSession } from '../session.ts'
import { Announcer } from './announcer.ts'
import { Banners } from './Banners.tsx'
import styles from './Call.module.css'
import { CallBar, type PanelName } from './CallBar.tsx'
import { Chat } from './chat.ts'
import { ChatPanel } from './ChatPanel.tsx'
import type { LiveKitConnection } from './connection.ts'
import { CallContext, useSession, type CallParts } from './context.ts'
import { MediaControls } from './media-controls.ts'
import { Notices } from './notices.ts'
import { NoticeStack } from './NoticeStack.tsx'
import { PeoplePanel } from './PeoplePanel.tsx'
import { Roster } from './roster.ts'
import { Stage } from './Stage.tsx'
import { StageStore } from './stage-store.ts'
import { useAnnouncements } from './use-announcements.ts'
import { useDeviceNotices } from './use-device-notices.ts'

/** Fetched when it is first opened. */
const SettingsDialog = lazy(async () => ({
  default: (await import('./SettingsDialog.tsx')).SettingsDialog,
}))

interface CallProps {
  session: MeetingSession<LiveKitConnection>
  connection: LiveKitConnection
  media: LocalMedia
  preferences: PreferenceStore
  /** The page around this one, where it is told what happens. */
  bridge: Pick<Bridge, 'followCall' | 'emit'> | null
}

/** The meeting. Stays mounted over a rejoin, with the new connection and the same chat and notices. */
export function Call({ session, connection, media, preferences, bridge }: CallProps) {
  const { t } = useTranslation()
  const [lasting] = useState(() => {
    const notices = new Notices()
    return {
      notices,
      announcer: new Announcer((kind) => preferences.current.silenced.includes(kind)),
      chat: new Chat({
        load: () => session.request((api, roomId, token) => api.messages(roomId, token)),
        send: (text) => session.request((api, roomId, token) => api.sendMessage(roomId, token, text)),
        ownIdentity: () => session.state.identity,
      }),
      recording: new CallRecording({
        load: () => session.request((api, roomId, token) => api.recording(roomId, token)),
        start: () => session.request((api, roomId, token) => api.startRecording(roomId, token)),
        stop: (id) => session.request((api, _roomId, token) => api.stopRecording(id, token)),
        answer: (answer) =>
          session.request((api, roomId, token) => api.answerRecording(roomId, token, answer)),
        now: () => Date.now(),
      }),
      roster: new Roster(() => session.request((api, roomId, token) => api.participants(roomId, token))),
      controls: new MediaControls({
        connection: () => session.state.connection,
        preferences,
        onFault: (device, fault) => {
          const family = browserFamily(navigator.userAgent, navigator.maxTouchPoints)
          const help = fault === 'denied' ? t(`fault.help.denied.${family}`) : t(`fault.help.${fault}`)
          const text =
            device === 'screen'
              ? t(`fault.screen.${fault === 'system' || fault === 'policy' ? fault : 'failed'}`)
              : `${t(`fault.${device}.${fault}`)}. ${help}`
          notices.show(text, { tone: 'problem' })
        },
      }),
    }
  })
  const stage = useOnce(connection, () => new StageStore(connection.room, preferences))
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
  const { t } = useTranslation()
  const { session, stage, controls, announcer } = parts
  const [panel, setPanel] = useState<PanelName | null>(null)
  const [isSetting, setSetting] = useState(false)
  const [openSettings] = useState(() => () => setSetting(true))
  const mayRead = useStore(
    session.store,
    ({ permissions, room }) => permissions.chatRead && room?.isChatEnabled !== false,
  )

  useLayoutEffect(() => stage.start(), [stage])
  // `parts` is new with each connection: who is here and what was written meanwhile is asked anew.
  useEffect(() => {
    const { session, roster, chat, announcer, recording } = parts
    void roster.refresh()
    void recording.refresh()
    return session.listen((message) => {
      if (message.type === 'participants.changed' || message.type === 'meeting.role') void roster.refresh()
      if (message.type === 'recording.state') recording.receive(message.recording)
      if (message.type === 'chat.message' && chat.receive(message.message)) {
        const { name, text } = message.message
        announcer.say(t('announce.message', { name, text }), 'chat')
      }
    })
  }, [parts, t])
  useEffect(() => {
    if (mayRead) void parts.chat.load()
  }, [mayRead, parts])
  useAnnouncements(parts)
  useDeviceNotices(parts)
  useShortcuts(controls)
  useBridge(bridge, parts, panel, setPanel)

  const close = () => {
    setPanel(null)
    document.getElementById(panel === 'chat' ? 'chat-panel-btn' : 'participants-panel-btn')?.focus()
  }
  return (
    <main className={styles.call}>
      <Heading />
      <div className={styles.middle}>
        <Stage />
        {panel === 'chat' && mayRead && <ChatPanel onClose={close} />}
        {panel === 'people' && <PeoplePanel onClose={close} />}
        <Banners />
        <NoticeStack />
        <RecordingConsent />
      </div>
      <CallBar panel={panel} onPanel={useToggle(setPanel)} onSettings={openSettings} />
      {isSetting && (
        <Suspense>
          <SettingsDialog onClose={() => setSetting(false)} />
        </Suspense>
      )}
      <LiveRegion announcer={announcer} />
    </main>
  )
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

/** For screen readers; the eye has the bar. */
function Heading() {
  const { t } = useTranslation()
  const name = useSession(({ room }) => room?.roomName)
  return <h1 className={styles.spoken}>{name || t('lobby.meeting')}</h1>
}

/** The same function for ever, so that the bar does not render when a panel's content does. */
const useToggle = (setPanel: (change: (open: PanelName | null) => PanelName | null) => void) => {
  const [toggle] = useState(() => (name: PanelName) => setPanel((open) => (open === name ? null : name)))
  return toggle
}

function LiveRegion({ announcer }: { announcer: Announcer }) {
  const text = useStore(announcer.store, (state) => state.text)
  return (
    <p className={styles.spoken} role="log" aria-live="polite" aria-atomic="true" data-testid="announcer">
      {text}
    </p>
  )
}

/** Ctrl or Cmd with D and E, the browser's bookmark and search keys, as in other meeting programs. */
const useShortcuts = (controls: MediaControls): void =>
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
      const key = event.key.toLowerCase()
      if (key !== 'd' && key !== 'e') return
      event.preventDefault()
      if (event.repeat) return
      void (key === 'd' ? controls.toggleMicrophone() : controls.toggleCamera())
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [controls])

/** A value made once for each key; unlike useMemo it is never dropped and made again. */
const useOnce = <V,>(key: object, make: () => V): V => {
  const [held, setHeld] = useState(() => ({ key, value: make() }))
  if (held.key === key) return held.value
  const fresh = { key, value: make() }
  setHeld(fresh)
  return fresh.value
}
