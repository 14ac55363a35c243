import { useState } from 'react'
import {
  EllipsisVertical,
  KeyRound,
  Lock,
  SearchX,
  ShieldOff,
  UserCog,
  UserMinus,
  UserPlus,
} from 'lucide-react'
import { isAdmin, useCurrentSession } from '../../account/index.ts'
import { useText } from '../../locales/console.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { classNames } from '../../ui/class-names.ts'
import { errorText } from '../../ui/errors.ts'
import { ChoiceSelect, FilterBar, ListSkeleton, LoadMore, SearchBox } from '../../ui/list.tsx'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx'
import { State } from '../../ui/notice.tsx'
import table from '../../ui/table.module.css'
import { DateTime } from '../../ui/time.tsx'
import { toast } from '../../ui/toast.tsx'
import { Loaded, StaleNotice } from '../shell/states.tsx'
import {
  ChangeRoleDialog,
  CreatePersonDialog,
  InviteDialog,
  RemovePersonDialog,
  ResetPasswordDialog,
  ResetTwoFactorDialog,
} from './person-dialogs.tsx'
import {
  PERSON_ROLES,
  useInvitations,
  usePeople,
  useRevokeInvitation,
  type Invitation,
  type Person,
  type PersonRole,
} from './people.ts'
import { PersonHead } from './person-head.tsx'
import styles from './people.module.css'

type Open =
  | { kind: 'create' | 'invite' }
  | { kind: 'role' | 'password' | 'two-factor' | 'remove'; person: Person }
  | null

/** The users of the organization, and who is invited. */
export function Component() {
  const { t } = useText()
  if (!isAdmin(useCurrentSession()))
    return (
      <Card title={t('people.title')}>
        <State icon={<Lock aria-hidden="true" />} title={t('errors.deniedTitle')}>
          {t('people.denied')}
        </State>
      </Card>
    )
  return <People />
}

function People() {
  const { t } = useText()
  const [search, setSearch] = useState('')
  const [role, setRole] = useState<PersonRole | ''>('')
  const [open, setOpen] = useState<Open>(null)
  const query = usePeople(search.trim(), role)
  const people = query.data?.pages.flatMap((page) => page.users) ?? []
  const close = () => setOpen(null)

  return (
    <>
      <StaleNotice error={query.data && query.error} />
      <Card
        flush
        title={t('people.title')}
        description={t('people.purpose')}
        action={
          <div className={styles.buttons}>
            <Button onClick={() => setOpen({ kind: 'create' })}>{t('people.create')}</Button>
            <Button variant="primary" onClick={() => setOpen({ kind: 'invite' })}>
              <UserPlus aria-hidden="true" />
              {t('people.invite')}
            </Button>
          </div>
        }
      >
        <FilterBar isBelow>
          <SearchBox label={t('people.search')} value={search} maxLength={100} onChange={setSearch} />
          <ChoiceSelect
            label={t('people.filterRole')}
            value={role}
            choices={[
              ['', t('people.allRoles')],
              ...PERSON_ROLES.map((one) => [one, t(`people.roles.${one}`)] as const),
            ]}
            onChange={setRole}
          />
        </FilterBar>
        <Loaded query={query} skeleton={<ListSkeleton />}>
          {() =>
            people.length > 0 ? (
              <PeopleTable people={people} onOpen={setOpen} />
            ) : (
              <State icon={<SearchX aria-hidden="true" />} title={t('people.noMatch')}>
                {t('people.noMatchText')}
              </State>
            )
          }
        </Loaded>
        <LoadMore query={query}>{t('people.more')}</LoadMore>
      </Card>
      <Invitations />
      {open?.kind === 'create' && <CreatePersonDialog onClose={close} />}
      {open?.kind === 'invite' && <InviteDialog onClose={close} />}
      {open?.kind === 'role' && <ChangeRoleDialog person={open.person} onClose={close} />}
      {open?.kind === 'password' && <ResetPasswordDialog person={open.person} onClose={close} />}
      {open?.kind === 'two-factor' && <ResetTwoFactorDialog person={open.person} onClose={close} />}
      {open?.kind === 'remove' && <RemovePersonDialog person={open.person} onClose={close} />}
    </>
  )
}

function PeopleTable({ people, onOpen }: { people: Person[]; onOpen: (open: Open) => void }) {
  const { t, locale } = useText()
  const { user } = useCurrentSession()
  return (
    <table className={table.table} aria-label={t('people.title')}>
      <PersonHead name={t('people.name')} role={t('people.role')} date={t('people.since')} />
      <tbody>
        {people.map((person) => (
          <tr key={person.username}>
            <td className={table.main}>
              <div className={table.named}>
                <span className={table.name}>{person.name}</span>
                <span className={table.under}>
                  <span>{person.username}</span>
                  {person.email !== null && <span>{person.email}</span>}
                  {person.username === user.username && <Badge plain>{t('people.you')}</Badge>}
                  {person.isRoot && <Badge plain>{t('people.root')}</Badge>}
                  {person.hasTwoFactor && (
                    <Badge plain tone="success">
                      {t('people.twoFactor')}
                    </Badge>
                  )}
                  {person.mustChangePassword && (
                    <Badge plain tone="warning">
                      {t('people.mustChange')}
                    </Badge>
                  )}
                  <span className={table.narrowOnly}>{t(`people.roles.${person.role}`)}</span>
                </span>
              </div>
            </td>
            <td className={classNames(table.tight, table.wideOnly)}>{t(`people.roles.${person.role}`)}</td>
            <td className={classNames(table.tight, table.muted, table.wideOnly)}>
              <DateTime at={person.createdAt} locale={locale} />
            </td>
            <td className={table.tight}>
              <PersonActions
                person={person}
                isProtected={person.isRoot || person.username === user.username}
                onOpen={onOpen}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function PersonActions({
  person,
  isProtected,
  onOpen,
}: {
  person: Person
  /** The root admin and oneself: others cannot be locked out by accident. */
  isProtected: boolean
  onOpen: (open: Open) => void
}) {
  const { t } = useText()
  if (isProtected) return null
  return (
    <div className={table.rowActions}>
      <Menu
        trigger={
          <IconButton size="small" label={t('people.moreFor', { name: person.name })}>
            <EllipsisVertical aria-hidden="true" />
          </IconButton>
        }
      >
        <MenuItem icon={<UserCog aria-hidden="true" />} onSelect={() => onOpen({ kind: 'role', person })}>
          {t('people.changeRole')}
        </MenuItem>
        <MenuItem
          icon={<KeyRound aria-hidden="true" />}
          onSelect={() => onOpen({ kind: 'password', person })}
        >
          {t('people.resetPassword')}
        </MenuItem>
        {person.hasTwoFactor && (
          <MenuItem
            icon={<ShieldOff aria-hidden="true" />}
            onSelect={() => onOpen({ kind: 'two-factor', person })}
          >
            {t('people.resetTwoFactor')}
          </MenuItem>
        )}
        <MenuSeparator />
        <MenuItem
          danger
          icon={<UserMinus aria-hidden="true" />}
          onSelect={() => onOpen({ kind: 'remove', person })}
        >
          {t('people.remove')}
        </MenuItem>
      </Menu>
    </div>
  )
}

function Invitations() {
  const { t } = useText()
  const { data } = useInvitations()
  if (data === undefined || data.invitations.length === 0) return null
  return (
    <Card flush title={t('people.invitations')} description={t('people.invitationsPurpose')}>
      <table className={table.table} aria-label={t('people.invitations')}>
        <PersonHead name={t('people.email')} role={t('people.role')} date={t('people.until')} />
        <tbody>
          {data.invitations.map((invitation) => (
            <InvitationRow key={invitation.id} invitation={invitation} />
          ))}
        </tbody>
      </table>
    </Card>
  )
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const { t, locale } = useText()
  const revoke = useRevokeInvitation()
  return (
    <tr>
      <td className={table.main}>
        <div className={table.named}>
          <span className={table.name}>{invitation.email}</span>
          <span className={table.under}>{t('people.invitedBy', { name: invitation.invitedBy })}</span>
        </div>
      </td>
      <td className={classNames(table.tight, table.wideOnly)}>{t(`people.roles.${invitation.role}`)}</td>
      <td className={classNames(table.tight, table.muted, table.wideOnly)}>
        <DateTime at={invitation.expiresAt} locale={locale} />
      </td>
      <td className={table.tight}>
        <div className={table.rowActions}>
          <Button
            size="small"
            aria-label={t('people.revokeFor', { email: invitation.email })}
            busy={revoke.isPending}
            onClick={() =>
              revoke.mutate(invitation.id, {
                onSuccess: () => toast({ text: t('people.revoked', { email: invitation.email }) }),
                onError: (error) => toast({ tone: 'danger', text: errorText(error, t) }),
              })
            }
          >
            {t('people.revoke')}
          </Button>
        </div>
      </td>
    </tr>
  )
}
