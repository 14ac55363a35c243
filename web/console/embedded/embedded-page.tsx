import { useText } from '../../locales/console.ts'
import { Page } from '../shell/page.tsx'
import { KeysAndWebhooks } from '../webhooks/keys-and-webhooks.tsx'
import { AllowedOrigins } from './allowed-origins.tsx'
import { BackendCall } from './backend-call.tsx'
import { EmbedARoom } from './embed-builder.tsx'

export function Component() {
  const { t } = useText()
  return (
    <Page title={t('embedded.title')} purpose={t('embedded.purpose')}>
      <KeysAndWebhooks />
      <BackendCall />
      <EmbedARoom />
      <AllowedOrigins />
    </Page>
  )
}
