import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { API_KEY, startParley, type TestParley } from '../support/parley.ts'
import { runCommand } from '../support/run-command.ts'

/**
 * Commands and programs in our pages say, after the language of their fence, how they are kept true:
 * `parley` runs here against a server; `parley server` goes on running and answers a page; `run` runs here by itself;
 * `tested-by="test/..."` names the test that runs it; `not-run="..."` says why nobody does.
 * A `json answer` block after one that ran has to be part of what it printed.
 */
interface Snippet {
  page: string
  line: number
  language: string
  marks: string
  text: string
  /** The JSON that the page shows after it. */
  answer: string | null
}

const root = path.join(import.meta.dirname, '../..')
const LANGUAGES = ['bash', 'js', 'python']
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join('docs', file)),
]

function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(path.join(root, page), 'utf8')
  const blocks = [...text.matchAll(/^( *)```(\w+)(.*)\n([\s\S]*?)^ *```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    language: match[2] ?? '',
    marks: (match[3] ?? '').trim(),
    text: (match[4] ?? '').replaceAll(new RegExp(`^${match[1]}`, 'gm'), ''),
  }))
  return blocks
    .map((block, i) => {
      const next = blocks[i + 1]
      return { ...block, answer: next?.language === 'json' && next.marks === 'answer' ? next.text : null }
    })
    .filter(({ language }) => LANGUAGES.includes(language))
}

const snippets = pages.flatMap(snippetsOf)
const nameOf = ({ page, line, language }: Snippet) => `${page}:${line} (${language})`
const of = (kind: RegExp) =>
  snippets.filter(({ marks }) => kind.test(marks)).map((one) => [nameOf(one), one] as const)

let parley: TestParley
let dir: string
beforeAll(async () => {
  parley = await startParley()
  dir = await mkdtemp(path.join(tmpdir(), 'parley-snippets-'))
})
afterAll(async () => {
  await parley.stop()
  await rm(dir, { recursive: true, force: true })
})

/** How a snippet is run; what a reader puts in is put in. */
async function commandOf({ language, text }: Snippet): Promise<[string, string[]]> {
  const filled = text
    .replaceAll('http://localhost:6080', parley.url)
    .replaceAll('export PARLEY_KEY=parley_live_...', `export PARLEY_KEY=${API_KEY}`)
    // curl draws its progress where the answer is read.
    .replaceAll('curl ', 'curl --no-progress-meter ')
  if (language === 'bash') return ['bash', ['-euo', 'pipefail', '-c', filled]]
  const file = path.join(dir, language === 'js' ? 'snippet.mjs' : 'snippet.py')
  await writeFile(file, filled)
  return [language === 'js' ? process.execPath : (inject('python') ?? 'python3'), [file]]
}
const env = () => ({ PARLEY_URL: parley.url, PARLEY_KEY: API_KEY })
const lacksPython = ({ language }: Snippet) => language === 'python' && inject('python') === null

/** Where `actual` lacks what the page shows: the same names with the same kinds of values. */
function lacking(actual: unknown, shown: unknown, at = 'answer'): string[] {
  if (Array.isArray(shown)) {
    if (!Array.isArray(actual)) return [`${at} is no list`]
    return shown.length === 0 || actual.length === 0 ? [] : lacking(actual[0], shown[0], `${at}[0]`)
  }
  if (typeof shown === 'object' && shown !== null) {
    if (typeof actual !== 'object' || actual === null) return [`${at} is no object`]
    const fields = actual as Record<string, unknown>
    return Object.entries(shown).flatMap(([name, value]) => lacking(fields[name], value, `${at}.${name}`))
  }
  return typeof actual === typeof shown ? [] : [`${at} is ${typeof actual}`]
}

describe('every command and program in our pages', () => {
  it('says how it is kept true', () => {
    const KINDS = /^(parley( server)?|run|tested-by="([^"]+)"|not-run="[^"]{10,}")$/
    const unknown = snippets.filter(({ marks }) => !KINDS.test(marks)).map(nameOf)
    expect(unknown).toEqual([])
    const tests = snippets.flatMap(({ marks }) => /tested-by="([^"]+)"/.exec(marks)?.[1] ?? [])
    expect(tests.filter((file) => !existsSync(path.join(root, file)))).toEqual([])
  })

  it.for(of(/^(parley|run)$/))('runs: %s', async ([, snippet], { skip }) => {
    skip(lacksPython(snippet), 'there is no Python here')
    const [command, args] = await commandOf(snippet)
    const { code, stdout, output } = await runCommand(command, args, { cwd: dir, env: env() })
    expect(code, output).toBe(0)
    if (snippet.answer !== null) expect(lacking(JSON.parse(stdout), JSON.parse(snippet.answer))).toEqual([])
  })

  it.each(of(/^parley server$/))('answers: %s', async (_, snippet) => {
    const [command, args] = await commandOf(snippet)
    const child = spawn(command, args, { cwd: dir, env: { PATH: process.env.PATH, ...env() } })
    try {
      const page = await fetch(await firstLine(child))
      expect(page.status).toBe(200)
      expect(await page.text()).toContain(`${parley.url}/room/`)
    } finally {
      child.kill()
    }
  })
})

const firstLine = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (bytes: Buffer) => {
      text += bytes.toString()
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
    child.stderr?.on('data', (bytes: Buffer) => (text += bytes.toString()))
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${text}`)))
  })
