import { useState } from 'react'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { CopyField } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { errorText, fieldError, formError, hasStatus } from '../../ui/errors.ts'
import { SelectField, TextField } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { toast } from '../../ui/toast.tsx'
import { Confirm } from '../shell/confirm.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import {
  newPassword,
  PERSON_ROLES,
  useChangeRole,
  useCreatePerson,
  useInvite,
  useRemovePerson,
  useResetPersonPassword,
  useResetTwoFactor,
  type Person,
  type PersonRole,
} from './people.ts'
import styles from './people.module.css'

const USERNAME = /^[a-z0-9_]{5,20}$/

function RoleField({ value, onChange }: { value: PersonRole; onChange: (role: PersonRole) => void }) {
  const { t } = useText()
  return (
    <SelectField
      label={t('people.role')}
      hint={t(`people.roleHints.${value}`)}
      value={value}
      onChange={(event) => {
        const chosen = PERSON_ROLES.find((role) => role === event.target.value)
        if (chosen) onChange(chosen)
      }}
    >
      {PERSON_ROLES.map((role) => (
        <option key={role} value={role}>
          {t(`people.roles.${role}`)}
        </option>
      ))}
    </SelectField>
  )
}

/** What is handed over by hand: shown once. */
function HandOver({
  title,
  text,
  label,
  copyLabel,
  value,
  onClose,
}: {
  title: string
  text: string
  label: string
  copyLabel: string
  value: string
  onClose: () => void
}) {
  const { t } = useText()
  return (
    <Dialog
      title={title}
      description={text}
      dismissable={false}
      onClose={onClose}
      actions={
        <Button variant="primary" onClick={onClose}>
          {t('people.done')}
        </Button>
      }
    >
      <CopyField label={label} copyLabel={copyLabel} value={value} autoFocus />
    </Dialog>
  )
}

export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText()
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<PersonRole>('room_manager')
  const [attempt, setAttempt] = useState(0)
  const invite = useInvite()
  const isWrong = !/^\S+@\S+\.\S+$/.test(email.trim())
  const isAboutEmail = hasStatus(invite.error, 409)
  const fault = isAboutEmail ? null : formError(invite.error, ['email'], t)
  if (typeof invite.data?.url === 'string')
    return (
      <HandOver
        title={t('people.linkTitle', { email: invite.data.email })}
        text={t('people.linkText')}
        label={t('people.linkLabel')}
        copyLabel={t('people.copyLink')}
        value={invite.data.url}
        onClose={onClose}
      />
    )
  return (
    <FormDialog
      title={t('people.inviteTitle')}
      description={t('people.inviteText')}
      action={t('people.doInvite')}
      isBusy={invite.isPending}
      attempt={attempt}
      onClose={onClose}
      onSubmit={() => {
        if (isWrong) return setAttempt(attempt + 1)
        invite.mutate(
          { email: email.trim(), role },
          {
            onSuccess: ({ url }) => {
              if (url !== null) return
              toast({ text: t('people.invited', { email: email.trim() }) })
              onClose()
            },
            onError: () => setAttempt(attempt + 1),
          },
        )
      }}
    >
      <div className={styles.form}>
        {fault !== null && <Notice tone="danger">{fault}</Notice>}
        <TextField
          label={t('people.email')}
          type="email"
          value={email}
          data-autofocus
          autoComplete="off"
          maxLength={254}
          error={
            attempt > 0 && isWrong
              ? t('people.emailRequired')
              : isAboutEmail
                ? errorText(invite.error, t)
                : fieldError(invite.error, 'email')
          }
          onChange={(event) => {
            setEmail(event.target.value)
            if (invite.isError) invite.reset()
          }}
        />
        <RoleField value={role} onChange={setRole} />
      </div>
    </FormDialog>
  )
}

export function CreatePersonDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText()
  const [name, setName] = useState('')
  const [userId, setUserId] = useState('')
  const [role, setRole] = useState<PersonRole>('room_manager')
  const [password] = useState(newPassword)
  const [attempt, setAttempt] = useState(0)
  const create = useCreatePerson()
  const isNameMissing = name.trim() === ''
  const isUserIdWrong = !USERNAME.test(userId.trim())
  const isTaken = hasStatus(create.error, 409)
  const fault = isTaken ? null : formError(create.error, ['name', 'userId'], t)
  if (create.isSuccess)
    return (
      <HandOver
        title={t('people.createdTitle', { name: create.data.name })}
        text={t('people.createdText', { username: create.data.userId })}
        label={t('people.firstPassword')}
        copyLabel={t('people.copyPassword')}
        value={password}
        onClose={onClose}
      />
    )
  return (
    <FormDialog
      title={t('people.createTitle')}
      description={t('people.createText')}
      action={t('people.doCreate')}
      isBusy={create.isPending}
      attempt={attempt}
      onClose={onClose}
      onSubmit={() => {
        if (isNameMissing || isUserIdWrong) return setAttempt(attempt + 1)
        create.mutate(
          { userId: userId.trim(), name: name.trim(), role, password },
          { onError: () => setAttempt(attempt + 1) },
        )
      }}
    >
      <div className={styles.form}>
        {fault !== null && <Notice tone="danger">{fault}</Notice>}
        <TextField
          label={t('people.name')}
          value={name}
          data-autofocus
          autoComplete="off"
          maxLength={50}
          error={attempt > 0 && isNameMissing ? t('people.nameRequired') : fieldError(create.error, 'name')}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label={t('people.username')}
          hint={t('people.usernameHint')}
          value={userId}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={20}
          error={
            attempt > 0 && isUserIdWrong
              ? t('people.usernameRequired')
              : isTaken
                ? errorText(create.error, t)
                : fieldError(create.error, 'userId')
          }
          onChange={(event) => {
            setUserId(event.target.value)
            if (create.isError) create.reset()
          }}
        />
        <RoleField value={role} onChange={setRole} />
      </div>
    </FormDialog>
  )
}

export function ChangeRoleDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useText()
  const [role, setRole] = useState(person.role)
  const change = useChangeRole()
  const isLower = PERSON_ROLES.indexOf(role) > PERSON_ROLES.indexOf(person.role)
  return (
    <FormDialog
      title={t('people.roleTitle', { name: person.name })}
      description={t('people.roleText')}
      action={t('ui.save')}
      isBusy={change.isPending}
      isDisabled={role === person.role}
      onClose={onClose}
      onSubmit={() =>
        change.mutate(
          { userId: person.username, role },
          {
            onSuccess: () => {
              toast({ text: t('people.roleChanged', { name: person.name }) })
              onClose()
            },
          },
        )
      }
    >
      <div className={styles.form}>
        {change.isError && <Notice tone="danger">{errorText(change.error, t)}</Notice>}
        <RoleField value={role} onChange={setRole} />
        {isLower && <Notice tone="warning">{t('people.lowerWarning')}</Notice>}
      </div>
    </FormDialog>
  )
}

export function ResetPasswordDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useText()
  const [password] = useState(newPassword)
  const reset = useResetPersonPassword()
  if (reset.isSuccess)
    return (
      <HandOver
        title={t('people.resetDoneTitle', { name: person.name })}
        text={t('people.resetDoneText')}
        label={t('people.firstPassword')}
        copyLabel={t('people.copyPassword')}
        value={password}
        onClose={onClose}
      />
    )
  return (
    <Confirm
      title={t('people.resetTitle', { name: person.name })}
      text={t('people.resetText')}
      action={t('people.doReset')}
      mutation={reset}
      variables={{ userId: person.username, newPassword: password }}
      // The password is shown in its place.
      onDone={() => undefined}
      onClose={onClose}
    />
  )
}

export function ResetTwoFactorDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useText()
  const reset = useResetTwoFactor()
  return (
    <Confirm
      title={t('people.twoFactorTitle', { name: person.name })}
      text={t('people.twoFactorText')}
      action={t('people.doTwoFactor')}
      mutation={reset}
      variables={person.username}
      done={t('people.twoFactorDone', { name: person.name })}
      onClose={onClose}
    />
  )
}

export function RemovePersonDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useText()
  const remove = useRemovePerson()
  return (
    <Confirm
      title={t('people.removeTitle', { name: person.name })}
      text={t('people.removeText')}
      action={t('people.doRemove')}
      mutation={remove}
      variables={person.username}
      done={t('people.removed', { name: person.name })}
      onClose={onClose}
    />
  )
}
