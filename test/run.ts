import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { loadConfig } from '../server/config.ts'
import { findLiveKit } from '../server/livekit/binary.ts'
import { createLogger } from '../server/log.ts'
import { chromiumPath } from './support/chromium.ts'

/**
 * `npm test`: gets what the tests need (a build, LiveKit, Chromium), runs unit, API and browser tests, and ends
 * with one line `N passed, N failed`. `--long` runs test/long instead: outages, soaks and giant files.
 */
const root = path.join(import.meta.dirname, '..')
const results = path.join(root, 'test-results')
const bin = (name: string) => path.join(root, 'node_modules/.bin', name)
const say = (text: string) => process.stdout.write(`${text}\n`)

async function main(): Promise<void> {
  const isLong = process.argv.includes('--long')
  mkdirSync(results, { recursive: true })
  await run(process.execPath, [path.join(root, 'server/build.js'), '--if-changed'])
  const env = { ...process.env, LIVEKIT_SERVER_BIN: await livekit(), CHROMIUM_BIN: await chromium() }

  const vitest = path.join(results, 'vitest.json')
  const browser = path.join(results, 'browser.json')
  rmSync(vitest, { force: true })
  rmSync(browser, { force: true })
  const projects = isLong
    ? ['--project', 'long']
    : ['unit', 'sqlite', 'postgres', 'reference'].flatMap((name) => ['--project', name])
  const codes = [
    await run(
      bin('vitest'),
      [
        'run',
        '-c',
        'test/vitest.config.ts',
        ...projects,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${vitest}`,
      ],
      env,
    ),
  ]
  if (!isLong) codes.push(await run(bin('playwright'), ['test', '-c', 'test/playwright.config.ts'], env))

  const counts = [countVitest(vitest), ...(isLong ? [] : [countPlaywright(browser)])]
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const failures = counts.flatMap((count) => count.failures)
  // A runner that failed without a failed test (a crash, an error between tests) counts as one.
  if (failures.length === 0 && codes.some((code) => code !== 0))
    failures.push('a runner failed without a failed test: see its output')
  const skipped = counts.reduce((sum, count) => sum + count.skipped, 0)
  for (const line of counts.flatMap((count) => count.flaky)) say(`passed at the second try: ${line}`)
  for (const line of failures) say(`failed: ${line}`)
  if (skipped > 0) say(`\n${skipped} skipped: what they need is not on this machine, and said above`)
  const failed = failures.length
  say(`\n${passed} passed, ${failed} failed`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}

/** The LiveKit server as the product finds or gets it, kept between runs. */
async function livekit(): Promise<string> {
  const dataDir = path.join(root, 'node_modules/.cache/parley')
  let last = ''
  const found = await findLiveKit({
    config: loadConfig({ DATA_DIR: dataDir, LIVEKIT_SERVER_BIN: process.env.LIVEKIT_SERVER_BIN }),
    log: createLogger('warn'),
    report: ({ text }) => {
      if (text !== last) say(`  ${text}`)
      last = text
    },
  })
  say(`LiveKit ${found.version}, ${found.source}`)
  return found.path
}

/** The system's Chromium, else Playwright's, else Debian's package where root may install it. */
async function chromium(): Promise<string> {
  if (chromiumPath() === '') {
    say('No Chromium here: getting one')
    const got = await run(bin('playwright'), ['install', 'chromium'])
    const isRoot = process.getuid?.() === 0
    if (got !== 0 && isRoot && spawnSync('apt-get', ['--version']).status === 0) {
      await run('apt-get', ['update', '-qq'])
      await run('apt-get', [
        'install',
        '-y',
        '-qq',
        '--no-install-recommends',
        'chromium',
        'fonts-liberation',
      ])
    }
  }
  const found = chromiumPath()
  if (found === '') throw new Error('The browser tests need Chromium: install it and set CHROMIUM_BIN')
  say(`Chromium ${found}`)
  return found
}

function run(command: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: 'inherit' })
    child.once('error', () => resolve(127))
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

interface Count {
  passed: number
  skipped: number
  /** What failed and how: a line each. */
  failures: string[]
  /** Names of what passed at the second try only. */
  flaky: string[]
}

interface VitestReport {
  numPassedTests?: number
  numPendingTests?: number
  testResults?: {
    name: string
    /** Where the file did not even load. */
    message?: string
    assertionResults: { status: string; fullName: string; failureMessages?: string[] | null }[]
  }[]
}

function countVitest(file: string): Count {
  const report = readJson(file) as VitestReport | null
  if (report === null) return { passed: 0, skipped: 0, failures: ['vitest gave no report'], flaky: [] }
  const failures = (report.testResults ?? []).flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed')
    if (assertionResults.length === 0 && message) return [explain(name, '', message)]
    return failed.map(({ fullName, failureMessages }) => explain(name, fullName, failureMessages?.[0]))
  })
  return { passed: report.numPassedTests ?? 0, skipped: report.numPendingTests ?? 0, failures, flaky: [] }
}

interface PlaywrightSuite {
  suites?: PlaywrightSuite[]
  specs?: PlaywrightSpec[]
}
interface PlaywrightSpec {
  title: string
  file: string
  tests: { status: string; results: { error?: { message?: string } }[] }[]
}

function countPlaywright(file: string): Count {
  const report = readJson(file) as {
    stats?: { expected: number; flaky: number; skipped: number }
    suites?: PlaywrightSuite[]
  } | null
  if (report?.stats === undefined)
    return { passed: 0, skipped: 0, failures: ['Playwright gave no report'], flaky: [] }
  const specs = (report.suites ?? []).flatMap(specsIn)
  const withStatus = (wanted: string) =>
    specs.filter(({ tests }) => tests.some(({ status }) => status === wanted))
  return {
    passed: report.stats.expected + report.stats.flaky,
    skipped: report.stats.skipped,
    failures: withStatus('unexpected').map((spec) => explain(spec.file, spec.title, errorOf(spec))),
    flaky: withStatus('flaky').map((spec) => explain(spec.file, spec.title, errorOf(spec))),
  }
}

const specsIn = ({ suites = [], specs = [] }: PlaywrightSuite): PlaywrightSpec[] => [
  ...specs,
  ...suites.flatMap(specsIn),
]

const errorOf = ({ tests }: PlaywrightSpec): string | undefined =>
  tests.flatMap(({ results }) => results).find(({ error }) => error !== undefined)?.error?.message

/** One line: where, which test, and how its error begins. */
const explain = (file: string, name: string, error = ''): string => {
  const said = stripVTControlCharacters(error).replaceAll(/\s+/g, ' ').trim().slice(0, 300)
  return [path.relative(root, path.resolve(root, file)), name, said].filter(Boolean).join(' › ')
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

await main()
