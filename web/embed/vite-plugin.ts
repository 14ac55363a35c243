import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { create } from 'tar'
import { build, type Plugin } from 'vite'
import manifest from '../../package.json' with { type: 'json' }
import { attributes, commands, queries, shapes, type Fields } from './contract.ts'
import { elementDeclarations, reactDeclarations } from './declarations.ts'

const here = import.meta.dirname

/** Each is whole in itself: what a page loads is one request. */
const SCRIPTS = [
  { file: 'parley.js', entry: 'parley.ts', format: 'iife' },
  { file: 'parley.esm.js', entry: 'parley.esm.ts', format: 'es' },
  { file: 'parley-react.js', entry: 'parley-react.ts', format: 'es' },
  { file: 'openvidu-meet.js', entry: 'openvidu-meet.ts', format: 'iife' },
  { file: 'openvidu-meet.esm.js', entry: 'openvidu-meet.esm.ts', format: 'es' },
] as const

/** What names.ts has instead of the contract, whose words would not fit into the loader. */
const names = () => ({
  attributes: [
    ...Object.keys(attributes).filter((name) => !(name in shapes.Theme)),
    ...Object.keys(shapes.Theme),
  ].join(' '),
  commands: Object.entries<{ payload: Fields; deprecated?: string }>(commands)
    .flatMap(([name, { payload, deprecated }]) =>
      [name, deprecated ?? []].flat().map((each) => [each, ...Object.keys(payload)].join(':')),
    )
    .join(' '),
  queries: Object.keys(queries).join(' '),
})

/** Adds what host pages load to a build, below `v1/`: scripts, declarations and a package for npm. */
export const embedScripts = (): Plugin => ({
  name: 'parley-embed',
  apply: 'build',
  async generateBundle() {
    const files = new Map<string, string>([
      ['parley.d.ts', elementDeclarations()],
      ['parley.esm.d.ts', `export * from './parley.js'\n`],
      ['parley-react.d.ts', reactDeclarations()],
    ])
    for (const script of SCRIPTS) files.set(script.file, await bundle(script))
    for (const [file, source] of files) this.emitFile({ type: 'asset', fileName: `v1/${file}`, source })
    this.emitFile({ type: 'asset', fileName: 'v1/parley-meet.tgz', source: await pack(files) })
  },
})

async function bundle({ entry, format }: (typeof SCRIPTS)[number]): Promise<string> {
  const result = await build({
    configFile: false,
    root: here,
    logLevel: 'error',
    define: {
      PARLEY_NAMES: JSON.stringify(names()),
      PARLEY_THEMES: String(Object.keys(shapes.Theme).length),
    },
    build: {
      write: false,
      target: 'es2022',
      minify: true,
      lib: { entry: path.join(here, entry), formats: [format], name: 'parley', fileName: 'script' },
      rolldownOptions: { external: ['react'], output: { minify: true } },
    },
  })
  const output = [result].flat().flatMap((one) => ('output' in one ? one.output : []))
  const [chunk] = output.filter((one) => one.type === 'chunk')
  if (chunk === undefined || output.length !== 1) throw new Error(`${entry} did not become one script`)
  return chunk.code
}

/** `npm install https://.../v1/parley-meet.tgz`; the same bytes for the same content. */
async function pack(files: ReadonlyMap<string, string>): Promise<Uint8Array> {
  const dir = await mkdtemp(path.join(tmpdir(), 'parley-package-'))
  try {
    const content = new Map(files)
    const esm = (name: string) => ({ types: `./${name}.d.ts`, default: `./${name}.js` })
    content.set(
      'package.json',
      JSON.stringify(
        {
          name: 'parley-meet',
          version: manifest.version,
          description: 'Meetings of Parley as an element of your page, and as a React component',
          license: manifest.license,
          type: 'module',
          exports: { '.': esm('parley.esm'), './react': esm('parley-react') },
          peerDependencies: { react: '>=18' },
          peerDependenciesMeta: { react: { optional: true } },
        },
        null,
        2,
      ),
    )
    const wanted = [...content.keys()].filter((name) => !name.startsWith('openvidu')).sort()
    for (const name of wanted) await writeFile(path.join(dir, name), content.get(name) ?? '')
    const file = path.join(dir, 'package.tgz')
    const options = { cwd: dir, gzip: true, portable: true, mtime: new Date(0), prefix: 'package', file }
    await create(options, wanted)
    return await readFile(file)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
