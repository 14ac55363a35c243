import { useText, type Translate } from '../../locales/console.ts'
import { Card } from '../../ui/card.tsx'
import { classNames } from '../../ui/class-names.ts'
import { Notice } from '../../ui/notice.tsx'
import { BareSwitch } from '../../ui/switch.tsx'
import table from '../../ui/table.module.css'
import {
  ABILITIES,
  ABILITY_GROUPS,
  abilitiesIn,
  phrasesOf,
  type Abilities,
  type Phrase,
} from './permissions.ts'
import styles from './room-page.module.css'
import { useChangeRole, type Role } from './room.ts'
import type { Room } from './rooms.ts'
import { SaveState } from './save-state.tsx'

/** What a set of abilities comes to, in one or two sentences. */
export function summaryOf(who: string, held: Partial<Abilities>, t: Translate, locale: string): string {
  const { can, cannot } = phrasesOf(held)
  if (cannot.length === 0) return t('room.summaryAll', { who })
  if (can.length === 0) return t('room.summaryNone', { who })
  const list = (phrases: Phrase[], type: 'conjunction' | 'disjunction') =>
    new Intl.ListFormat(locale, { type }).format(phrases.map((phrase) => t(`room.does.${phrase}`)))
  return [
    t('room.summaryCan', { who, list: list(can, 'conjunction') }),
    t('room.summaryCannot', { who, list: list(cannot, 'disjunction') }),
  ].join(' ')
}

const ROLES = [
  { role: 'moderator', column: 'room.moderatorColumn', all: 'room.moderators' },
  { role: 'speaker', column: 'room.speakerColumn', all: 'room.speakers' },
] as const satisfies { role: Role; column: string; all: string }[]

/** What each role may do; each switch is saved by itself. */
export function RoomPermissions({ room, isManaged }: { room: Room; isManaged: boolean }) {
  const { t, locale } = useText()
  const change = useChangeRole(room)
  const { roles } = room
  if (!roles) return null
  const isBusy = room.status === 'active_meeting'
  const held = {
    moderator: abilitiesIn(roles.moderator.permissions),
    speaker: abilitiesIn(roles.speaker.permissions),
  }
  return (
    <Card
      title={t('room.permissions')}
      description={t('room.permissionsPurpose')}
      action={<SaveState of={[change]} />}
      flush
    >
      <div className={styles.summaries}>
        {isBusy && isManaged && <Notice title={t('room.busyTitle')}>{t('room.busyPermissions')}</Notice>}
        {ROLES.map(({ role, all }) => (
          <p key={role} aria-live="polite">
            {summaryOf(t(all), held[role], t, locale)}
          </p>
        ))}
      </div>
      <table className={classNames(table.table, styles.table)} aria-label={t('room.permissions')}>
        <thead>
          <tr>
            <th scope="col">{t('room.ability')}</th>
            {ROLES.map(({ role, column }) => (
              <th key={role} scope="col" className={styles.mark}>
                {t(column)}
              </th>
            ))}
          </tr>
        </thead>
        {ABILITY_GROUPS.map((group) => (
          <tbody key={group}>
            <tr>
              <th scope="rowgroup" colSpan={3} className={styles.group}>
                {t(`room.groups.${group}`)}
              </th>
            </tr>
            {ABILITIES[group].map((ability) => (
              <tr key={ability}>
                <th scope="row">{t(`room.can.${ability}`)}</th>
                {ROLES.map(({ role, column }) => (
                  <td key={role} className={styles.mark}>
                    <BareSwitch
                      label={t('room.mayDo', { role: t(column), ability: t(`room.can.${ability}`) })}
                      checked={held[role][ability] === true}
                      disabled={isBusy || !isManaged}
                      onChange={(isOn) => change.mutate({ role, permissions: { [ability]: isOn } })}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </Card>
  )
}
