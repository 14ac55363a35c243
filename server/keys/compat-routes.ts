import { z } from 'zod'
import { Forbidden } from '../errors.ts'
import type { Caller, KeyCaller } from '../http/caller.ts'
import { endpoint } from '../http/endpoint.ts'
import { isLocalRequest } from '../http/local-request.ts'
import { CreateKey } from './schema.ts'

/**
 * Routes of the Lyra and Vyom key APIs (contract/accounts-and-keys.md) over the same keys, accounts and rooms.
 */

function keyOf(caller: Caller): KeyCaller {
  if (caller.kind !== 'key') throw new Error(`an endpoint for keys was reached by ${caller.kind}`)
  return caller
}

export const checkAuth = endpoint({
  method: 'post',
  path: '/api/v1/auth',
  summary: 'Whether a key is valid, and what it may do',
  group: 'read',
  needs: { key: 'read' },
  answer: {
    status: 200,
    body: z.object({
      valid: z.literal(true),
      userId: z.string(),
      orgId: z.string(),
      environment: z.enum(['live', 'test']),
      permissions: z.array(z.enum(['read', 'write', 'admin'])),
    }),
  },
  act: (_ctx, { caller }) => {
    const { username, orgId, environment, permissions } = keyOf(caller)
    return { valid: true as const, userId: username, orgId, environment, permissions: [...permissions] }
  },
})

const CreateKeyRequest = z.object({
  user_name: z.string().trim().min(1).max(50),
  user_email: z.email().max(254),
  org_name: z.string().trim().min(1).max(100).nullish(),
})

export const createKeyForNewUser = endpoint({
  method: 'post',
  path: '/auth/create-key',
  summary: 'A key for a new user in an organization of their own',
  dialect: 'vyom',
  limit: 'createKey',
  needs: { anonymous: true },
  body: CreateKeyRequest,
  answer: {
    status: 200,
    body: z.object({
      success: z.literal(true),
      message: z.string(),
      data: z.object({
        api_key: z.string(),
        user_name: z.string(),
        org_name: z.string().nullable(),
        user_email: z.string(),
      }),
    }),
  },
  act: async (ctx, { body, req }) => {
    if (!ctx.config.keys.isSelfServiceOpen && !isLocalRequest(ctx.config, req))
      throw new Forbidden('registration_closed', 'Keys are given out by the admin of this server')
    const { user_name: name, user_email: email, org_name: organizationName = null } = body
    const { orgId, username, userId } = await ctx.accounts.register({ name, email, organizationName })
    const caller = {
      kind: 'session',
      orgId,
      environment: 'live',
      userId,
      username,
      name,
      role: 'admin',
      canCreateRooms: true,
    } as const
    const made = await ctx.keys.create(caller, CreateKey.parse({ name: 'Self-service key' }), req.ip ?? '')
    return {
      success: true as const,
      message: 'API key created successfully, Store it securely',
      data: { api_key: made.key, user_name: name, org_name: organizationName, user_email: email },
    }
  },
})

export const checkKey = endpoint({
  method: 'get',
  path: '/auth/check-key',
  summary: 'Who a key belongs to',
  dialect: 'vyom',
  group: 'read',
  needs: { key: 'read' },
  answer: {
    status: 200,
    body: z.object({
      success: z.literal(true),
      message: z.string(),
      data: z.object({
        user_name: z.string(),
        org_name: z.string(),
        user_email: z.string(),
        created_at: z.string(),
      }),
    }),
  },
  act: async (ctx, { caller }) => {
    const { orgId, keyId } = keyOf(caller)
    const key = await ctx.keys.get(orgId, keyId)
    const person = await ctx.accounts.personBehind(orgId, key.createdBy)
    return {
      success: true as const,
      message: 'API key is valid',
      data: {
        user_name: person.name,
        org_name: person.organizationName,
        user_email: person.email,
        // Microseconds without a zone, as Vyom's clients parse it.
        created_at: key.createdAt.replace(/Z$/, '000'),
      },
    }
  },
})

export const getCallToken = endpoint({
  method: 'post',
  path: '/web_call/get_token',
  summary: 'A joining token for a room by its name, which is made where there is none',
  dialect: 'vyom',
  group: 'create',
  needs: { key: 'write' },
  body: z.object({
    room_name: z.string().trim().min(1).max(50).optional(),
    participant_name: z.string().trim().min(1).max(100).optional(),
  }),
  answer: {
    status: 200,
    body: z.object({
      success: z.literal(true),
      data: z.object({ room_name: z.string(), token: z.string(), url: z.string() }),
    }),
  },
  act: async (ctx, { caller, body, req, baseUrl }) => {
    const key = keyOf(caller)
    const room = await ctx.rooms.findOrCreate(key, body.room_name ?? 'Room', req.ip ?? '')
    const url = ctx.livekitUrlFor(baseUrl)
    const token = await ctx.entry.issueForKey(key, room, body.participant_name ?? 'Guest', url)
    return { success: true as const, data: { room_name: room.name, token, url } }
  },
})
