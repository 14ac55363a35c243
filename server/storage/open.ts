import type { Config } from '../config.ts'
import { openDiskStorage } from './disk.ts'
import type { Storage } from './storage.ts'

/**
 * The storage of this deployment: a bucket where one is set, else its data directory. Throws ConfigError when it
 * cannot be used.
 */
export async function openStorage(config: Config): Promise<Storage> {
  const { reserveBytes } = config.recording
  if (config.s3 === null) return openDiskStorage(config.dataDir, reserveBytes)
  // Only who uses it waits for the SDK to load.
  const { openS3Storage } = await import('./s3.ts')
  return openS3Storage(config.s3, config.dataDir, reserveBytes)
}
