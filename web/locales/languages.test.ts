import { describe, expect, it } from 'vitest'
import { chooseLanguage } from './choose-language.ts'
import { languageName } from './languages.ts'

describe('chooseLanguage', () => {
  it('takes the first wish that can be met', () => {
    expect(chooseLanguage(['fr-CA', 'de-AT', 'en'], ['en', 'de', 'es'])).toBe('de')
    expect(chooseLanguage(['ja'], ['en', 'de'])).toBe('en')
    expect(chooseLanguage([], ['en'])).toBe('en')
  })
})

describe('languageName', () => {
  it('is what the language calls itself', () => {
    expect(['en', 'es', 'de', 'fr'].map(languageName)).toEqual(['English', 'Español', 'Deutsch', 'Français'])
  })
})
