/** An error of RFC 6749 4.1.2.1 or 5.2, with its name on the wire. */
export class OAuthFault extends Error {
  readonly error: OAuthErrorName
  constructor(error: OAuthErrorName, description: string, options: { cause?: unknown } = {}) {
    super(description, options)
    this.error = error
  }
}
export type OAuthErrorName =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'access_denied'
  | 'server_error'
  | 'temporarily_unavailable'

/** Parameters of a query or a form. RFC 6749 3.1 and 3.2: one without a value counts as left out, none may repeat. */
export interface Parameters {
  values: Record<string, string>
  repeated: string[]
}

/** `allowed` is a word of the library's own that a request must not bring along. */
const AUTHORIZE_NAMES = new Set([
  'client_id',
  'redirect_uri',
  'response_type',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
])

export const authorizeParameters = (search: string): Parameters =>
  readParameters(search, (name) => AUTHORIZE_NAMES.has(name))

export function readParameters(text: string, isKnown: (name: string) => boolean = () => true): Parameters {
  const values: Record<string, string> = {}
  const repeated: string[] = []
  for (const [name, value] of new URLSearchParams(text)) {
    if (!isKnown(name) || value === '') continue
    if (Object.hasOwn(values, name)) repeated.push(name)
    else values[name] = value
  }
  return { values, repeated }
}

/** A redirect URI with what the client is told; its own query stays as it is (RFC 6749 3.1.2). */
export function withParameters(redirectUri: string, answer: Record<string, string | undefined>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(answer)) if (value !== undefined) query.set(name, value)
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`
}

/** S256 gives 32 bytes, which are 43 characters of base64url (RFC 7636 4.2). */
export const isChallenge = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text)

/**
 * Id and secret of a client from the Authorization header (both form-encoded, RFC 6749 2.3.1) or from the body.
 * Throws OAuthFault `invalid_request` where both hold a secret, `invalid_client` for a header that is neither.
 */
export function clientCredentials(
  authorization: string | undefined,
  body: Record<string, string>,
): { id: string | undefined; secret: string | undefined } {
  if (authorization === undefined) return { id: body['client_id'], secret: body['client_secret'] }
  if (body['client_secret'] !== undefined)
    throw new OAuthFault('invalid_request', 'Authenticate either by header or by body, not by both')
  const encoded = authorization.match(/^Basic +([A-Za-z0-9+/=]+)$/i)?.[1]
  const [, id, secret] =
    encoded === undefined
      ? []
      : (Buffer.from(encoded, 'base64')
          .toString()
          .match(/^([^:]*):(.*)$/s) ?? [])
  if (id === undefined || secret === undefined)
    throw new OAuthFault('invalid_client', 'The Authorization header is not Basic id:secret')
  const credentials = { id: formDecoded(id), secret: formDecoded(secret) }
  if (body['client_id'] !== undefined && body['client_id'] !== credentials.id)
    throw new OAuthFault(
      'invalid_request',
      'client_id in the body is not the one in the Authorization header',
    )
  return credentials
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new OAuthFault('invalid_client', 'The Authorization header is not form-encoded')
  }
}
