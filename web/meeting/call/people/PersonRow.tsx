import type { Participant } from 'livekit-client'
import { EllipsisVertical, Hand, Mic, MicOff, Sparkles, Video, VideoOff } from 'lucide-react'
import { useTranslation } from '../../../locales/use-translation.ts'
import type { RosterEntry } from '../../api.ts'
import { Avatar } from '../Avatar.tsx'
import { useMeetingState, useParticipant, useSession } from '../context.ts'
import { Menu } from '../Menu.tsx'
import styles from './PeoplePanel.module.css'
import { usePersonActions } from './person-actions.tsx'

interface PersonRowProps {
  participant: Participant
  entry: RosterEntry | undefined
  /** In the queue of raised hands; absent in the list of everybody. */
  place?: number
}

export function PersonRow({ participant, entry, place }: PersonRowProps) {
  const { t } = useTranslation()
  const view = useParticipant(participant)
  const ownBadge = useSession(({ badge }) => badge)
  const isSpotlit = useMeetingState(({ spotlight }) => spotlight === view.identity)
  const isRaised = useMeetingState(({ hands }) => hands.includes(view.identity))
  const badge = view.isLocal ? ownBadge : (entry?.badge ?? 'other')
  const name = view.isLocal ? t('tile.you', { name: view.name }) : view.name
  const notes = [
    ...(badge !== 'other' ? [t(`people.${badge}`)] : []),
    ...(isSpotlit ? [t('people.spotlit')] : []),
  ]
  return (
    <li className={styles.row} data-identity={view.identity} data-badge={badge}>
      {place !== undefined && <span className={styles.place}>{place}</span>}
      <span className={styles.face}>
        <Avatar identity={view.identity} name={view.name} />
      </span>
      <span className={styles.who}>
        <span className={styles.name} title={name}>
          {name}
        </span>
        {notes.length > 0 && <span className={styles.badge}>{notes.join(' · ')}</span>}
      </span>
      {isSpotlit && <Sparkles aria-hidden className={styles.raised} />}
      {place === undefined && isRaised && (
        <Hand role="img" aria-label={t('people.handUp')} className={styles.raised} />
      )}
      {view.isMicrophoneOn ? (
        <Mic
          role="img"
          aria-label={t('people.microphoneOn')}
          className={view.isSpeaking ? styles.speaking : styles.on}
        />
      ) : (
        <MicOff role="img" aria-label={t('tile.muted')} className={styles.off} />
      )}
      {view.isCameraOn ? (
        <Video role="img" aria-label={t('people.cameraOn')} className={styles.on} />
      ) : (
        <VideoOff role="img" aria-label={t('people.cameraOff')} className={styles.off} />
      )}
      <RowMenu participant={participant} name={name} />
    </li>
  )
}

function RowMenu({ participant, name }: { participant: Participant; name: string }) {
  const { t } = useTranslation()
  const items = usePersonActions(participant, name)
  const label = t('people.actions', { name })
  return (
    <Menu
      label={label}
      items={items}
      renderTrigger={(props) => (
        <button {...props} className={styles.menu} aria-label={label} title={label}>
          <EllipsisVertical aria-hidden />
        </button>
      )}
    />
  )
}
