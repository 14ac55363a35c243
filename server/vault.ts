import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const IV_BYTES = 12
const TAG_BYTES = 16

/**
 * Keeps what must be readable again in the database: AES-256-GCM (NIST SP 800-38D) under a key derived from
 * SECRET_KEY or the data directory's own secret.
 */
export class Vault {
  readonly #key: Buffer

  /** `key`: 32 bytes as base64url. */
  constructor(key: string) {
    this.#key = Buffer.from(key, 'base64url')
  }

  /** `v1.` and base64url of IV, tag and ciphertext. It opens for the same `owner` only, such as a row's id. */
  seal(text: string, owner: string): string {
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(Buffer.from(owner))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return `v1.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`
  }

  /** The text again; null when it was sealed under another key, for another owner, or was changed since. */
  open(sealed: string, owner: string): string | null {
    const bytes = Buffer.from(sealed.replace(/^v1\./, ''), 'base64url')
    if (!sealed.startsWith('v1.') || bytes.length < IV_BYTES + TAG_BYTES) return null
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES))
      .setAAD(Buffer.from(owner))
      .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
    try {
      const text = [decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]
      return Buffer.concat(text).toString('utf8')
    } catch {
      return null
    }
  }
}
