import english from '../locales/en/call.json'
import { createLanguages } from '../locales/languages.ts'

/** The words of the lobby and the call. */
export const languages = createLanguages(
  'call',
  english,
  import.meta.glob<{ default: object }>(['../locales/*/call.json', '!../locales/en/call.json']),
)
