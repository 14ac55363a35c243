import { createHmac } from 'node:crypto'

/** What a delivery is signed with: the subscription's secret. */
const STANDARD_PREFIX = 'whsec_'
/** Lengths that the Standard Webhooks specification allows for a secret's bytes. */
const STANDARD_BYTES = { min: 24, max: 64 }

/**
 * The headers that prove where a delivery comes from, of OpenVidu Meet and of Standard Webhooks alike. `at` in ms
 * UTC; `body` is the exact text sent.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signatureHeaders(
  secret: string,
  { id, at, body }: { id: string; at: number; body: string },
): Record<string, string> {
  const seconds = Math.floor(at / 1000)
  const standard = createHmac('sha256', standardKey(secret))
    .update(`${id}.${seconds}.${body}`)
    .digest('base64')
  return {
    'X-Timestamp': String(at),
    'X-Signature': createHmac('sha256', secret).update(`${at}.${body}`).digest('hex'),
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${standard}`,
  }
}

/** `whsec_` and base64 stand for the bytes behind them; any other secret, such as an API key, for its own text. */
const standardKey = (secret: string): Buffer =>
  secret.startsWith(STANDARD_PREFIX)
    ? Buffer.from(secret.slice(STANDARD_PREFIX.length), 'base64')
    : Buffer.from(secret)

/** Whether a secret that begins like one of Standard Webhooks is one; others always are. */
export function isUsableSecret(secret: string): boolean {
  if (!secret.startsWith(STANDARD_PREFIX)) return true
  const text = secret.slice(STANDARD_PREFIX.length)
  const bytes = Buffer.from(text, 'base64')
  return (
    bytes.toString('base64') === text &&
    bytes.length >= STANDARD_BYTES.min &&
    bytes.length <= STANDARD_BYTES.max
  )
}
