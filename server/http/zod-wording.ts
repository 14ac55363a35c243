import type { z } from 'zod'
import type { FieldFault } from '../errors.ts'

const FORMATS: Record<string, string> = { ipv4: 'ip', ipv6: 'ip', cidrv4: 'cidr', cidrv6: 'cidr' }

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (value instanceof Date) return 'date'
  return Number.isNaN(value) ? 'nan' : typeof value
}
const quoted = (value: unknown) => (typeof value === 'string' ? `'${value}'` : String(value))

function wrongType(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidType>): string {
  const got = typeOf(issue.input)
  const expected: string = issue.expected
  if (got === 'undefined') return 'Required'
  if (expected === 'number' && Math.abs(Number(issue.input)) === Infinity && got === 'number')
    return 'Number must be finite'
  if (expected === 'int') return `Expected integer, received ${got === 'number' ? 'float' : got}`
  if (expected === 'date' && got === 'date') return 'Invalid date'
  return `Expected ${expected === 'record' ? 'object' : expected}, received ${got}`
}

function wrongValue(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidValue>): string {
  const got = typeOf(issue.input)
  if (got === 'undefined') return 'Required'
  const [only] = issue.values
  if (issue.values.length === 1) return `Invalid literal value, expected ${JSON.stringify(only)}`
  const all = issue.values.map(quoted).join(' | ')
  return got !== 'string' && issue.values.every((value) => typeof value === 'string')
    ? `Expected ${all}, received ${got}`
    : `Invalid enum value. Expected ${all}, received ${quoted(issue.input)}`
}

function wrongFormat(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidStringFormat>): string {
  if (issue.format === 'regex') return 'Invalid'
  return `Invalid ${FORMATS[issue.format] ?? issue.format}`
}

function wrongSize(
  issue: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall> | z.core.$ZodRawIssue<z.core.$ZodIssueTooBig>,
): string {
  const isSmall = issue.code === 'too_small'
  const limit = String(isSmall ? issue.minimum : issue.maximum)
  const isOpen = issue.inclusive === false
  const exactly = issue.exact === true
  if (issue.origin === 'string') {
    const bound = isSmall ? (isOpen ? 'over' : 'at least') : isOpen ? 'under' : 'at most'
    return `String must contain ${exactly ? 'exactly' : bound} ${limit} character(s)`
  }
  if (issue.origin === 'array' || issue.origin === 'set') {
    const bound = isSmall ? (isOpen ? 'more than' : 'at least') : isOpen ? 'less than' : 'at most'
    return `${issue.origin === 'set' ? 'Set' : 'Array'} must contain ${exactly ? 'exactly' : bound} ${limit} element(s)`
  }
  const comparison = `${isSmall ? 'greater' : 'less'} than ${isOpen ? '' : 'or equal to '}`
  return `Number must be ${exactly ? 'exactly equal to ' : comparison}${limit}`
}

/** Messages in the wording of zod 3, which OpenVidu's clients compare (contract/openvidu-meet.md 0.3). */
export function zod3Wording(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue)
    case 'invalid_value':
      return wrongValue(issue)
    case 'invalid_format':
      return wrongFormat(issue)
    case 'too_small':
    case 'too_big':
      return wrongSize(issue)
    case 'unrecognized_keys':
      return `Unrecognized key(s) in object: ${issue.keys.map(quoted).join(', ')}`
    case 'not_multiple_of':
      return `Number must be a multiple of ${issue.divisor}`
    default:
      return 'Invalid input'
  }
}

/** Faults of a failed parse with dotted field paths. */
export const faultsOf = (error: z.core.$ZodError, prefix: string | null = ''): FieldFault[] =>
  error.issues.map((issue) => {
    if (prefix === null) return { field: '', message: issue.message }
    const own = issue.path.map(String).join('.')
    return { field: prefix === '' ? own : own === '' ? prefix : `${prefix}.${own}`, message: issue.message }
  })
