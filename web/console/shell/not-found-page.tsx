import { useText } from '../../locales/console.ts'
import { NotFound } from './states.tsx'

export function Component() {
  const { t } = useText()
  return (
    <NotFound
      title={t('errors.notFoundTitle')}
      text={t('errors.notFound')}
      to="/overview"
      toLabel={t('errors.toOverview')}
    />
  )
}
