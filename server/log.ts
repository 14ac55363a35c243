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

/** The short code of a room lets in whoever has it, and stands in addresses. */
const withoutCode = (path: unknown): string => String(path).replace(/\/(codes|meeting)\/[^/]+/, '/$1/[code]')

/**
 * The root logger: JSON lines on stdout, or readable lines when stdout is a terminal. Make a named child for
 * each part: `log.child({ name: 'livekit' })`.
 */
export function createLogger(level: string): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    redact: { paths: SECRET_PATHS, censor: '[secret]' },
    serializers: { path: withoutCode },
  }
  if (!process.stdout.isTTY) return pino(options)
  // As a stream and not as a transport, whose worker is a file of its own that the bundled server has not.
  return pino(options, pretty({ ignore: 'pid,hostname', translateTime: 'HH:MM:ss', sync: true }))
}
