import { useState } from 'react'

/** A yes or no that this browser remembers; without storage it lasts as long as the page. */
export function useRemembered(name: string): [boolean, (value: boolean) => void] {
  const key = `parley.${name}`
  const [value, setValue] = useState(() => {
    try {
      return localStorage.getItem(key) === 'yes'
    } catch {
      return false
    }
  })
  const remember = (next: boolean) => {
    setValue(next)
    try {
      localStorage.setItem(key, next ? 'yes' : 'no')
    } catch {
      // Nothing to do: the choice holds until the page is left.
    }
  }
  return [value, remember]
}
