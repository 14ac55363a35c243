import { ApiError } from './api-error.ts'
import { asNumber, asRecord, asText } from './json.ts'

/** The answer to a knock: a moderator's, or that none came. */
export type KnockOutcome =
  | { status: 'admitted'; token: string; serverKey: string }
  | { status: 'denied' }
  | { status: 'expired' }

const RETRY_MS = 2_000

/**
 * Waits for the answer at the door, over lost connections, until `signal` is aborted. Throws ApiError for a refusal
 * of the server, such as a full meeting, and an AbortError.
 */
export async function followKnock(
  url: string,
  signal: AbortSignal,
  fetcher: typeof fetch = (...args) => fetch(...args),
): Promise<KnockOutcome> {
  for (;;) {
    signal.throwIfAborted()
    try {
      const response = await fetcher(url, { headers: { Accept: 'text/event-stream' }, signal })
      // Who is not known there any more has waited too long.
      if (response.status === 404) return { status: 'expired' }
      const outcome = response.ok ? await readOutcome(response) : null
      if (outcome) return outcome
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof ApiError) throw error
      // No connection: the knock stays for a while, and the page asks again.
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, RETRY_MS)
      signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
    })
  }
}

/** The first event of a stream (WHATWG HTML, server-sent events); null when it ends without one. */
async function readOutcome(response: Response): Promise<KnockOutcome | null> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  for (;;) {
    const chunk = await reader?.read()
    if (chunk?.value === undefined) return null
    text += chunk.value
    const event = /^event: (\w+)\ndata: (.*)\n\n/m.exec(text)
    if (!event) continue
    void reader?.cancel()
    const data = asRecord(JSON.parse(event[2] ?? '{}'))
    switch (event[1]) {
      case 'admitted':
        return { status: 'admitted', token: asText(data['token']), serverKey: asText(data['serverKey']) }
      case 'denied':
        return { status: 'denied' }
      case 'expired':
        return { status: 'expired' }
      default:
        throw new ApiError(asNumber(data['status']), '', asText(data['code']), asText(data['message']))
    }
  }
}
