import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { endpoints, nameOf } from '../../server/endpoints.ts'
import { openApiDocument } from '../../server/http/openapi.ts'

interface Response {
  content?: Record<string, { examples?: Record<string, unknown> }>
}
type Paths = Record<string, Record<string, { responses: Record<string, Response> }>>

interface Reference {
  paths: Paths
  /** Templates, those with fewer parameters first. */
  templates: { template: string; pattern: RegExp }[]
  validatorOf: (template: string, method: string, status: number) => ValidateFunction
}
let made: Reference | undefined

function reference(): Reference {
  if (made !== undefined) return made
  // The document is typed as plain object; `paths` is the part that is looked at.
  const document = openApiDocument(endpoints, nameOf, { version: '0', baseUrl: '' }) as { paths: Paths }
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema(document, 'reference')
  const escaped = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1')
  const kept = new Map<string, ValidateFunction>()
  made = {
    paths: document.paths,
    templates: Object.keys(document.paths)
      .sort((a, b) => a.split('{').length - b.split('{').length)
      .map((template) => ({ template, pattern: new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}/?$`) })),
    validatorOf: (template, method, status) => {
      const pointer = ['paths', template, method, 'responses', String(status), 'content', 'application/json']
      const $ref = `reference#/${pointer.map(escaped).join('/')}/schema`
      const known = kept.get($ref) ?? ajv.compile({ $ref })
      kept.set($ref, known)
      return known
    },
  }
  return made
}

/** Not told of each endpoint: an answer from the caller's cache, and methods that an address lacks. */
const NOT_LISTED = new Set([304, 405])

/**
 * Throws where an answer is not one that the API reference describes for its endpoint: another status, another error
 * code, a body that does not fit its schema. Requests to no public endpoint are not looked at.
 */
export function expectDocumented(method: string, target: string, status: number, body: unknown): void {
  const path = target.replace(/[?#].*$/, '').replace(/^\/meet(?=\/)/, '')
  const { paths, templates, validatorOf } = reference()
  const found = templates.find(
    ({ template, pattern }) => pattern.test(path) && paths[template]?.[method.toLowerCase()],
  )
  if (found === undefined || NOT_LISTED.has(status)) return
  const route = `${method} ${found.template}`
  const response = paths[found.template]?.[method.toLowerCase()]?.responses[String(status)]
  if (response === undefined)
    throw new Error(`${route} answered ${status}, which its reference does not name: ${JSON.stringify(body)}`)
  const content = response.content?.['application/json']
  if (content === undefined) return
  const validate = validatorOf(found.template, method.toLowerCase(), status)
  if (!validate(body))
    throw new Error(
      `${route} answered ${status} otherwise than its reference says: ${JSON.stringify(validate.errors)}`,
    )
  const { code } = (body ?? {}) as { code?: string }
  if (content.examples !== undefined && code !== undefined && !(code in content.examples))
    throw new Error(
      `${route} answered the code ${code}, which its reference does not name: add it to \`errors\``,
    )
}
