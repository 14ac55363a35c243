import { z } from 'zod'
import { endpoint, Reply } from '../http/endpoint.ts'
import { consoleCaller } from '../http/caller.ts'
import { CreateKey, KeyParams, KeyView, KeyWithSecret, ListKeys } from './schema.ts'

const needs = { key: 'admin', session: 'admin' } as const

export const createKey = endpoint({
  method: 'post',
  path: '/api/v1/keys',
  summary: 'Generate an API key; the answer is the only one that holds it',
  group: 'config',
  needs,
  body: CreateKey,
  answer: { status: 201, body: KeyWithSecret },
  act: (ctx, { caller, body, req }) => ctx.keys.create(consoleCaller(caller), body, req.ip ?? ''),
})

export const listKeys = endpoint({
  method: 'get',
  path: '/api/v1/keys',
  summary: 'List API keys, newest first; revoked ones stay in it',
  group: 'config',
  needs,
  query: ListKeys,
  answer: { status: 200, body: z.object({ keys: z.array(KeyView) }) },
  act: async (ctx, { caller, query }) => ({ keys: await ctx.keys.list(consoleCaller(caller).orgId, query) }),
})

export const getKey = endpoint({
  method: 'get',
  path: '/api/v1/keys/:id',
  summary: 'One API key',
  group: 'config',
  needs,
  params: KeyParams,
  answer: { status: 200, body: KeyView },
  act: (ctx, { caller, params }) => ctx.keys.get(consoleCaller(caller).orgId, params.id),
})

export const revokeKey = endpoint({
  method: 'delete',
  path: '/api/v1/keys/:id',
  summary: 'Revoke an API key; it is refused from the next request on',
  group: 'config',
  needs,
  params: KeyParams,
  answer: { status: 204, body: z.null() },
  act: async (ctx, { caller, params, req }) => {
    await ctx.keys.revoke(consoleCaller(caller), params.id, req.ip ?? '')
    return new Reply(null, { status: 204 })
  },
})
