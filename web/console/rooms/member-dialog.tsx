import { useState } from 'react'
import { useText } from '../../locales/console.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { CopyField } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { errorText, fieldError, formError, hasStatus } from '../../ui/errors.ts'
import { Choice, ChoiceGroup, SelectField, TextField } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { SwitchRow } from '../../ui/switch.tsx'
import { toast } from '../../ui/toast.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import { usePeopleToChoose } from '../people/people.ts'
import { useAddMember, useChangeMember, type Member } from './members.ts'
import { ABILITIES, ABILITY_GROUPS, abilitiesIn, withOverride, type Abilities } from './permissions.ts'
import styles from './room-members.module.css'
import { summaryOf } from './room-permissions.tsx'
import type { Role } from './room.ts'
import type { Room } from './rooms.ts'

const USERNAME = /^[a-z0-9_]+$/

/** A guest by name, or a user by username. A guest's link is shown at the end. */
export function AddMemberDialog({ room, onClose }: { room: Room; onClose: () => void }) {
  const [made, setMade] = useState<Member | null>(null)
  return made === null ? (
    <AddForm room={room} onClose={onClose} onGuest={setMade} />
  ) : (
    <GuestLink member={made} onClose={onClose} />
  )
}

function AddForm({
  room,
  onClose,
  onGuest,
}: {
  room: Room
  onClose: () => void
  onGuest: (member: Member) => void
}) {
  const { t } = useText()
  const [kind, setKind] = useState<'guest' | 'user'>('guest')
  const [who, setWho] = useState('')
  const [role, setRole] = useState<Role>('speaker')
  const [overrides, setOverrides] = useState<Partial<Abilities>>({})
  const [attempt, setAttempt] = useState(0)
  const add = useAddMember(room.roomId)

  const text = who.trim()
  const isWrong = kind === 'guest' ? text === '' || text.length > 50 : !USERNAME.test(text)
  const field = kind === 'guest' ? 'name' : 'userId'
  // No such user, a member already, or one who needs no membership: all of it is about who was entered.
  const isAboutWho = hasStatus(add.error, 404) || hasStatus(add.error, 409)
  const whoError =
    attempt > 0 && isWrong
      ? t(kind === 'guest' ? 'room.guestNameRequired' : 'room.usernameRequired')
      : isAboutWho
        ? errorText(add.error, t)
        : fieldError(add.error, field)
  const fault = isAboutWho ? null : formError(add.error, [field], t)
  const submit = () => {
    if (isWrong) return setAttempt(attempt + 1)
    add.mutate(
      {
        ...(kind === 'guest' ? { name: text } : { userId: text }),
        baseRole: role,
        customPermissions: overrides,
      },
      {
        onSuccess: (member) => {
          if (member.type === 'identified_guest') return onGuest(member)
          toast({ text: t('room.memberAdded', { name: member.name }) })
          onClose()
        },
        onError: () => setAttempt(attempt + 1),
      },
    )
  }
  return (
    <FormDialog
      wide
      title={t('room.addTitle')}
      description={t('room.addText')}
      action={t('room.doAdd')}
      isBusy={add.isPending}
      attempt={attempt}
      onClose={onClose}
      onSubmit={submit}
    >
      <div className={styles.form}>
        {fault !== null && <Notice tone="danger">{fault}</Notice>}
        <ChoiceGroup legend={t('room.kind')}>
          {(['guest', 'user'] as const).map((one) => (
            <Choice
              key={one}
              type="radio"
              name="kind"
              label={t(one === 'guest' ? 'room.kindGuest' : 'room.kindUser')}
              hint={t(one === 'guest' ? 'room.kindGuestHint' : 'room.kindUserHint')}
              checked={kind === one}
              onChange={() => {
                setKind(one)
                setAttempt(0)
                add.reset()
              }}
            />
          ))}
        </ChoiceGroup>
        <TextField
          key={kind}
          label={t(kind === 'guest' ? 'room.guestName' : 'room.username')}
          hint={kind === 'guest' ? t('room.guestNameHint') : undefined}
          value={who}
          maxLength={50}
          data-autofocus
          autoComplete="off"
          autoCapitalize={kind === 'guest' ? 'words' : 'none'}
          spellCheck={false}
          error={whoError}
          onChange={(event) => {
            setWho(event.target.value)
            if (add.isError) add.reset()
          }}
        />
        {kind === 'user' && (
          <PersonChoices
            typed={text}
            onChoose={(userId) => {
              setWho(userId)
              if (add.isError) add.reset()
            }}
          />
        )}
        <RoleFields room={room} {...{ role, setRole, overrides, setOverrides }} />
      </div>
    </FormDialog>
  )
}

/** Users of the organization who fit what was typed. */
function PersonChoices({ typed, onChoose }: { typed: string; onChoose: (userId: string) => void }) {
  const { t } = useText()
  const { data } = usePeopleToChoose(typed)
  // Admins have every right in the room already.
  const people = (data?.users ?? []).filter(({ role, userId }) => role !== 'admin' && userId !== typed)
  if (people.length === 0) return null
  return (
    <ul className={styles.choices} aria-label={t('room.suggestions')}>
      {people.map(({ userId, name }) => (
        <li key={userId}>
          <Button size="small" onClick={() => onChoose(userId)}>
            {name} <span className={styles.username}>{userId}</span>
          </Button>
        </li>
      ))}
    </ul>
  )
}

function GuestLink({ member, onClose }: { member: Member; onClose: () => void }) {
  const { t } = useText()
  return (
    <Dialog
      title={t('room.addedTitle', { name: member.name })}
      description={t('room.addedText')}
      onClose={onClose}
      actions={
        <Button variant="primary" onClick={onClose}>
          {t('room.done')}
        </Button>
      }
    >
      <CopyField
        label={t('room.memberLink', { name: member.name })}
        copyLabel={t('room.copyLinkOf', { name: member.name })}
        value={member.accessUrl}
        autoFocus
      />
    </Dialog>
  )
}

export function EditMemberDialog({
  room,
  member,
  onClose,
}: {
  room: Room
  member: Member
  onClose: () => void
}) {
  const { t } = useText()
  const [role, setRole] = useState<Role>(member.baseRole)
  const [overrides, setOverrides] = useState(abilitiesIn(member.customPermissions ?? {}))
  const change = useChangeMember(room.roomId)
  const submit = () =>
    change.mutate(
      { memberId: member.memberId, baseRole: role, customPermissions: overrides },
      {
        onSuccess: () => {
          toast({ text: t('room.memberSaved', { name: member.name }) })
          onClose()
        },
      },
    )
  return (
    <FormDialog
      wide
      title={t('room.editTitle', { name: member.name })}
      description={t('room.editText')}
      action={t('ui.save')}
      isBusy={change.isPending}
      onClose={onClose}
      onSubmit={submit}
    >
      <div className={styles.form}>
        {change.isError && <Notice tone="danger">{errorText(change.error, t)}</Notice>}
        <RoleFields room={room} {...{ role, setRole, overrides, setOverrides }} />
      </div>
    </FormDialog>
  )
}

/** The role, where this person differs from it, and what that comes to. */
function RoleFields({
  room,
  role,
  setRole,
  overrides,
  setOverrides,
}: {
  room: Room
  role: Role
  setRole: (role: Role) => void
  overrides: Partial<Abilities>
  setOverrides: (overrides: Partial<Abilities>) => void
}) {
  const { t, locale } = useText()
  const ofRole = abilitiesIn(room.roles?.[role].permissions ?? {})
  const held = { ...ofRole, ...overrides }
  return (
    <>
      <SelectField
        label={t('room.memberRole')}
        value={role}
        onChange={(event) => setRole(event.target.value === 'moderator' ? 'moderator' : 'speaker')}
      >
        <option value="speaker">{t('room.roles.speaker')}</option>
        <option value="moderator">{t('room.roles.moderator')}</option>
      </SelectField>
      <p className={styles.summary} aria-live="polite">
        {summaryOf(t('room.thisMember'), held, t, locale)}
      </p>
      <details className={styles.own}>
        <summary>{t('room.customize')}</summary>
        <div className={styles.abilities}>
          {Object.keys(overrides).length > 0 && (
            <Button size="small" onClick={() => setOverrides({})}>
              {t('room.asRole')}
            </Button>
          )}
          {ABILITY_GROUPS.map((group) => (
            <fieldset key={group}>
              <legend>{t(`room.groups.${group}`)}</legend>
              {ABILITIES[group].map((ability) => (
                <SwitchRow
                  key={ability}
                  label={t(`room.can.${ability}`)}
                  hint={
                    overrides[ability] === undefined ? undefined : (
                      <Badge tone="accent">{t('room.differsMark')}</Badge>
                    )
                  }
                  checked={held[ability] === true}
                  onChange={(isOn) => setOverrides(withOverride(overrides, ofRole, ability, isOn))}
                />
              ))}
            </fieldset>
          ))}
        </div>
      </details>
    </>
  )
}
