import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

/** Dotted keys with their texts. */
const read = (language: string, file: string): Map<string, string> => {
  const texts = new Map<string, string>()
  const walk = (value: object, prefix: string) => {
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'string') texts.set(prefix + key, inner)
      else walk(inner as object, `${prefix}${key}.`)
    }
  }
  walk(JSON.parse(readFileSync(path.join(import.meta.dirname, language, file), 'utf8')) as object, '')
  return texts
}

const FORM = /_(zero|one|two|few|many|other)$/
/** The plural forms that a language has for whole numbers as they occur here. */
const formsOf = (language: string): string[] => {
  const rules = new Intl.PluralRules(language)
  return [...new Set(Array.from({ length: 1000 }, (_, count) => rules.select(count)))].sort()
}
const placeholdersOf = (text: string): string[] => (text.match(/{{[^{}]+}}|<\/?\w+>/g) ?? []).sort()

const languages = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'en')
  .map(({ name }) => name)

describe.each(languages)('%s', (language) => {
  describe.each(readdirSync(path.join(import.meta.dirname, 'en')))('%s', (file) => {
    const english = read('en', file)
    const texts = read(language, file)

    it('has every key of the English text, in each plural form of the language, and no other', () => {
      const due = new Set(
        [...english.keys()].flatMap((key) =>
          FORM.test(key) ? formsOf(language).map((form) => key.replace(FORM, `_${form}`)) : key,
        ),
      )
      const missing = [...due].filter((key) => !texts.has(key))
      const extra = [...texts.keys()].filter((key) => !due.has(key))
      expect({ missing, extra }).toEqual({ missing: [], extra: [] })
    })

    it('keeps every placeholder and leaves no text empty', () => {
      const wrong = [...texts].filter(([key, text]) => {
        const original = english.get(key) ?? english.get(key.replace(FORM, '_other'))
        if (original === undefined) return false
        return text.trim() === '' || placeholdersOf(text).join() !== placeholdersOf(original).join()
      })
      expect(wrong).toEqual([])
    })
  })
})

it('there are the languages that we promise', () => {
  expect(languages).toEqual(expect.arrayContaining(['de', 'es', 'fr']))
})
