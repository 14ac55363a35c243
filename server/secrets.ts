import { hkdfSync, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Config, ConfigError } from './config.ts'

/** Keys for one purpose each, all derived (HKDF, RFC 5869) from SECRET_KEY or the data directory's own secret. */
export interface Secrets {
  session: string
  cookies: string
  livekit: string
  feeds: string
  /** For what is stored encrypted. */
  vault: string
  /** Signs access tokens. */
  accessTokens: string
}

/** What SECRET_KEY must have, too. */
const MIN_LENGTH = 32

/**
 * Reads or makes `<dataDir>/secret.key` (mode 0600) unless SECRET_KEY is set. Throws {@link ConfigError} for a file
 * that holds no secret.
 */
export function loadSecrets(config: Config): Secrets {
  const master = config.secretKey ?? ownSecret(path.join(config.dataDir, 'secret.key'))
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', master, '', `parley ${purpose}`, 32)).toString('base64url')
  return {
    session: derive('session'),
    cookies: derive('cookies'),
    livekit: derive('livekit'),
    feeds: derive('feeds'),
    vault: derive('vault'),
    accessTokens: derive('access tokens'),
  }
}

function ownSecret(file: string): string {
  if (!existsSync(file))
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' })
  const secret = readFileSync(file, 'utf8').trim()
  // A disk that was full leaves an empty file, and whatever is derived from nothing is known to everybody.
  if (secret.length < MIN_LENGTH)
    throw new ConfigError(
      `${file} is damaged: put back the one from a backup, or delete it, and everybody has to sign in again`,
    )
  return secret
}
