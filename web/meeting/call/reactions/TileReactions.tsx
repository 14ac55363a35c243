import { useTranslation } from '../../../locales/use-translation.ts'
import { useStore } from 'zustand/react'
import { useShallow } from 'zustand/react/shallow'
import { useCall } from '../context.ts'
import { REACTIONS } from './reactions.ts'
import styles from './TileReactions.module.css'

/** What one participant shows just now, over their tile. */
export function TileReactions({ identity }: { identity: string }) {
  const { t } = useTranslation()
  const { reactions } = useCall()
  const shown = useStore(
    reactions.store,
    useShallow((state) => state.shown.filter((one) => one.identity === identity)),
  )
  if (shown.length === 0) return null
  return (
    <span className={styles.stack}>
      {shown.map(({ id, reaction }) => (
        <span
          key={id}
          className={styles.reaction}
          role="img"
          aria-label={t(`reactions.${reaction}`)}
          data-reaction={reaction}
        >
          {REACTIONS[reaction]}
        </span>
      ))}
    </span>
  )
}
