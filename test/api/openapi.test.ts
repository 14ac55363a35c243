import { afterAll, beforeAll, expect, it } from 'vitest'
import { endpoints } from '../../server/endpoints.ts'
import { startParley, type TestParley } from '../support/parley.ts'

let parley: TestParley
beforeAll(async () => {
  parley = await startParley()
})
afterAll(() => parley.stop())

it('the OpenAPI document holds every public endpoint, with its input, answer and errors', async () => {
  const { status, body } = await parley.call('GET /api/v1/openapi.json', { key: null })
  expect(status).toBe(200)
  expect(body.openapi).toBe('3.1.0')
  for (const one of endpoints.filter(({ path }) => path.startsWith('/api/v1/'))) {
    const operation = body.paths[one.path.replace(/:(\w+)/g, '{$1}')]?.[one.method]
    expect(operation, `${one.method} ${one.path}`).toMatchObject({
      summary: one.summary,
      responses: { [one.answer.status]: {}, ...(one.needs.anonymous === true ? {} : { '401': {} }) },
    })
  }
  expect(body.paths['/api/v1/rooms'].post.requestBody.content['application/json'].schema).toBeDefined()
  expect(body.components.schemas).toHaveProperty('Room')
  expect(body.components.schemas).toHaveProperty('Error')
})
