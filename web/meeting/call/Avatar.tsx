import { UserRound } from 'lucide-react'
import { hueOf, initials } from './avatar.ts'
import styles from './Avatar.module.css'

/** Initials on a colour of one's own. Its size follows the box it stands in. */
export function Avatar({ identity, name }: { identity: string; name: string }) {
  const letters = initials(name)
  return (
    <span
      className={styles.avatar}
      style={{ background: `oklch(0.55 0.11 ${hueOf(identity)})` }}
      aria-hidden="true"
    >
      {letters || <UserRound />}
    </span>
  )
}
