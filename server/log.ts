import pino from 'pino'
import pretty from 'pino-pretty'

export type Logger = pino.Logger

/** Header and field names whose values never reach a log line. */
const SECRET_PATHS = [
  'key',
  'token',
  'secret',
  'password',
  'authorization',
  '*.key',
  '*.token',
  '*.secret',
  '*.password',
  '*.authorization',
  'headers["x-api-key"]',
  'headers.cookie',
  'headers["x-room-member-token"]',
]

/** What lets in whoever has it and stands in addresses: the short code of a room, the name of a calendar feed. */
const withoutSecrets = (path: unknown): string =>
  String(path).replace(/\/(codes|meeting|calendar)\/[^/]+/, '/$1/[secret]')

/**
 * The root logger: JSON lines on stdout, or readable lines when stdout is a terminal. Make a named child for
 * each part: `log.child({ name: 'livekit' })`.
 */
export function createLogger(level: string): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    redact: { paths: SECRET_PATHS, censor: '[secret]' },
    serializers: { path: withoutSecrets },
  }
  if (!process.stdout.isTTY) return pino(options)
  // As a stream and not as a transport, whose worker is a file of its own that the bundled server has not.
  return pino(options, pretty({ ignore: 'pid,hostname', translateTime: 'HH:MM:ss', sync: true }))
}
