import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build, type InlineConfig, type Plugin, type Rolldown } from 'vite'
import type * as template from './template.tsx'

const here = import.meta.dirname
const web = path.join(here, '../..')
const LOCALES = path.join(web, 'locales')
const COMMON: InlineConfig = { configFile: false, root: web, logLevel: 'error' }

/** Said by draw.ts, beside what the markup has. */
const SAID = ['lobby.joining', 'lobby.nameRequired', 'lobby.incomplete']

/**
 * Puts the lobby into the HTML of the call page: its styles, and a script that draws its form and answers it until
 * the scripts of the page have come. The server's content security policy names both by their hashes.
 */
export const earlyLobby = (): Plugin => ({
  name: 'parley-early-lobby',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    async handler(html, { bundle = {} }) {
      const markup = await render()
      const script = await bundleScript({
        PARLEY_TEMPLATE: markup,
        PARLEY_WORDS: wordsOf([...keysIn(markup), ...SAID]),
        PARLEY_FILES: filesOfWords(bundle),
      })
      return withStyles(html, bundle).replace(
        /<div id="root".*?<\/div>/,
        (root) => `${root}\n    <script>${script.replaceAll('</', '<\\/')}</script>`,
      )
    },
  },
})

/** The markup comes from the lobby itself, so that React finds what it would have made. */
async function render(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'parley-early-'))
  try {
    await build({
      ...COMMON,
      ssr: { noExternal: true },
      build: {
        ssr: path.join(here, 'template.tsx'),
        outDir: dir,
        minify: false,
        rolldownOptions: { output: { entryFileNames: 'template.mjs' } },
      },
    })
    const made = (await import(path.join(dir, 'template.mjs'))) as typeof template
    return await made.renderTemplate()
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function bundleScript(values: Record<string, unknown>): Promise<string> {
  const result = await build({
    ...COMMON,
    define: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)])),
    build: {
      write: false,
      target: 'es2022',
      lib: { entry: path.join(here, 'draw.ts'), formats: ['iife'], name: 'parley', fileName: 'script' },
      rolldownOptions: { output: { minify: true } },
    },
  })
  const output = [result].flat().flatMap((one) => ('output' in one ? one.output : []))
  const [chunk] = output
  if (chunk?.type !== 'chunk' || output.length !== 1) throw new Error('draw.ts did not become one script')
  return chunk.code.trim()
}

const keysIn = (markup: string): string[] => [...markup.matchAll(/\{\{(.+?)\}\}/g)].map(([, key = '']) => key)

/** By language and key. A key that has no word in one of them fails the build. */
function wordsOf(keys: readonly string[]): Record<string, Record<string, string>> {
  const languages = readdirSync(LOCALES, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return Object.fromEntries(
    languages.map(({ name }) => {
      const all: unknown = JSON.parse(readFileSync(path.join(LOCALES, name, 'call.json'), 'utf8'))
      return [name, Object.fromEntries(keys.map((key) => [key, escape(wordAt(all, key))]))]
    }),
  )
}

function wordAt(words: unknown, key: string): string {
  let found = words
  for (const part of key.split('.')) found = (found as Record<string, unknown> | undefined)?.[part]
  if (typeof found !== 'string') throw new Error(`The lobby has no word for ${key}`)
  return found
}

const ESCAPED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPED[character] ?? '')

/** By language. */
const filesOfWords = (bundle: Rolldown.OutputBundle): Record<string, string> =>
  Object.fromEntries(
    Object.values(bundle).flatMap((file) => {
      const module = file.type === 'chunk' ? file.facadeModuleId : null
      const language = module && /locales\/(\w+)\/call\.json/.exec(module)?.[1]
      return language ? [[language, `/${file.fileName}`]] : []
    }),
  )

/** A link that is off stays, since the scripts would fetch a style sheet that they do not find. */
const withStyles = (html: string, bundle: Rolldown.OutputBundle): string =>
  html.replace(/<link rel="stylesheet" crossorigin href="\/([^"]+)">/g, (_, name: string) => {
    const file = bundle[name]
    if (file?.type !== 'asset') throw new Error(`${name} is not in the build`)
    return `<style>${String(file.source)}</style>\n    <link rel="stylesheet" disabled href="/${name}">`
  })
