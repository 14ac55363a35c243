import type { Config } from '../config.ts'
import { openDiskStorage } from './disk.ts'
import type { Storage } from './storage.ts'

/** The storage of this deployment: its data directory. Throws ConfigError when that cannot be written. */
export const openStorage = (config: Config): Promise<Storage> =>
  openDiskStorage(config.dataDir, config.recording.reserveBytes)
