import { useText } from '../../locales/console.ts'
import { ApiKeys } from '../keys/api-keys.tsx'
import { Page } from '../shell/page.tsx'
import { AllowedOrigins } from './allowed-origins.tsx'
import { BackendCall } from './backend-call.tsx'
import { EmbedARoom } from './embed-builder.tsx'

export function Component() {
  const { t } = useText()
  return (
    <Page title={t('embedded.title')} purpose={t('embedded.purpose')}>
      <ApiKeys />
      <BackendCall />
      <EmbedARoom />
      <AllowedOrigins />
    </Page>
  )
}
