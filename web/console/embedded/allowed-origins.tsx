import { useState } from 'react'
import { isAdmin, useCurrentSession } from '../../account/index.ts'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { formError } from '../../ui/errors.ts'
import { TextAreaField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { useAllowOrigins, useOrganization } from '../settings/organization.ts'
import { Loaded } from '../shell/states.tsx'
import styles from './allowed-origins.module.css'
import { readOrigins } from './origins.ts'

/** Whose pages may show meetings and recordings of this organization. */
export function AllowedOrigins() {
  const { t } = useText()
  const organization = useOrganization()
  return (
    <Card title={t('embedded.originsTitle')} description={t('embedded.originsPurpose')}>
      <Loaded query={organization} skeleton={<Skeleton height={120} />}>
        {({ allowedOrigins }) => <OriginsForm saved={allowedOrigins} />}
      </Loaded>
    </Card>
  )
}

function OriginsForm({ saved }: { saved: string[] }) {
  const { t } = useText()
  const mayChange = isAdmin(useCurrentSession())
  const text = saved.join('\n')
  const [typed, setTyped] = useState(text)
  const [wrong, setWrong] = useState<string | null>(null)
  const allow = useAllowOrigins()
  const save = () => {
    const { origins, fault } = readOrigins(typed)
    setWrong(fault)
    if (fault !== null) return
    allow.mutate(origins, {
      onSuccess: ({ allowedOrigins }) => {
        setTyped(allowedOrigins.join('\n'))
        toast({ text: t('settings.saved') })
      },
    })
  }
  return (
    <Form className={styles.form} isBusy={allow.isPending} onSubmit={save}>
      <TextAreaField
        label={t('embedded.origins')}
        hint={t('embedded.originsHint')}
        rows={4}
        spellCheck={false}
        readOnly={!mayChange}
        value={typed}
        error={wrong !== null ? t('embedded.originWrong', { origin: wrong }) : formError(allow.error, [], t)}
        onChange={(event) => setTyped(event.target.value)}
      />
      {mayChange && (
        <Button type="submit" variant="primary" busy={allow.isPending} disabled={typed === text}>
          {t('ui.save')}
        </Button>
      )}
    </Form>
  )
}
