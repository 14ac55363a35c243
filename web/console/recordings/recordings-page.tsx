import { useMemo } from 'react'
import { useText } from '../../locales/console.ts'
import { RecordingList } from '../../recordings/recording-list.tsx'
import type { Source } from '../../recordings/source.ts'
import { useEnvironment } from '../shell/environment.ts'
import { Page } from '../shell/page.tsx'

export function Component() {
  const { t } = useText()
  const environment = useEnvironment()
  const source = useMemo<Source>(() => ({ kind: 'session', environment }), [environment])
  return (
    <Page title={t('recordings.title')} purpose={t('recordings.purpose')}>
      {/* A selection must not outlive the environment it was made in. */}
      <RecordingList key={environment} source={source} />
    </Page>
  )
}
