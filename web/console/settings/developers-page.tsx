import { OAuthClients } from '../oauth/oauth-clients.tsx'
import { KeysAndWebhooks } from '../webhooks/keys-and-webhooks.tsx'

export const Component = () => (
  <>
    <KeysAndWebhooks />
    <OAuthClients />
  </>
)
