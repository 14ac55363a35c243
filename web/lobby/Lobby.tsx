import { ArrowLeft, Mic, SlidersHorizontal, Video, Volume2 } from 'lucide-react'
import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore, type SubmitEvent } from 'react'
import { useTranslation } from '../locales/use-translation.ts'
import { useStore } from 'zustand/react'
import { classNames } from '../ui/class-names.ts'
import { Logo } from '../ui/logo.tsx'
import type { Languages } from '../locales/languages.ts'
import { DeviceSelect } from './DeviceSelect.tsx'
import { LanguageSelect } from './LanguageSelect.tsx'
import type { LocalMedia } from './local-media.ts'
import './early/handed.ts'
import type { LobbySchedule } from './countdown.ts'
import styles from './Lobby.module.css'
import { cleanName, type PreferenceStore } from './preferences.ts'
import { Preview } from './Preview.tsx'
import { StartsAt } from './StartsAt.tsx'
import { canChooseSpeaker, playTestTone } from './test-tone.ts'

interface LobbyProps {
  media: LocalMedia
  preferences: PreferenceStore
  /** Null in the build, which makes the early lobby; see early/. */
  languages: Languages | null
  /** Null while it is being looked up. */
  room: { name: string; isOn: boolean } | null
  /** Null where people meet without a fixed time. */
  schedule: LobbySchedule | null
  step: 'idle' | 'joining' | 'waiting'
  /** What went wrong at the last try, in words. */
  problem: string | null
  isNameMissing: boolean
  suggestedName: string
  /** The server may know the name already: somebody signed in, or invited by name. */
  isNameOptional: boolean
  onJoin: (name: string) => void
  onCancel: () => void
  /** Out of the lobby, where there is somewhere to go: back to the page that shows or opened this one. */
  onBack?: (() => void) | undefined
}

const never = () => () => {}
/** False in the markup that the build makes and while React takes it over: nothing is shown that would not answer. */
const useAlive = (): boolean =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  )

/** Name, preview, devices and one button. Joining works from the first paint on, with whatever is there. */
export function Lobby(props: LobbyProps) {
  const { t } = useTranslation()
  const media = useStore(props.media.store)
  const isAlive = useAlive()
  const isBusy = props.step !== 'idle'
  return (
    <main className={styles.page}>
      <header className={styles.header}>
        <Logo />
        <span className={styles.ways}>
          {isAlive && props.languages && <LanguageSelect languages={props.languages} />}
          {isAlive && props.onBack && (
            <button
              id="lobby-back-btn"
              type="button"
              className={`${styles.back} quick-action-button`}
              onClick={props.onBack}
            >
              <ArrowLeft aria-hidden />
              {t('lobby.back')}
            </button>
          )}
        </span>
      </header>
      <div className={styles.columns}>
        <ov-meeting-media-setup className={styles.look}>
          <Preview
            media={props.media}
            microphone={media.microphone}
            camera={media.camera}
            isAlive={isAlive}
          />
          <div className={styles.devices}>{isAlive && <Devices {...props} />}</div>
        </ov-meeting-media-setup>
        <section className={styles.join} aria-labelledby="room-name">
          <h1 id="room-name" className={styles.room} title={props.room?.name}>
            {props.room ? (
              <span className={styles.roomName}>{props.room.name || t('lobby.meeting')}</span>
            ) : (
              <Placeholder text={t('lobby.loadingRoom')} />
            )}
          </h1>
          <div className={styles.about}>
            <p>{props.room && t(props.room.isOn ? 'lobby.meetingOn' : 'lobby.nobodyYet')}</p>
            {props.schedule && <StartsAt schedule={props.schedule} />}
          </div>
          <JoinForm {...props} isBusy={isBusy} />
          <p className={styles.hint}>{isAlive && t(hintFor(media.microphone, media.camera))}</p>
        </section>
      </div>
    </main>
  )
}

function JoinForm({
  preferences,
  suggestedName,
  isNameOptional,
  isNameMissing,
  problem,
  step,
  isBusy,
  onJoin,
  onCancel,
}: LobbyProps & { isBusy: boolean }) {
  const { t } = useTranslation()
  /** Null until something is typed: a suggestion may still come. */
  const [typed, setTyped] = useState<string | null>(null)
  const name = typed ?? suggestedName
  const [isRefused, setRefused] = useState(() => early()?.isRefused ?? false)
  const input = useRef<HTMLInputElement>(null)
  const fault = isRefused || isNameMissing ? t('lobby.nameRequired') : problem

  // With the name remembered, Enter joins; the button would need a Tab first.
  useEffect(() => {
    if (!input.current?.matches(':focus')) input.current?.focus({ preventScroll: true })
  }, [])

  const join = (name: string) => {
    if (isBusy) return
    const cleaned = cleanName(name)
    if (cleaned === '' && !isNameOptional) {
      setRefused(true)
      input.current?.focus()
      return
    }
    preferences.save({ name: cleaned })
    onJoin(cleaned)
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    join(name)
  }
  // What was done in the early lobby counts.
  useLayoutEffect(() => {
    const before = early()
    if (!before) return
    before.stop()
    delete window.parleyEarly
    if (before.typed !== null) setTyped(before.typed)
    setRefused(before.isRefused)
    if (before.isJoining) join(before.typed ?? suggestedName)
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- once: there is only one early lobby
  }, [])

  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      {/* In OpenVidu Meet the name is a step of its own; what its tests press for it must not join here. */}
      <label id="participant-name-submit" className={styles.label} htmlFor="participant-name-input">
        {t('lobby.name')}
      </label>
      <input
        ref={input}
        id="participant-name-input"
        className={styles.input}
        value={name}
        placeholder={t('lobby.namePlaceholder')}
        maxLength={120}
        autoComplete="name"
        autoCapitalize="words"
        enterKeyHint="go"
        spellCheck={false}
        readOnly={isBusy}
        aria-invalid={isRefused || isNameMissing}
        aria-describedby="name-fault"
        onChange={(event) => {
          setTyped(event.target.value)
          setRefused(false)
        }}
      />
      <p id="name-fault" className={styles.fault} role="alert">
        {!isBusy && fault}
      </p>
      <button
        id="join-button"
        type="submit"
        className={styles.button}
        aria-disabled={isBusy}
        aria-busy={isBusy}
      >
        {/* The early lobby may have changed it; the effect above then does the same. */}
        <span suppressHydrationWarning>
          {t(step === 'idle' ? 'lobby.join' : step === 'waiting' ? 'lobby.waiting' : 'lobby.joining')}
        </span>
      </button>
      {step === 'waiting' && <Waiting onCancel={onCancel} />}
    </form>
  )
}

/** Why nothing happens, and the way out of it; in a small frame both would be below its edge. */
function Waiting({ onCancel }: { onCancel: () => void }) {
  const { t } = useTranslation()
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // In new browsers it gives a promise, which is nothing to clean up with.
    box.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  return (
    <div ref={box} className={styles.waiting} role="status">
      <p>{t('lobby.waitingText')}</p>
      <button type="button" className={styles.cancel} onClick={onCancel}>
        {t('lobby.cancel')}
      </button>
    </div>
  )
}

const early = () => (typeof window === 'undefined' ? undefined : window.parleyEarly)

function Devices({ media, preferences }: LobbyProps) {
  const { t } = useTranslation()
  const { devices, camera, microphone } = useStore(media.store)
  const [isOpen, setOpen] = useState(false)
  const picked = useStore(preferences.store)
  const [isTesting, setTesting] = useState(false)
  const pick = (kind: 'microphone' | 'camera' | 'speaker') => (deviceId: string | null) =>
    media.pick(kind, deviceId)
  const test = async () => {
    setTesting(true)
    // A speaker that is gone, or sound held back: there is nothing to hear, which is the answer.
    await playTestTone(preferences.current.speakerId).catch(() => {})
    setTesting(false)
  }
  const empty = (fault: string | null) => t(fault === 'missing' ? 'lobby.noneFound' : 'lobby.notAllowedYet')
  return (
    <>
      <button
        type="button"
        className={styles.disclose}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <SlidersHorizontal aria-hidden />
        {t('lobby.deviceSettings')}
      </button>
      <div className={classNames(styles.selects, isOpen && styles.selectsOpen)}>
        <DeviceSelect
          label={t('lobby.microphone')}
          icon={Mic}
          devices={devices.microphone}
          value={picked.microphoneId}
          hasDefault
          emptyText={empty(microphone.fault)}
          onPick={pick('microphone')}
        />
        <DeviceSelect
          label={t('lobby.camera')}
          icon={Video}
          devices={devices.camera}
          value={picked.cameraId ?? camera.track?.getSettings().deviceId ?? null}
          hasDefault={false}
          emptyText={empty(camera.fault)}
          onPick={pick('camera')}
        />
        <div className={styles.speaker}>
          <DeviceSelect
            label={t('lobby.speaker')}
            icon={Volume2}
            devices={canChooseSpeaker() ? devices.speaker : []}
            value={picked.speakerId}
            hasDefault
            emptyText={t('lobby.systemDefault')}
            onPick={pick('speaker')}
          />
          <button
            type="button"
            className={styles.test}
            aria-label={t('lobby.testSpeaker')}
            title={t('lobby.testSpeaker')}
            aria-busy={isTesting}
            disabled={isTesting}
            onClick={() => void test()}
          >
            {t('lobby.test')}
          </button>
        </div>
      </div>
    </>
  )
}

const hintFor = (
  microphone: { isWanted: boolean; fault: string | null },
  camera: { isWanted: boolean; fault: string | null },
) => {
  const isHeard = microphone.isWanted && !microphone.fault
  const isSeen = camera.isWanted && !camera.fault
  if (isHeard) return isSeen ? 'lobby.withBoth' : 'lobby.withMicrophone'
  return isSeen ? 'lobby.withCamera' : 'lobby.withNothing'
}

const Placeholder = ({ text }: { text: string }) => (
  <span className={styles.placeholder}>
    <span>{text}</span>
  </span>
)
