import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import english from '../locales/en/call.json'

const web = path.join(import.meta.dirname, '..')

const keysOf = (value: object, prefix = ''): string[] =>
  Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'object' ? keysOf(inner as object, `${prefix}${key}.`) : `${prefix}${key}`,
  )

/** Plurals are asked for without their ending. */
const keys = new Set(keysOf(english).map((key) => key.replace(/_(zero|one|two|few|many|other)$/, '')))

const sources = ['lobby', 'meeting']
  .flatMap((folder) =>
    readdirSync(path.join(web, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      path.join(folder, file),
    ),
  )
  .concat('call.tsx')
  .filter((file) => /\.tsx?$/.test(file) && !/(\.test|vite-plugin)\.ts$/.test(file))
  .map((file) => readFileSync(path.join(web, file), 'utf8'))
  .join('\n')

const sections = Object.keys(english).join('|')
/** Messages of the server look like keys. */
const literal = new Set(
  sources
    .match(new RegExp(`(?<=')(${sections})\\.[\\w.-]+(?=')`, 'g'))
    ?.filter((key) => !['chat.messages', 'chat.more', 'chat.deleted'].includes(key)),
)
/** Keys put together from parts: what stands before and after the part. */
const patterns = [...sources.matchAll(new RegExp(`\`((?:${sections})\\.[^\`]*)\``, 'g'))].map(
  ([, text = '']) =>
    new RegExp(`^${text.replaceAll('.', '\\.').replace(/\$\{(?:[^{}]|\{[^}]*\})*\}/g, '[\\w-]+')}$`),
)

describe('the words of the call', () => {
  it('are all there', () => {
    expect([...literal].filter((key) => !keys.has(key))).toEqual([])
    for (const pattern of patterns)
      expect(
        [...keys].some((key) => pattern.test(key)),
        String(pattern),
      ).toBe(true)
  })

  it('are all used', () => {
    expect(
      [...keys].filter((key) => !literal.has(key) && !patterns.some((pattern) => pattern.test(key))),
    ).toEqual([])
  })
})
