import { describe, expect, it } from 'vitest'
import { chooseLanguage } from './i18n.ts'

describe('chooseLanguage', () => {
  it('takes the first wish that can be met', () => {
    expect(chooseLanguage(['fr-CA', 'de-AT', 'en'], ['en', 'de', 'es'])).toBe('de')
    expect(chooseLanguage(['ja'], ['en', 'de'])).toBe('en')
    expect(chooseLanguage([], ['en'])).toBe('en')
  })
})
