import type { Environment } from '../shell/environment.ts'
import { isUsable, type ApiKey } from './keys.ts'

export interface KeyFilter {
  text: string
  environment: Environment | ''
  /** `usable`: whatever a server would accept now. */
  status: ApiKey['status'] | 'usable' | ''
}

export const NO_FILTER: KeyFilter = { text: '', environment: '', status: 'usable' }

/** The keys that match: by name, or by what one can see of the key itself at its beginning or end. */
export function filterKeys(keys: readonly ApiKey[], { text, environment, status }: KeyFilter): ApiKey[] {
  const wanted = text.trim().toLocaleLowerCase()
  return keys.filter(
    (key) =>
      (environment === '' || key.environment === environment) &&
      (status === '' || (status === 'usable' ? isUsable(key) : key.status === status)) &&
      (key.name.toLocaleLowerCase().includes(wanted) || isPartOfKey(key, wanted)),
  )
}

/** Also where somebody pastes the whole key to learn which one it is. */
const isPartOfKey = ({ start, last4 }: ApiKey, wanted: string): boolean => {
  const [head, tail] = [start.toLowerCase(), last4.toLowerCase()]
  return (
    head.startsWith(wanted) ||
    tail === wanted ||
    `${head}…${tail}` === wanted ||
    (wanted.length > head.length && wanted.startsWith(head) && wanted.endsWith(tail))
  )
}
