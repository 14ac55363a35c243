import { createHmac, timingSafeEqual } from 'node:crypto'

/** Time-based one-time passwords as authenticator apps make them: RFC 6238 with SHA-1, 6 digits, 30 s. */

const STEP_MS = 30_000
const DIGITS = 6
/** Steps before and after now that are accepted, for clocks that differ. */
const TOLERANCE = 1
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The code of one step (RFC 4226 section 5.3). */
function codeAt(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac('sha1', secret).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 0xf
  const number = digest.readUInt32BE(offset) & 0x7fffffff
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0')
}

/** The code that an app shows at `at`. */
export const totpCode = (secret: Buffer, at: number): string => codeAt(secret, Math.floor(at / STEP_MS))

/**
 * The step that a code belongs to, or null when it is wrong. Codes of steps up to `lastStep` have been used and do
 * not count again.
 */
export function matchTotp(secret: Buffer, code: string, at: number, lastStep: number): number | null {
  const now = Math.floor(at / STEP_MS)
  let found: number | null = null
  for (let step = now - TOLERANCE; step <= now + TOLERANCE; step++) {
    const expected = Buffer.from(codeAt(secret, step))
    const given = Buffer.from(code)
    const isSame = given.length === expected.length && timingSafeEqual(given, expected)
    if (isSame && step > lastStep) found = step
  }
  return found
}

/** RFC 4648 base32 without padding, as people type it into an app. */
export function base32(bytes: Buffer): string {
  let bits = 0
  let value = 0
  let text = ''
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      text += BASE32[(value >>> (bits - 5)) & 31]
      bits -= 5
    }
    value &= (1 << bits) - 1
  }
  return bits > 0 ? text + BASE32[(value << (5 - bits)) & 31] : text
}

/** The address that a QR code gives to an authenticator app. */
export function otpauthUrl(issuer: string, account: string, secret: Buffer): string {
  const query = new URLSearchParams({
    secret: base32(secret),
    issuer,
    algorithm: 'SHA1',
    digits: String(DIGITS),
    period: String(STEP_MS / 1000),
  })
  // Apps show a plus sign as it is.
  return `otpauth://totp/${encodeURIComponent(`${issuer}:${account}`)}?${query.toString().replaceAll('+', '%20')}`
}
