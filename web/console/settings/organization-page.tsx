import { useState } from 'react'
import { isAdmin, useCurrentSession } from '../../account/index.ts'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { fieldError, formError } from '../../ui/errors.ts'
import { TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { Loaded } from '../shell/states.tsx'
import { useOrganization, useRenameOrganization } from './organization.ts'
import styles from './settings.module.css'

export function Component() {
  const { t } = useText()
  const organization = useOrganization()
  return (
    <Card title={t('settings.organizationTitle')} description={t('settings.organizationPurpose')}>
      <Loaded query={organization} skeleton={<Skeleton width={420} height={60} />}>
        {({ name }) => <NameForm name={name} />}
      </Loaded>
    </Card>
  )
}

function NameForm({ name }: { name: string }) {
  const { t } = useText()
  const mayChange = isAdmin(useCurrentSession())
  const [typed, setTyped] = useState(name)
  const [attempt, setAttempt] = useState(0)
  const rename = useRenameOrganization()
  const isEmpty = typed.trim() === ''
  const fault = formError(rename.error, ['name'], t)
  const submit = () => {
    if (isEmpty) return setAttempt(attempt + 1)
    rename.mutate(typed.trim(), {
      onSuccess: (organization) => {
        setTyped(organization.name)
        toast({ text: t('settings.saved') })
      },
      onError: () => setAttempt(attempt + 1),
    })
  }
  return (
    <Form className={styles.form} attempt={attempt} isBusy={rename.isPending} onSubmit={submit}>
      {fault !== null && <Notice tone="danger">{fault}</Notice>}
      <TextField
        label={t('settings.organizationName')}
        value={typed}
        maxLength={100}
        autoComplete="organization"
        readOnly={!mayChange}
        hint={mayChange ? undefined : t('settings.organizationReadOnly')}
        onChange={(event) => setTyped(event.target.value)}
        error={
          (attempt > 0 && isEmpty ? t('settings.organizationRequired') : null) ??
          fieldError(rename.error, 'name')
        }
      />
      {mayChange && (
        <Button type="submit" variant="primary" busy={rename.isPending} disabled={typed === name}>
          {t('ui.save')}
        </Button>
      )}
    </Form>
  )
}
