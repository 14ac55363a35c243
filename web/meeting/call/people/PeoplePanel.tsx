import { Search, X } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from '../../../locales/use-translation.ts'
import { useStore } from 'zustand/react'
import { useCall, useMeetingState, useParticipants, useSession } from '../context.ts'
import { InviteLine } from '../InviteTile.tsx'
import { Panel } from '../Panel.tsx'
import { MeetingMenu } from './MeetingMenu.tsx'
import { matchesName, sectionPeople } from './people-sections.ts'
import styles from './PeoplePanel.module.css'
import { PersonRow } from './PersonRow.tsx'
import { WaitingRow } from './WaitingRow.tsx'

/** Who waits, who has a hand up, who is in the call; what moderators do stands in each row's menu. */
export function PeoplePanel({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const { roster, knocks: knockStore, act } = useCall()
  const participants = useParticipants()
  const byIdentity = useStore(roster.store, (state) => state.byIdentity)
  const knocks = useStore(knockStore.store, (state) => state.knocks)
  const hands = useMeetingState((state) => state.hands)
  const mayLower = useSession(({ permissions }) => permissions.participantPromote)
  const [query, setQuery] = useState('')

  const people = participants.map((participant) => ({
    participant,
    identity: participant.identity,
    name: participant.name || participant.identity,
    isLocal: participant.isLocal,
  }))
  const { raised, inCall } = sectionPeople(people, hands, query)
  const waiting = knocks.filter(({ name }) => matchesName(name, query))
  const isEmpty = waiting.length + raised.length + inCall.length === 0
  return (
    <Panel
      title={t('people.title')}
      detail={t('people.count', { count: participants.length })}
      actions={<MeetingMenu />}
      onClose={onClose}
    >
      <SearchField query={query} onQuery={setQuery} />
      <div className={styles.list}>
        {waiting.length > 0 && (
          <Section
            name="waiting"
            title={t('people.waiting', { count: waiting.length })}
            action={
              waiting.length > 1 && query === '' ? (
                <button
                  type="button"
                  className={styles.sectionAction}
                  onClick={() => void act(() => knockStore.answer(null, true))}
                >
                  {t('people.admitAll')}
                </button>
              ) : null
            }
          >
            {waiting.map((knock) => (
              <WaitingRow key={knock.knockId} knock={knock} />
            ))}
          </Section>
        )}
        {raised.length > 0 && (
          <Section
            name="hands"
            title={t('people.hands', { count: hands.length })}
            action={
              mayLower ? (
                <button
                  type="button"
                  className={styles.sectionAction}
                  onClick={() => void act((api, roomId, token) => api.lowerHand(roomId, token, null))}
                >
                  {t('people.lowerAll')}
                </button>
              ) : null
            }
          >
            {raised.map(({ person, place }) => (
              <PersonRow
                key={person.identity}
                participant={person.participant}
                entry={byIdentity.get(person.identity)}
                place={place}
              />
            ))}
          </Section>
        )}
        {inCall.length > 0 && (
          <Section name="in-call" title={t('people.inCall', { count: inCall.length })}>
            {inCall.map(({ participant, identity }) => (
              <PersonRow key={identity} participant={participant} entry={byIdentity.get(identity)} />
            ))}
          </Section>
        )}
        {isEmpty && <p className={styles.nobody}>{t('people.nobody', { query })}</p>}
      </div>
      <InviteLine isAlone={participants.length === 1} />
    </Panel>
  )
}

function SearchField({ query, onQuery }: { query: string; onQuery: (query: string) => void }) {
  const { t } = useTranslation()
  return (
    <div className={styles.search}>
      <Search aria-hidden />
      <input
        id="people-search"
        type="text"
        role="searchbox"
        value={query}
        placeholder={t('people.search')}
        aria-label={t('people.search')}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onQuery(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || query === '') return
          // The first Escape clears, the next closes the panel.
          event.stopPropagation()
          onQuery('')
        }}
      />
      {query !== '' && (
        <button
          type="button"
          className={styles.clear}
          aria-label={t('people.clearSearch')}
          title={t('people.clearSearch')}
          onClick={() => onQuery('')}
        >
          <X aria-hidden />
        </button>
      )}
    </div>
  )
}

function Section({
  name,
  title,
  action,
  children,
}: {
  name: string
  title: string
  action?: ReactNode
  children: ReactNode
}) {
  return (
    <section className={styles.section} aria-label={title} data-section={name}>
      <header className={styles.sectionHeader}>
        <h3>{title}</h3>
        {action}
      </header>
      <ul>{children}</ul>
    </section>
  )
}
