import { createContext, useContext } from 'react'

/** The few words that the parts in `ui/` say themselves. An application gives its translation by `UiWords`. */
export interface Words {
  close: string
  copy: string
  copied: string
  retry: string
  optional: string
  showPassword: string
  hidePassword: string
  notifications: string
}

const Context = createContext<Words>({
  close: 'Close',
  copy: 'Copy',
  copied: 'Copied',
  retry: 'Try again',
  optional: 'optional',
  showPassword: 'Show password',
  hidePassword: 'Hide password',
  notifications: 'Notifications',
})

export const UiWords = Context.Provider
export const useWords = (): Words => useContext(Context)
