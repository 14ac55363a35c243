import { useEffect } from 'react'
import { Unplug } from 'lucide-react'
import { useRouteError } from 'react-router'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { State } from '../../ui/notice.tsx'

/** Where a page's own code failed, or its chunk is gone after an upgrade of the server. */
export function Crash() {
  const { t } = useText()
  const error = useRouteError()
  useEffect(() => {
    console.error(error)
  }, [error])
  return (
    <State
      alert
      icon={<Unplug aria-hidden="true" />}
      title={t('errors.crashTitle')}
      action={<Button onClick={() => window.location.reload()}>{t('errors.reload')}</Button>}
    >
      {t('errors.crash')}
    </State>
  )
}
