import { z } from 'zod'
import { endpoint, Reply } from '../http/endpoint.ts'
import { consoleCaller } from '../http/caller.ts'
import {
  CreateKey,
  KeyParams,
  KeyUsageView,
  KeyView,
  KeyWithSecret,
  ListKeys,
  RotateKey,
  UpdateKey,
  USAGE_SPAN_MS,
  UsageQuery,
} from './schema.ts'

const needs = { key: 'admin', session: 'admin' } as const

export const createKey = endpoint({
  method: 'post',
  path: '/api/v1/keys',
  summary: 'Make an API key',
  description:
    'The answer is the only one that ever holds the whole key. An organization has at most five active keys in each environment.',
  group: 'config',
  needs,
  body: CreateKey,
  example: { name: 'Production backend', permissions: ['read', 'write'] },
  errors: ['key_limit_reached'],
  answer: { status: 201, body: KeyWithSecret, shownOnce: ['key'] },
  act: (ctx, { caller, body, req }) => ctx.keys.create(consoleCaller(caller), body, req.ip ?? ''),
})

export const listKeys = endpoint({
  method: 'get',
  path: '/api/v1/keys',
  summary: 'List API keys',
  description:
    'Newest first; revoked ones stay in it. A key itself is never shown, only where it begins and ends.',
  group: 'config',
  needs,
  query: ListKeys,
  answer: { status: 200, body: z.object({ keys: z.array(KeyView).meta({ description: 'Newest first' }) }) },
  act: async (ctx, { caller, query }) => ({ keys: await ctx.keys.list(consoleCaller(caller).orgId, query) }),
})

export const getKey = endpoint({
  method: 'get',
  path: '/api/v1/keys/:id',
  summary: 'Show an API key',
  description: 'Never shows the key itself.',
  group: 'config',
  needs,
  params: KeyParams,
  errors: ['key_not_found'],
  answer: { status: 200, body: KeyView },
  act: (ctx, { caller, params }) => ctx.keys.get(consoleCaller(caller).orgId, params.id),
})

export const revokeKey = endpoint({
  method: 'delete',
  path: '/api/v1/keys/:id',
  summary: 'Revoke an API key',
  description:
    'It is refused from the next request on, everywhere. Cannot be undone. The record stays in the list as `revoked`.',
  group: 'config',
  needs,
  params: KeyParams,
  errors: ['key_not_found'],
  answer: { status: 204, body: z.null() },
  act: async (ctx, { caller, params, req }) => {
    await ctx.keys.revoke(consoleCaller(caller), params.id, req.ip ?? '')
    return new Reply(null, { status: 204 })
  },
})

export const updateKey = endpoint({
  method: 'patch',
  path: '/api/v1/keys/:id',
  summary: 'Change an API key',
  description: 'What is absent stays as it is. It counts from the next request on.',
  group: 'config',
  needs,
  params: KeyParams,
  body: UpdateKey,
  example: { allowedIps: ['203.0.113.0/24'] },
  errors: ['key_not_found', 'key_revoked'],
  answer: { status: 200, body: KeyView },
  act: (ctx, { caller, params, body, req }) =>
    ctx.keys.update(consoleCaller(caller), params.id, body, req.ip ?? ''),
})

export const rotateKey = endpoint({
  method: 'post',
  path: '/api/v1/keys/:id/rotate',
  summary: 'Replace an API key',
  description:
    'The old one works until its grace ends. The new key has the name, permissions, allowlist and limits of the old one, which does not count to the five while its grace lasts. A key is rotated once: then its successor is.',
  group: 'config',
  needs,
  params: KeyParams,
  body: RotateKey,
  example: { graceSeconds: 3600 },
  errors: ['key_not_found', 'key_revoked', 'key_rotated'],
  answer: { status: 201, body: KeyWithSecret, shownOnce: ['key'] },
  act: (ctx, { caller, params, body, req }) =>
    ctx.keys.rotate(consoleCaller(caller), params.id, body.graceSeconds, req.ip ?? ''),
})

export const getKeyUsage = endpoint({
  method: 'get',
  path: '/api/v1/keys/:id/usage',
  summary: 'Show what an API key did',
  description: 'Requests over time by status, and the last 50. Counts are at most five seconds behind.',
  group: 'config',
  needs,
  params: KeyParams,
  query: UsageQuery,
  errors: ['key_not_found'],
  answer: { status: 200, body: KeyUsageView },
  act: (ctx, { caller, params, query }) => {
    const to = query.to === undefined ? ctx.clock.now() : Date.parse(query.to)
    const from = query.from === undefined ? to - USAGE_SPAN_MS[query.interval] : Date.parse(query.from)
    return ctx.keys.usageOf(consoleCaller(caller).orgId, params.id, { from, to, interval: query.interval })
  },
})
