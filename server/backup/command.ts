import path from 'node:path'
import { type Config, ConfigError } from '../config.ts'
import { backUp } from './backup.ts'
import type { Manifest } from './manifest.ts'
import { restore } from './restore.ts'

const USAGE = 'Use: npm run backup -- <directory>, npm run restore -- <directory>'

/**
 * `backup <directory>` and `restore <directory>`, for the terminal. Throws {@link ConfigError} with a sentence
 * for the operator.
 */
export async function runCommand(config: Config, args: string[], say: (line: string) => void): Promise<void> {
  try {
    await run(config, args, say)
  } catch (err) {
    // A full disk, a place that may not be written: what the system says is all there is to say.
    const isOfSystem = err instanceof Error && 'code' in err
    throw isOfSystem ? new ConfigError(err.message, { cause: err }) : err
  }
}

async function run(config: Config, args: string[], say: (line: string) => void): Promise<void> {
  const [command, directory, ...more] = args
  if (command !== 'backup' && command !== 'restore')
    throw new ConfigError(`There is no command '${command}'. ${USAGE}`)
  if (directory === undefined || more.length > 0) throw new ConfigError(`Name one directory. ${USAGE}`)
  if (command === 'backup')
    tellBackup(config, path.resolve(directory), await backUp(config, directory, new Date()), say)
  else {
    const { manifest, movedTo } = await restore(config, directory, new Date())
    say(`  Restored      ${sizeOf(manifest)}, backed up ${manifest.createdAt} by Parley ${manifest.version}`)
    say(`  Data          ${config.dataDir}`)
    if (movedTo !== null) say(`  Before        moved to ${movedTo}; delete it when all is well`)
    if (manifest.database === 'postgres') say('  PostgreSQL    restore the database itself with pg_restore')
  }
}

function tellBackup(
  config: Config,
  directory: string,
  manifest: Manifest,
  say: (line: string) => void,
): void {
  say(`  Backup        ${directory}`)
  say(`  Holds         ${sizeOf(manifest)}, secrets among them: keep it as safe as the data directory`)
  if (manifest.database === 'postgres')
    say(
      '  PostgreSQL    not in it; dump the database too: pg_dump --format=custom --file=<file> "$DATABASE_URL"',
    )
  if (config.secretKey !== null)
    say('  SECRET_KEY    not in it, because it is set in the environment: keep it as well')
}

function sizeOf({ files }: Manifest): string {
  const megabytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / 1e6
  return `${files.length} ${files.length === 1 ? 'file' : 'files'}, ${megabytes.toFixed(1)} MB`
}
