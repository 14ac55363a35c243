import { createInstance, type i18n, type Module } from 'i18next'
import { chooseLanguage, REMEMBERED, wishedLanguages } from './choose-language.ts'

/** The words of one page in all languages: English comes with the page, any other is a file fetched by who needs it. */
export interface Languages {
  i18n: i18n
  /** Their codes, English first. */
  available: readonly string[]
  /**
   * Resolves when the page can be shown: in one of `preferred`, else the one chosen here before, else one of the
   * browser's, else in English.
   */
  start: (preferred?: readonly string[]) => Promise<void>
  /** Changes the language and remembers it in this browser. Rejects where its file cannot be fetched. */
  choose: (language: string) => Promise<void>
}

/**
 * `files` are the paths of `import.meta.glob`, such as `./de/console.json`, each with its loader; `plugin` is what
 * shows the words in React where that is not use-translation.ts.
 */
export const createLanguages = (
  namespace: string,
  english: object,
  files: Record<string, () => Promise<{ default: object }>>,
  plugin?: Module,
): Languages => {
  const i18n = createInstance()
  if (plugin) i18n.use(plugin)
  const loaders = new Map(
    Object.entries(files).map(([path, load]) => [/([^/]+)\/[^/]+$/.exec(path)?.[1] ?? '', load]),
  )
  const available = ['en', ...[...loaders.keys()].sort()]
  const fetchWords = async (language: string): Promise<void> => {
    if (i18n.hasResourceBundle(language, namespace)) return
    const words = await loaders.get(language)?.()
    if (words) i18n.addResourceBundle(language, namespace, words.default)
  }
  const show = () => {
    document.documentElement.lang = i18n.language
    document.documentElement.dir = i18n.dir()
  }
  return {
    i18n,
    available,
    start: async (preferred = []) => {
      await i18n.init({
        lng: 'en',
        fallbackLng: 'en',
        ns: [namespace],
        defaultNS: namespace,
        resources: { en: { [namespace]: english } },
        // React escapes by itself.
        interpolation: { escapeValue: false },
        initAsync: false,
      })
      const language = chooseLanguage([...preferred, ...wishedLanguages()], available)
      try {
        await fetchWords(language)
        await i18n.changeLanguage(language)
      } catch {
        // English is better than an empty page.
      }
      show()
    },
    choose: async (language) => {
      await fetchWords(language)
      await i18n.changeLanguage(language)
      remember(language)
      show()
    },
  }
}

/** What a language calls itself: "Deutsch". */
export const languageName = (language: string): string => {
  const name = new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1)
}

/** The language with the reader's own region, so that dates look as at home: `en-GB`, not just `en`. */
export const regional = (language: string): string =>
  navigator.languages.find((tag) => tag === language || tag.startsWith(`${language}-`)) ?? language

const remember = (language: string): void => {
  try {
    localStorage.setItem(REMEMBERED, language)
  } catch {
    // It then holds until the page is left.
  }
}
