import { Clapperboard } from 'lucide-react'
import { useText } from '../../locales/console.ts'
import { State } from '../../ui/notice.tsx'
import { Page } from '../shell/page.tsx'

export function Component() {
  const { t } = useText()
  return (
    <Page title={t('recordings.title')} purpose={t('recordings.purpose')}>
      <State icon={<Clapperboard aria-hidden="true" />} title={t('recordings.emptyTitle')}>
        {t('recordings.empty')}
      </State>
    </Page>
  )
}
