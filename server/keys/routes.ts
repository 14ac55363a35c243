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
  summary: 'Generate an API key; the answer is the only one that holds it',
  description: 'An organization has at most five active keys in each environment.',
  group: 'config',
  needs,
  body: CreateKey,
  errors: ['key_limit_reached'],
  answer: { status: 201, body: KeyWithSecret, shownOnce: ['key'] },
  act: (ctx, { caller, body, req }) => ctx.keys.create(consoleCaller(caller), body, req.ip ?? ''),
})

export const listKeys = endpoint({
  method: 'get',
  path: '/api/v1/keys',
  summary: 'List API keys, newest first; revoked ones stay in it',
  description: 'Never shows a key itself: only where it begins and ends.',
  group: 'config',
  needs,
  query: ListKeys,
  answer: { status: 200, body: z.object({ keys: z.array(KeyView).meta({ description: 'Newest first' }) }) },
  act: async (ctx, { caller, query }) => ({ keys: await ctx.keys.list(consoleCaller(caller).orgId, query) }),
})

export const getKey = endpoint({
  method: 'get',
  path: '/api/v1/keys/:id',
  summary: 'One API key',
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
  summary: 'Revoke an API key; it is refused from the next request on',
  description: 'Cannot be undone. The record stays in the list as `revoked`.',
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
  summary: 'Change name, permissions, allowlist, limits or expiry of an API key',
  description: 'What is absent stays as it is. It counts from the next request on.',
  group: 'config',
  needs,
  params: KeyParams,
  body: UpdateKey,
  errors: ['key_not_found', 'key_revoked'],
  answer: { status: 200, body: KeyView },
  act: (ctx, { caller, params, body, req }) =>
    ctx.keys.update(consoleCaller(caller), params.id, body, req.ip ?? ''),
})

export const rotateKey = endpoint({
  method: 'post',
  path: '/api/v1/keys/:id/rotate',
  summary: 'Replace an API key; the old one works until its grace ends',
  description:
    'The new key has the name, permissions, allowlist and limits of the old one, which does not count to the five while its grace lasts. A key is rotated once: then its successor is.',
  group: 'config',
  needs,
  params: KeyParams,
  body: RotateKey,
  errors: ['key_not_found', 'key_revoked', 'key_rotated'],
  answer: { status: 201, body: KeyWithSecret, shownOnce: ['key'] },
  act: (ctx, { caller, params, body, req }) =>
    ctx.keys.rotate(consoleCaller(caller), params.id, body.graceSeconds, req.ip ?? ''),
})

export const getKeyUsage = endpoint({
  method: 'get',
  path: '/api/v1/keys/:id/usage',
  summary: 'What an API key did: requests over time by status, and the last 50',
  description: 'Counts are at most five seconds behind.',
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
