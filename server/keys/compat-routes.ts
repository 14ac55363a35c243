import { z } from 'zod'
import { Forbidden } from '../errors.ts'
import { type Caller, consoleCaller, type KeyCaller } from '../http/caller.ts'
import { endpoint } from '../http/endpoint.ts'
import { SCOPES } from '../oauth/scopes.ts'
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
  summary: 'Check a key or OAuth token',
  description:
    'Whether it is valid, and what it may do: for clients that ask before they begin. A bad one answers 401.',
  group: 'read',
  needs: { key: 'read' },
  scope: 'any',
  answer: {
    status: 200,
    body: z.object({
      valid: z.literal(true).meta({ description: 'Always `true`; a bad key answers 401' }),
      userId: z.string().meta({ description: 'As whom the key or app acts', examples: ['admin'] }),
      orgId: z.string().meta({ description: 'Whose key it is', examples: ['org_5d2k8v1q'] }),
      environment: z.enum(['live', 'test']).meta({ description: 'Whose rooms it sees' }),
      permissions: z
        .array(z.enum(['read', 'write', 'admin']))
        .optional()
        .meta({ description: 'What an API key may do' }),
      scopes: z.array(z.enum(SCOPES)).optional().meta({ description: 'What an OAuth token may do' }),
    }),
  },
  act: (_ctx, { caller }) => {
    const { username, orgId, environment, ...who } = consoleCaller(caller)
    const may =
      who.kind === 'key' ? { permissions: [...who.permissions] } : { scopes: [...(who.app?.scopes ?? [])] }
    return { valid: true as const, userId: username, orgId, environment, ...may }
  },
})

const success = z.literal(true).meta({ description: 'Always `true`' })
const message = (example: string) => z.string().meta({ description: 'What was done', examples: [example] })
const userName = z.string().meta({ description: 'Name of the person', examples: ['Ada Lovelace'] })
const userEmail = z.string().meta({ description: 'Their e-mail', examples: ['ada@example.com'] })
const orgName = z.string().meta({ description: 'Name of their organization', examples: ['Example Ltd'] })

const CreateKeyRequest = z.object({
  user_name: z
    .string()
    .trim()
    .min(1)
    .max(50)
    .meta({ description: 'Name of the person', examples: ['Ada Lovelace'], pattern: '\\S' }),
  user_email: z
    .email()
    .max(254)
    .meta({ description: 'Their e-mail', examples: ['ada@example.com'] }),
  org_name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .nullish()
    .meta({ description: 'Name of their organization', examples: ['Example Ltd'] }),
})

export const createKeyForNewUser = endpoint({
  method: 'post',
  path: '/auth/create-key',
  summary: 'Register and get a key',
  description:
    'Makes a user, an organization of their own, and a key for it. Open on this machine in local mode; elsewhere only where the operator has set `SELF_SERVICE_KEYS=open`.',
  dialect: 'vyom',
  limit: 'createKey',
  needs: { anonymous: true },
  body: CreateKeyRequest,
  example: { user_name: 'Ada Lovelace', user_email: 'ada@example.com', org_name: 'Example Ltd' },
  errors: ['registration_closed', 'email_taken'],
  answer: {
    status: 200,
    body: z.object({
      success,
      message: message('API key created successfully, Store it securely'),
      data: z
        .object({
          api_key: z
            .string()
            .meta({ description: 'The whole key; no other answer holds it', examples: ['parley_live_...'] }),
          user_name: userName,
          org_name: orgName.nullable(),
          user_email: userEmail,
        })
        .meta({ description: 'The key, and whose it is' }),
    }),
  },
  act: async (ctx, { body, req }) => {
    if (!ctx.config.keys.isSelfServiceOpen && !isLocalRequest(ctx.config, req))
      throw new Forbidden('registration_closed', 'Keys are given out by the admin of this server')
    const { user_name: name, user_email: email, org_name: organizationName = null } = body
    const { orgId, username, userId } = await ctx.accounts.register({ name, email, organizationName })
    const caller = {
      kind: 'session',
      via: 'cookie',
      sessionId: '',
      isSuperadmin: false,
      mustChangePassword: false,
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
  summary: 'Show whose key it is',
  description: 'The person who made the key, and their organization.',
  dialect: 'vyom',
  group: 'read',
  needs: { key: 'read' },
  errors: ['user_not_found', 'key_not_found'],
  answer: {
    status: 200,
    body: z.object({
      success,
      message: message('API key is valid'),
      data: z
        .object({
          user_name: userName,
          org_name: orgName,
          user_email: userEmail,
          created_at: z.string().meta({
            description: 'When the key was made, in UTC, with microseconds and without a zone',
            examples: ['2024-01-15T10:00:00.000000'],
          }),
        })
        .meta({ description: 'Whose key it is' }),
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
  summary: 'Get a joining token by room name',
  description:
    'An unknown name makes a room of that name; a known one is joined as a moderator. Connect to LiveKit at `url` with the token.',
  dialect: 'vyom',
  group: 'create',
  needs: { key: 'write' },
  body: z.object({
    room_name: z
      .string()
      .trim()
      .min(1)
      .max(50)
      .optional()
      .meta({ description: 'Name of the room. Default: `Room`', examples: ['Daily'], pattern: '\\S' }),
    participant_name: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'Name in the meeting. Default: `Guest`', examples: ['Ada'], pattern: '\\S' }),
  }),
  example: { room_name: 'Daily', participant_name: 'Ada' },
  errors: ['room_closed'],
  answer: {
    status: 200,
    body: z.object({
      success,
      data: z
        .object({
          room_name: z.string().meta({ description: 'Name of the room', examples: ['Daily'] }),
          token: z.string().meta({
            description: 'A room member token: LiveKit takes it for ten minutes',
            examples: ['eyJhbGciOi...'],
          }),
          url: z
            .string()
            .meta({ description: 'Where LiveKit is', examples: ['wss://meet.example.com/livekit'] }),
        })
        .meta({ description: 'The way in' }),
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
