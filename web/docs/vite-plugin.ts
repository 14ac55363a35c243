import { readFile } from 'node:fs/promises'
import type { Plugin } from 'vite'

/** What Scalar 1.46.4 shows and should not, and what stands there instead. Each has to be found. */
const MENDED: { found: RegExp; instead: string }[] = [
  // Snippets for http.client and the like named the server without its port.
  { found: /(hostname:(\w)\.hostname,\s*host:\2\.host)name\b/g, instead: '$1' },
  // Snippets in Python did not import what they call, nor show the answer.
  {
    found: /generate:\((\w),(\w)\)=>(\w+)\("(requests|httpx)",\1,\2\)/g,
    instead:
      'generate:($1,$2)=>"import $4\\n\\nanswer = "+$3("$4",$1,$2)+"\\nprint(answer.status_code, answer.text)"',
  },
  // The library's own joke is no example of a key.
  { found: /"QUxMIFlPVVIgQkFTRSBBUkUgQkVMT05HIFRPIFVT"/g, instead: '"Paste it here"' },
]

const BUNDLE = /@scalar\/fastify-api-reference\/dist\/js\/standalone\.js\?url$/

/** Serves Scalar's bundle with its faults mended, under a name made of its content. */
export const mendedScalar = (): Plugin => ({
  name: 'parley-scalar',
  enforce: 'pre',
  apply: 'build',
  async load(id) {
    if (!BUNDLE.test(id)) return null
    let source = await readFile(id.replace(/\?url$/, ''), 'utf8')
    for (const { found, instead } of MENDED) {
      if (source.search(found) === -1)
        throw new Error(`Scalar's bundle has no ${String(found)}: see web/docs/vite-plugin.ts`)
      source = source.replace(found, instead)
    }
    const asset = this.emitFile({ type: 'asset', name: 'standalone.js', source })
    return `export default import.meta.ROLLUP_FILE_URL_${asset}`
  },
})
