import { ApiKeys } from '../keys/api-keys.tsx'
import { OAuthClients } from '../oauth/oauth-clients.tsx'

export const Component = () => (
  <>
    <ApiKeys />
    <OAuthClients />
  </>
)
