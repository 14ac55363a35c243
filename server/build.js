// Builds the web app and the server into dist/. Plain JavaScript, because nothing is built before it.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = path.join(root, 'dist')
const stampFile = path.join(dist, 'stamp')

/** Changes when any source file does: names, sizes and times, without reading them. */
export async function stampOfSources() {
  const hash = createHash('sha256')
  const add = async (file) => {
    const { size, mtimeMs } = await stat(path.join(root, file))
    hash.update(`${file}\0${size}\0${mtimeMs}\n`)
  }
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.json']) await add(file)
  for (const folder of ['server', 'web', 'docs']) {
    const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true })
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    for (const file of files.sort()) await add(file)
  }
  return hash.digest('hex')
}

/** Whether dist/ holds what the sources say now. */
export async function isBuilt() {
  const stamp = await readFile(stampFile, 'utf8').catch(() => '')
  return stamp !== '' && stamp === (await stampOfSources())
}

async function build() {
  const { build: viteBuild } = await import('vite')
  const startedAt = Date.now()
  const step = (text) => process.stdout.write(`  ${text}\n`)
  const stamp = await stampOfSources()
  await rm(stampFile, { force: true })
  step('Building the web app ...')
  await rm(path.join(dist, 'web'), { recursive: true, force: true })
  for (const mode of ['call', 'console', 'recorder', 'docs'])
    await viteBuild({ configFile: path.join(root, 'web/vite.config.ts'), mode, logLevel: 'error' })
  const { buildGuides } = await import('../web/docs/build.js')
  await buildGuides({ root, webDir: path.join(dist, 'web') })
  await compress(path.join(dist, 'web'))
  step('Building the server ...')
  await viteBuild({
    configFile: false,
    root,
    logLevel: 'error',
    publicDir: false,
    define: { PARLEY_BUILD: JSON.stringify({ gitCommit: gitCommit(), buildDate: new Date().toISOString() }) },
    // Everything in one file starts in a fraction of the time; what is native stays a package.
    ssr: { noExternal: true, external: ['better-sqlite3', 'pg-native', 'playwright-core'] },
    build: {
      ssr: path.join(root, 'server/main.ts'),
      outDir: path.join(dist, 'server'),
      emptyOutDir: true,
      target: 'node20',
      minify: false,
      rolldownOptions: { output: { entryFileNames: 'main.js' } },
    },
  })
  await mkdir(dist, { recursive: true })
  await writeFile(stampFile, stamp)
  step(`Built in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
}

/** The commit that is built, from the environment where there is no repository, as in the image. */
function gitCommit() {
  const told = process.env.GIT_COMMIT
  if (told !== undefined && told !== '') return told
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : 'unknown'
}

/** A brotli and a gzip copy beside each text asset, made once here instead of on each request. */
async function compress(dir) {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const texts = entries.filter(
    (entry) => entry.isFile() && /\.(js|css|svg|json|wasm|webmanifest)$/.test(entry.name),
  )
  await Promise.all(
    texts.map(async (entry) => {
      const file = path.join(entry.parentPath, entry.name)
      const bytes = await readFile(file)
      if (bytes.length < 1000) return
      const params = {
        // The last step costs seconds for the reference's bundle, which only its readers fetch.
        [constants.BROTLI_PARAM_QUALITY]: bytes.length > 1_000_000 ? 9 : 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      }
      await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, { params }))
      await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }))
    }),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--if-changed') || !(await isBuilt())) await build()
}
