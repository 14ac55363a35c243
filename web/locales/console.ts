import { useMemo } from 'react'
import { initReactI18next, useTranslation } from 'react-i18next'
import en from './en/console.json' with { type: 'json' }
import { createLanguages, regional } from './languages.ts'

type Leaf<T, P extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${P}${K}` : Leaf<T[K], `${P}${K}.`>
}[keyof T & string]
type WithoutPlural<K> = K extends `${infer Base}_one` | `${infer Base}_other` ? Base : K

/** Every text of the console, by its dotted name in `en/console.json`. */
export type TextKey = WithoutPlural<Leaf<typeof en>>
export type Translate = (key: TextKey, values?: Record<string, string | number>) => string

export const consoleLanguages = createLanguages(
  'console',
  en,
  import.meta.glob<{ default: object }>(['./*/console.json', '!./en/console.json']),
  initReactI18next,
)

/** The texts of the console in the reader's language, and the locale for dates and numbers. */
export function useText(): { t: Translate; locale: string } {
  const { t, i18n } = useTranslation('console', { i18n: consoleLanguages.i18n })
  return useMemo(
    () => ({ t: (key, values) => t(key, values ?? {}), locale: regional(i18n.language) }),
    [t, i18n.language],
  )
}
