import { hkdfSync, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Config } from './config.ts'

/** Keys for one purpose each, all derived (HKDF, RFC 5869) from SECRET_KEY or the data directory's own secret. */
export interface Secrets {
  session: string
  cookies: string
  livekit: string
}

/** Reads or makes `<dataDir>/secret.key` (mode 0600) unless SECRET_KEY is set. */
export function loadSecrets(config: Config): Secrets {
  const master = config.secretKey ?? ownSecret(path.join(config.dataDir, 'secret.key'))
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', master, '', `parley ${purpose}`, 32)).toString('base64url')
  return { session: derive('session'), cookies: derive('cookies'), livekit: derive('livekit') }
}

function ownSecret(file: string): string {
  if (!existsSync(file))
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' })
  return readFileSync(file, 'utf8').trim()
}
