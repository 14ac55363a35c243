import { useSyncExternalStore } from 'react'

/** Rooms, recordings and keys live in one of two environments that do not see each other. */
export type Environment = 'live' | 'test'

const KEY = 'parley.environment'
const listeners = new Set<() => void>()

// Storage may be switched off (private windows, policies): then the choice lasts as long as the page.
const stored = (): Environment => {
  try {
    return localStorage.getItem(KEY) === 'test' ? 'test' : 'live'
  } catch {
    return 'live'
  }
}

let current = stored()

export function setEnvironment(environment: Environment): void {
  current = environment
  try {
    localStorage.setItem(KEY, environment)
  } catch {
    // As above.
  }
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The environment that the console shows and works in. */
export const useEnvironment = (): Environment => useSyncExternalStore(subscribe, () => current)
