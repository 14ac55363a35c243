import { useEffect, useRef } from 'react'
import { watchLevel } from './level-meter.ts'
import styles from './LevelBar.module.css'

const SPOKEN_EVERY_MS = 500

/** Shows how loud the microphone is. Moves its bar past React: twenty levels a second render nothing. */
export function LevelBar({ track, label }: { track: MediaStreamTrack; label: string }) {
  const bar = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    let spokenAt = 0
    return watchLevel(track, (level) => {
      const element = bar.current
      if (!element) return
      element.style.setProperty('--level', level.toFixed(2))
      const now = performance.now()
      if (now - spokenAt < SPOKEN_EVERY_MS) return
      spokenAt = now
      element.setAttribute('aria-valuenow', String(Math.round(level * 100)))
    })
  }, [track])
  return (
    <span
      ref={bar}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
      className={styles.bar}
      data-testid="mic-level"
    />
  )
}
