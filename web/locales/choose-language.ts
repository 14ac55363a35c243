export const REMEMBERED = 'parley.language'

/** The first of the wished languages that there is, by its main part: "de-AT" is served by "de". */
export const chooseLanguage = (wished: readonly string[], available: readonly string[]): string =>
  wished
    .map((tag) => tag.toLowerCase().split('-')[0] ?? '')
    .find((language) => available.includes(language)) ?? 'en'

/** The one chosen here before, then those of the browser. */
export const wishedLanguages = (): readonly string[] => {
  try {
    return [localStorage.getItem(REMEMBERED) ?? [], navigator.languages].flat()
  } catch {
    // A sandboxed frame has no storage.
    return navigator.languages
  }
}
