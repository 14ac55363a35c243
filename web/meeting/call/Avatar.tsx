import { UserRound } from 'lucide-react'
import { hueOf, initials } from './avatar.ts'
import styles from './Avatar.module.css'

/**
 * Initials on a colour of one's own. Its size follows the box it stands in. Lightness 0.54: at 0.55 white on
 * the hues around 192 falls just short of 4.5:1.
 */
export function Avatar({ identity, name }: { identity: string; name: string }) {
  const letters = initials(name)
  return (
    <span
      className={styles.avatar}
      style={{ background: `oklch(0.54 0.11 ${hueOf(identity)})` }}
      aria-hidden="true"
    >
      {letters || <UserRound />}
    </span>
  )
}
