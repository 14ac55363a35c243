import { useState } from 'react'
import { useSearchParams } from 'react-router'
import { ApiKeys } from '../keys/api-keys.tsx'
import { Webhooks } from './webhook-list.tsx'

/** What a developer needs to connect: keys for calls to Parley, webhooks for calls from it. One opened hides the other. */
export function KeysAndWebhooks() {
  const [params] = useSearchParams()
  const [apiKey, setApiKey] = useState<string | null>(null)
  return (
    <>
      {!params.has('webhook') && <ApiKeys onUseForWebhook={setApiKey} />}
      {!params.has('key') && <Webhooks apiKey={apiKey} onApiKeyDone={() => setApiKey(null)} />}
    </>
  )
}
