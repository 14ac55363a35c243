import { CameraOff, ExternalLink, Mic, MicOff, RotateCw, TriangleAlert, Video, VideoOff } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from '../locales/use-translation.ts'
import { classNames } from '../ui/class-names.ts'
import { browserFamily, type DeviceFault } from './device-fault.ts'
import { LevelBar } from './LevelBar.tsx'
import type { CaptureState, LocalMedia } from './local-media.ts'
import styles from './Preview.module.css'

interface PreviewProps {
  media: LocalMedia
  microphone: CaptureState
  camera: CaptureState
  /** Before that, its place is kept. */
  isAlive: boolean
}

/** The camera as others will see it (mirrored, as in a mirror), what is wrong with it, and its switches. */
export function Preview({ media, microphone, camera, isAlive }: PreviewProps) {
  const { t } = useTranslation()
  if (!isAlive) return <section className={styles.preview} aria-label={t('lobby.preview')} />
  const isAsking = (camera.isAsking && !camera.preview) || (microphone.isAsking && !microphone.preview)
  return (
    <section className={styles.preview} aria-label={t('lobby.preview')}>
      {camera.preview ? (
        <MirroredVideo track={camera.preview} />
      ) : (
        <Instead camera={camera} isAsking={isAsking} />
      )}
      <Faults media={media} microphone={microphone} camera={camera} />
      <OtherDevices microphone={microphone} camera={camera} />
      <div className={styles.level}>
        {microphone.preview && microphone.isWanted && (
          <span className={styles.levelChip}>
            <Mic aria-hidden />
            <LevelBar track={microphone.preview} label={t('lobby.level')} />
          </span>
        )}
      </div>
      <div className={styles.toggles}>
        <Toggle
          id="mic-btn"
          isOn={microphone.isWanted && !microphone.fault}
          hasFault={microphone.fault !== null}
          label={t(
            microphone.isWanted && !microphone.fault ? 'lobby.turnMicrophoneOff' : 'lobby.turnMicrophoneOn',
          )}
          onClick={() => toggle(media, 'microphone', microphone)}
        >
          {microphone.isWanted && !microphone.fault ? <Mic /> : <MicOff />}
        </Toggle>
        <Toggle
          id="camera-btn"
          isOn={camera.isWanted && !camera.fault}
          hasFault={camera.fault !== null}
          label={t(camera.isWanted && !camera.fault ? 'lobby.turnCameraOff' : 'lobby.turnCameraOn')}
          onClick={() => toggle(media, 'camera', camera)}
        >
          {camera.isWanted && !camera.fault ? <Video /> : <VideoOff />}
        </Toggle>
      </div>
    </section>
  )
}

/** A device that failed is asked for again, not switched off: pressing it means wanting it. */
const toggle = (media: LocalMedia, kind: 'microphone' | 'camera', state: CaptureState) =>
  media.setWanted(kind, state.fault !== null || !state.isWanted)

function MirroredVideo({ track }: { track: MediaStreamTrack }) {
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    const element = video.current
    if (!element) return undefined
    element.srcObject = new MediaStream([track])
    return () => {
      element.srcObject = null
    }
  }, [track])
  return <video ref={video} className={styles.video} autoPlay playsInline muted aria-hidden="true" />
}

function Instead({ camera, isAsking }: { camera: CaptureState; isAsking: boolean }) {
  const { t } = useTranslation()
  if (camera.fault) return null
  if (isAsking && camera.isWanted) {
    return (
      <div className={classNames(styles.instead, styles.asking)} role="status">
        <p className={styles.title}>{t('lobby.asking')}</p>
        <p className={styles.text}>{t('lobby.askingText')}</p>
      </div>
    )
  }
  return (
    <div className={styles.instead}>
      {!camera.isWanted && (
        <>
          <CameraOff aria-hidden className={styles.off} />
          <p className={styles.text}>{t('lobby.cameraIsOff')}</p>
        </>
      )}
    </div>
  )
}

function Faults({ media, microphone, camera }: Omit<PreviewProps, 'isAlive'>) {
  const { t } = useTranslation()
  const family = browserFamily(navigator.userAgent, navigator.maxTouchPoints)
  const help = (fault: DeviceFault) =>
    `${t(fault === 'denied' ? `fault.help.denied.${family}` : `fault.help.${fault}`)} ${t('fault.joinWithout')}`
  const faults: { title: string; help: string }[] = []
  if (camera.fault && camera.fault === microphone.fault) {
    faults.push({ title: t(`fault.both.${camera.fault}`), help: help(camera.fault) })
  } else {
    if (camera.fault) faults.push({ title: t(`fault.camera.${camera.fault}`), help: help(camera.fault) })
    if (microphone.fault) {
      faults.push({ title: t(`fault.microphone.${microphone.fault}`), help: help(microphone.fault) })
    }
  }
  if (faults.length === 0) return null
  // Over a picture a fault is a strip at the top; without one it has the whole place.
  return (
    <div
      className={camera.preview || !camera.fault ? styles.strip : classNames(styles.instead, styles.fallen)}
      role="alert"
    >
      <div className={styles.faults}>
        {faults.map((fault) => (
          <div key={fault.title} className={styles.fault}>
            <p className={styles.title}>
              <TriangleAlert aria-hidden />
              {fault.title}
            </p>
            <p className={styles.text}>{fault.help}</p>
          </div>
        ))}
      </div>
      {[camera.fault, microphone.fault].every((fault) => fault === null || fault === 'policy') ? (
        // No answer of the person changes what the page around this one says.
        <a className={styles.again} href={location.href} target="_blank" rel="noopener">
          <ExternalLink aria-hidden />
          <span>{t('lobby.ownTab')}</span>
        </a>
      ) : (
        <button type="button" className={styles.again} onClick={() => media.retry()}>
          <RotateCw aria-hidden />
          <span>{t('lobby.tryAgain')}</span>
        </button>
      )}
    </div>
  )
}

/** What was picked earlier is not there: said, so that nobody talks into the wrong device. */
function OtherDevices({ microphone, camera }: Pick<PreviewProps, 'microphone' | 'camera'>) {
  const { t } = useTranslation()
  // A fault stands in the same place, and matters more.
  if (microphone.fault || camera.fault) return null
  const texts = [
    microphone.track && microphone.instead && t('lobby.otherMicrophone', { device: microphone.instead }),
    camera.track && camera.instead && t('lobby.otherCamera', { device: camera.instead }),
  ].filter((text) => text !== null && text !== '')
  if (texts.length === 0) return null
  return (
    <div className={styles.strip} role="status">
      <div className={styles.faults}>
        {texts.map((text) => (
          <p key={text} className={styles.text}>
            {text}
          </p>
        ))}
      </div>
    </div>
  )
}

interface ToggleProps {
  id: string
  isOn: boolean
  hasFault: boolean
  label: string
  onClick: () => void
  children: React.ReactNode
}

const Toggle = ({ id, isOn, hasFault, label, onClick, children }: ToggleProps) => (
  <button
    id={id}
    type="button"
    className={classNames(styles.toggle, !isOn && styles.toggleOff)}
    aria-label={label}
    title={label}
    data-on={isOn}
    onClick={onClick}
  >
    {children}
    {hasFault && <span className={styles.mark} aria-hidden="true" />}
  </button>
)
