import { Circle, MicOff } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import { useTranslation } from '../../locales/use-translation.ts'
import { useStore } from 'zustand/react'
import { classNames } from '../../ui/class-names.ts'
import { useCall } from '../call/context.ts'
import look from '../call/Dialog.module.css'
import { formatDuration } from '../call/format-time.ts'
import { useModal } from '../call/use-modal.ts'
import { hasDeclined } from './recording-state.ts'
import styles from './Recording.module.css'

/** Everybody sees that they are recorded, for how long, and who began it; said once to screen readers. */
export function RecordingBadge() {
  const { t } = useTranslation()
  const { recording: store, announcer } = useCall()
  const recording = useStore(store.store, (state) => state.recording)
  const isOn = recording !== null && recording.status !== 'starting'
  const by = recording?.startedBy ?? null
  const wasOn = useRef(false)
  useEffect(() => {
    if (isOn === wasOn.current) return
    wasOn.current = isOn
    if (!isOn) announcer.say(t('record.stopped'), 'recording')
    else announcer.say(by === null ? t('record.on') : t('record.onBy', { name: by }), 'recording')
  }, [isOn, by, announcer, t])
  if (recording === null) return null
  return (
    <div className={styles.badge} data-status={recording.status} data-testid="recording-badge" role="status">
      <span className={styles.dot} aria-hidden="true" />
      {recording.status === 'starting' ? (
        <span>{t('record.starting')}</span>
      ) : (
        <>
          <strong>{t('record.rec')}</strong>
          <Since />
          {by !== null && <span className={styles.by}>{t('record.startedBy', { name: by })}</span>}
        </>
      )}
    </div>
  )
}

/** Not read out each second. */
function Since() {
  const { recording } = useCall()
  const since = useStore(recording.store, ({ activeSince }) => activeSince)
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return (
    <time className={styles.time} aria-hidden="true">
      {formatDuration(Math.max(0, now - since))}
    </time>
  )
}

/** Who declined sees why their devices stay off, and may think better of it. */
export function RecordingDeclined() {
  const { t } = useTranslation()
  const { recording: store, notices } = useCall()
  if (!useStore(store.store, hasDeclined)) return null
  const agree = () =>
    void store.answer('agreed').catch(() => notices.show(t('record.answerFailed'), { tone: 'problem' }))
  return (
    <div className={styles.badge} data-action role="status" data-testid="recording-declined">
      <MicOff aria-hidden className={styles.off} />
      <span className={styles.words}>{t('record.declined')}</span>
      <button type="button" className={styles.small} onClick={agree}>
        {t('record.agreeAfterAll')}
      </button>
    </div>
  )
}

/** The question of the room before one is recorded. It waits for an answer: Escape is none. */
export function RecordingConsent() {
  const { t } = useTranslation()
  const { recording: store, room, connection, session, notices } = useCall()
  const { recording, consentText, consent } = useStore(store.store)
  const isOwn = recording?.startedByIdentity === room.localParticipant.identity
  const isAsked = recording !== null && consentText !== null && consent === null && !isOwn
  if (!isAsked) return null

  const agree = () =>
    void store.answer('agreed').catch(() => notices.show(t('record.answerFailed'), { tone: 'problem' }))
  const decline = async () => {
    try {
      // First nothing more of them is recorded, then it is said.
      await Promise.all([
        connection.setMicrophone(false),
        connection.setCamera(false),
        ...(room.localParticipant.isScreenShareEnabled ? [connection.stopShare()] : []),
      ])
      await store.answer('declined')
    } catch {
      notices.show(t('record.answerFailed'), { tone: 'problem' })
    }
  }
  return (
    <Question
      text={consentText}
      onAgree={agree}
      onDecline={() => void decline()}
      onLeave={() => session.leave()}
    />
  )
}

interface QuestionProps {
  text: string
  onAgree: () => void
  onDecline: () => void
  onLeave: () => void
}

function Question({ text, onAgree, onDecline, onLeave }: QuestionProps) {
  const { t } = useTranslation()
  const dialog = useModal()
  const [titleId, textId] = [useId(), useId()]
  return (
    <dialog
      ref={dialog}
      className={classNames(look.dialog, styles.dialog)}
      aria-labelledby={titleId}
      aria-describedby={textId}
      onCancel={(event) => event.preventDefault()}
    >
      <h2 id={titleId} className={classNames(look.title, styles.title)}>
        <Circle aria-hidden className={styles.sign} />
        {t('record.consentTitle')}
      </h2>
      <p id={textId} className={styles.text}>
        {text}
      </p>
      <p className={styles.hint}>{t('record.consentHint')}</p>
      <div className={styles.buttons}>
        <button type="button" className={`${styles.plain} ${styles.leave}`} onClick={onLeave}>
          {t('record.leave')}
        </button>
        <button type="button" className={styles.plain} onClick={onDecline}>
          {t('record.decline')}
        </button>
        <button type="button" className={styles.agree} onClick={onAgree}>
          {t('record.agree')}
        </button>
      </div>
    </dialog>
  )
}
