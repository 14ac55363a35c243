import { existsSync, mkdirSync, accessSync, constants } from 'node:fs'
import path from 'node:path'
import { type Config, ConfigError, lacksSecureContext, loadConfig, ownUrl } from './config.ts'
import { createContext } from './context.ts'
import type { Progress } from './livekit/binary.ts'
import { lockDataDir } from './lock.ts'
import { createLogger } from './log.ts'
import { type Running, serve } from './serve.ts'

const say = (line: string) => process.stdout.write(`${line}\n`)

/** Starts Parley from the environment and runs until SIGINT or SIGTERM. Exit code 1 with one sentence when it cannot. */
async function main(): Promise<void> {
  const config = loadConfig(process.env)
  prepareDataDir(config)
  const unlock = lockDataDir(config.dataDir)
  const log = createLogger(config.logLevel)
  const ctx = await createContext(config, log)

  const starting = new AbortController()
  let running: Running | null = null
  let isStopping = false
  const stop = (signal: string) => {
    if (isStopping) process.exit(1)
    isStopping = true
    say(`\n${signal}: stopping`)
    starting.abort(new Error('stopped'))
    const done = running === null ? Promise.resolve() : running.stop()
    done.then(
      () => {
        unlock()
        process.exit(0)
      },
      (err: unknown) => {
        log.fatal({ err }, 'did not stop cleanly')
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', () => stop('Ctrl-C'))
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGHUP', () => stop('SIGHUP'))

  running = await serve(ctx, { webDir: webDir(), report: reporter(), signal: starting.signal })
  tell(config, running, ctx.setupToken)
}

function tell(config: Config, running: Running, setupToken: string | null): void {
  const url = ownUrl(config, running.port)
  const { external } = config.livekit
  say('')
  say(`  Parley        ${url}`)
  if (setupToken !== null) say(`  First admin   ${url}/setup?token=${setupToken}`)
  say(`  Data          ${config.dataDir}`)
  if (external !== null) say(`  LiveKit       ${external.url}`)
  if (running.found !== null) say(`  LiveKit       ${running.found.version}, ${running.found.source}`)
  if (running.child !== null) say(`  Media         ${running.child.describePorts()}`)
  if (lacksSecureContext(config)) {
    say('')
    say('  Browsers give camera and microphone only on https or localhost: set TLS_CERT and TLS_KEY,')
    say(
      '  or put a reverse proxy with a certificate before it and set PUBLIC_URL=https://... and TRUST_PROXY.',
    )
  }
  say('')
}

function prepareDataDir({ dataDir }: Config): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new ConfigError(
      `DATA_DIR: ${dataDir} cannot be written (${(cause as NodeJS.ErrnoException).code}); choose a directory that this user owns`,
      { cause },
    )
  }
}

/** The built web app of this checkout or image, wherever this file was built to. */
function webDir(): string {
  let dir = import.meta.dirname
  while (!existsSync(path.join(dir, 'package.json')) && path.dirname(dir) !== dir) dir = path.dirname(dir)
  return path.join(dir, 'dist/web')
}

/** One line that is written over on a terminal; elsewhere a line every few seconds. */
function reporter(): (progress: Progress) => void {
  let lastAt = 0
  return ({ text: message }) => {
    if (process.stdout.isTTY) {
      process.stdout.write(`\r\u001B[K  ${message}`)
      return
    }
    const now = Date.now()
    if (now - lastAt < 5000) return
    lastAt = now
    say(`  ${message}`)
  }
}

main().catch((err: unknown) => {
  if (err instanceof ConfigError) process.stderr.write(`\nParley cannot start.\n${err.message}\n`)
  else
    process.stderr.write(
      `\nParley cannot start: ${err instanceof Error ? (err.stack ?? err.message) : String(err)}\n`,
    )
  process.exit(1)
})
