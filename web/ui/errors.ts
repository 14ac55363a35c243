import { ApiError } from '../api/client.ts'
import type { Translate } from '../locales/console.ts'

export const hasStatus = (error: unknown, status: number): boolean =>
  error instanceof ApiError && error.status === status

/** What the server says is wrong, or that it does not answer. */
export const errorText = (error: unknown, t: Translate): string =>
  error instanceof ApiError && error.status !== 0 ? error.message : t('errors.unreachable')

/** What the server says about one field; nested faults (`permissions.0`) belong to their field. */
export function fieldError(error: unknown, field: string): string | null {
  if (!(error instanceof ApiError)) return null
  return (
    error.details.find((fault) => fault.field === field || fault.field.startsWith(`${field}.`))?.message ??
    null
  )
}

/** The message of an error that none of the form's fields shows. */
export function formError(error: unknown, fields: string[], t: Translate): string | null {
  if (error === null || error === undefined) return null
  if (fields.some((field) => fieldError(error, field) !== null)) return null
  return errorText(error, t)
}
