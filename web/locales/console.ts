import { createInstance } from 'i18next'
import { useMemo } from 'react'
import { initReactI18next, useTranslation } from 'react-i18next'
import en from './en/console.json' with { type: 'json' }

type Leaf<T, P extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${P}${K}` : Leaf<T[K], `${P}${K}.`>
}[keyof T & string]
type WithoutPlural<K> = K extends `${infer Base}_one` | `${infer Base}_other` ? Base : K

/** Every text of the console, by its dotted name in `en/console.json`. */
export type TextKey = WithoutPlural<Leaf<typeof en>>
export type Translate = (key: TextKey, values?: Record<string, string | number>) => string

export const translations = createInstance()

/** English comes with the page; other languages are fetched by their own chunk once they exist. */
export async function startTranslations(): Promise<void> {
  await translations.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    ns: ['console'],
    defaultNS: 'console',
    resources: { en: { console: en } },
    interpolation: { escapeValue: false },
  })
  document.documentElement.lang = translations.language
  document.documentElement.dir = translations.dir()
}

/** Language of the texts with the reader's own region, so that dates look as at home: `en-GB`, not just `en`. */
const regional = (language: string): string =>
  navigator.languages.find((tag) => tag === language || tag.startsWith(`${language}-`)) ?? language

/** The texts of the console in the reader's language, and the locale for dates and numbers. */
export function useText(): { t: Translate; locale: string } {
  const { t, i18n } = useTranslation('console', { i18n: translations })
  return useMemo(
    () => ({ t: (key, values) => t(key, values ?? {}), locale: regional(i18n.language) }),
    [t, i18n.language],
  )
}
