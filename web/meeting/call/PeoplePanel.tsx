import type { Participant } from 'livekit-client'
import { EllipsisVertical, Mic, MicOff, Video, VideoOff } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand/react'
import type { RosterEntry } from '../api.ts'
import { Avatar } from './Avatar.tsx'
import { useCall, useParticipant, useParticipants, useSession } from './context.ts'
import { Menu } from './Menu.tsx'
import { Panel } from './Panel.tsx'
import { useParticipantActions } from './participant-actions.tsx'
import styles from './PeoplePanel.module.css'

export function PeoplePanel({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const { roster } = useCall()
  const participants = useParticipants()
  const byIdentity = useStore(roster.store, (state) => state.byIdentity)
  const sorted = [...participants].sort(
    (a, b) =>
      Number(b.isLocal) - Number(a.isLocal) ||
      (a.name ?? '').localeCompare(b.name ?? '', undefined, { numeric: true }),
  )
  return (
    <Panel
      title={t('people.title')}
      detail={t('people.count', { count: participants.length })}
      onClose={onClose}
    >
      <ul className={styles.list}>
        {sorted.map((participant) => (
          <Row
            key={participant.identity}
            participant={participant}
            entry={byIdentity.get(participant.identity)}
          />
        ))}
      </ul>
    </Panel>
  )
}

function Row({ participant, entry }: { participant: Participant; entry: RosterEntry | undefined }) {
  const { t } = useTranslation()
  const view = useParticipant(participant)
  const ownBadge = useSession(({ badge }) => badge)
  const badge = view.isLocal ? ownBadge : (entry?.badge ?? 'other')
  const name = view.isLocal ? t('tile.you', { name: view.name }) : view.name
  return (
    <li className={styles.row} data-identity={view.identity} data-badge={badge}>
      <span className={styles.face}>
        <Avatar identity={view.identity} name={view.name} />
      </span>
      <span className={styles.who}>
        <span className={styles.name} title={name}>
          {name}
        </span>
        {badge !== 'other' && <span className={styles.badge}>{t(`people.${badge}`)}</span>}
      </span>
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
      {view.isLocal ? <span className={styles.noMenu} /> : <RowMenu identity={view.identity} name={name} />}
    </li>
  )
}

function RowMenu({ identity, name }: { identity: string; name: string }) {
  const { t } = useTranslation()
  const { items, dialog } = useParticipantActions(identity, name)
  if (items.length === 0) return <span className={styles.noMenu} />
  return (
    <>
      <Menu
        label={t('people.actions', { name })}
        items={items}
        renderTrigger={(props) => (
          <button
            {...props}
            className={styles.menu}
            aria-label={t('people.actions', { name })}
            title={t('people.actions', { name })}
          >
            <EllipsisVertical aria-hidden />
          </button>
        )}
      />
      {dialog}
    </>
  )
}
