import { once } from 'node:events'
import { existsSync, mkdirSync, accessSync, constants } from 'node:fs'
import path from 'node:path'
import { runAdminCommand } from './accounts/admin-command.ts'
import { runCommand } from './backup/command.ts'
import { type Config, ConfigError, lacksSecureContext, loadConfig, ownUrl } from './config.ts'
import { createContext } from './context.ts'
import type { Progress } from './livekit/binary.ts'
import { lockDataDir } from './lock.ts'
import { createLogger } from './log.ts'
import { type Running, serve } from './serve.ts'

const say = (line: string) => process.stdout.write(`${line}\n`)

/** A second signal ends at once; one that follows sooner than this is the same press of Ctrl-C. */
const SAME_PRESS_MS = 500

/**
 * Starts Parley from the environment, runs until SIGINT, SIGTERM or SIGHUP, and resolves when all of it has
 * ended. Throws what kept it from starting; {@link ConfigError} is for the operator.
 */
async function main(): Promise<void> {
  // What it writes is for this user alone, also in a data directory that others may enter.
  process.umask(0o077)
  const config = loadConfig(process.env)
  const command = process.argv.slice(2)
  if (command[0] === 'admin') return runAdminCommand(config, command.slice(1), say)
  if (command.length > 0) return runCommand(config, command, say)
  prepareDataDir(config)
  const unlock = lockDataDir(config.dataDir)
  const stop = stopSignal()
  const ctx = await createContext(config, createLogger(config.logLevel))
  try {
    const running = await serve(ctx, { webDir: webDir(), report: reporter(), signal: stop })
    tell(config, running, ctx.setupToken)
    if (!stop.aborted) await once(stop, 'abort')
    await running.stop()
  } catch (err) {
    // A start that was told to stop has ended as it should.
    if (err !== stop.reason) throw err
  }
  unlock()
}

/** Aborted by the first signal to stop; a second one ends the process at once with code 1. */
function stopSignal(): AbortSignal {
  const controller = new AbortController()
  let firstAt: number | null = null
  const stop = (signal: string) => {
    if (firstAt === null) {
      firstAt = Date.now()
      say(`\n${signal}: stopping`)
      controller.abort(new Error('stopped'))
    } else if (Date.now() - firstAt > SAME_PRESS_MS) {
      // Where npm's shell makes way for us, Ctrl-C comes from the terminal and from npm.
      process.exit(1)
    }
  }
  process.on('SIGINT', () => stop('Ctrl-C'))
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGHUP', () => stop('SIGHUP'))
  return controller.signal
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
  if (running.child !== null) say(`  ${running.child.describePorts()}`)
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

// Who read what it prints may be gone first, as `npm start | tee log` is at Ctrl-C: no reason to fall over.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

main().then(
  () => process.exit(0),
  (err: unknown) => {
    if (err instanceof ConfigError)
      process.stderr.write(
        `\n${process.argv.length > 2 ? 'That was not done' : 'Parley cannot start'}.\n${err.message}\n`,
      )
    else
      process.stderr.write(
        `\nParley has failed: ${err instanceof Error ? (err.stack ?? err.message) : String(err)}\n`,
      )
    process.exit(1)
  },
)
