import { useCurrentSession, useSignOut } from '../../account/index.ts'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { errorText } from '../../ui/errors.ts'
import { toast } from '../../ui/toast.tsx'
import { AppsWithAccess } from '../oauth/apps-with-access.tsx'
import { LanguageCard } from './language-card.tsx'
import styles from './settings.module.css'

export function Component() {
  const { t } = useText()
  const { user, role } = useCurrentSession()
  const signOut = useSignOut()
  return (
    <>
      <Card title={t('settings.accountTitle')} description={t('settings.accountPurpose')}>
        <dl className={styles.facts}>
          <dt>{t('settings.name')}</dt>
          <dd>{user.name}</dd>
          <dt>{t('settings.username')}</dt>
          <dd>{user.username}</dd>
          <dt>{t('settings.email')}</dt>
          <dd>{user.email ?? <span className={styles.muted}>{t('settings.noEmail')}</span>}</dd>
          <dt>{t('settings.role')}</dt>
          <dd>{t(`roles.${role}`)}</dd>
        </dl>
      </Card>
      <LanguageCard />
      <AppsWithAccess />
      <Card
        title={t('settings.sessionTitle')}
        description={t('settings.sessionPurpose')}
        action={
          <Button
            busy={signOut.isPending}
            onClick={() =>
              signOut.mutate(undefined, {
                onError: (error) => toast({ tone: 'danger', text: errorText(error, t) }),
              })
            }
          >
            {t('shell.signOut')}
          </Button>
        }
      />
    </>
  )
}
