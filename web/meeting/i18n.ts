import { createInstance } from 'i18next'
import { initReactI18next } from 'react-i18next'
import english from '../locales/en/call.json'

/** English is part of the page; every other language is a file of its own, fetched by who needs it. */
const others = import.meta.glob<{ default: object }>(['../locales/*/call.json', '!../locales/en/call.json'])

const OTHER_LANGUAGES = Object.keys(others).flatMap((path) => /locales\/([^/]+)\//.exec(path)?.[1] ?? [])

/** The first of the wished languages that there is, by its main part: "de-AT" is served by "de". */
export const chooseLanguage = (wished: readonly string[], available: readonly string[]): string =>
  wished
    .map((tag) => tag.toLowerCase().split('-')[0] ?? '')
    .find((language) => available.includes(language)) ?? 'en'

/** Resolves when the page can be shown in the person's language, or in English if that cannot be fetched. */
export const startI18n = async (wished: readonly string[]): Promise<void> => {
  const language = chooseLanguage(wished, ['en', ...OTHER_LANGUAGES])
  const words = await others[`../locales/${language}/call.json`]?.().catch(() => null)
  const i18n = createInstance().use(initReactI18next)
  await i18n.init({
    lng: words || language === 'en' ? language : 'en',
    fallbackLng: 'en',
    defaultNS: 'call',
    resources: { en: { call: english }, ...(words && { [language]: { call: words.default } }) },
    // React escapes by itself.
    interpolation: { escapeValue: false },
    initAsync: false,
  })
  document.documentElement.lang = i18n.language
  document.documentElement.dir = i18n.dir()
}
