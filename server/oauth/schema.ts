import { z } from 'zod'
import { SCOPES } from './scopes.ts'

/** Schemes that a browser runs or opens by itself instead of handing them to an app. */
const REFUSED_SCHEMES = /^(javascript|data|vbscript|file|blob|about|filesystem|view-source|ws|wss|ftp):$/

/** Whether an address can be registered: absolute, without fragment or credentials (RFC 6749 3.1.2). */
export function isRedirectUri(text: string): boolean {
  if (!URL.canParse(text) || text.includes('#') || /[\s\\]/.test(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  if (username !== '' || password !== '') return false
  if (protocol === 'https:' || protocol === 'http:') return hostname !== ''
  // An app's own scheme (RFC 8252 7.1); the dot keeps it apart from schemes that are everybody's.
  return !REFUSED_SCHEMES.test(protocol) && protocol.includes('.')
}

const RedirectUri = z
  .string()
  .max(2000)
  .refine(
    isRedirectUri,
    'Use an absolute http, https or app address (com.example.app:/path) without fragment',
  )
  .meta({ examples: ['https://app.example.com/callback'] })

const ScopeName = z.enum(SCOPES)

const unique = (list: unknown[]): boolean => new Set(list).size === list.length

const ClientName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .meta({ examples: ['Calendar sync'], description: 'Shown to people when they are asked for consent' })
const RedirectUris = z.array(RedirectUri).min(1).max(20).refine(unique, 'Name each address once').meta({
  description: 'Where people may be sent back to; compared character by character',
  uniqueItems: true,
})
const Scopes = z
  .array(ScopeName)
  .min(1)
  .refine(unique, 'Name each scope once')
  .meta({ description: 'What it can ask people for', uniqueItems: true })

export const CreateClient = z.object({
  name: ClientName,
  redirectUris: RedirectUris,
  scopes: Scopes,
  isPublic: z.boolean().default(false).meta({
    description: 'A client that cannot keep a secret, such as an app or a page: PKCE alone proves it',
  }),
})
export type CreateClient = z.infer<typeof CreateClient>

export const UpdateClient = z.object({
  name: ClientName.optional(),
  redirectUris: RedirectUris.optional(),
  scopes: Scopes.optional(),
})
export type UpdateClient = z.infer<typeof UpdateClient>

const ClientId = z
  .string()
  .meta({ description: 'The `client_id`', examples: ['client_5d2k8v1q0a7s3e9w4x6z'] })
export const ClientView = z
  .object({
    id: ClientId,
    name: z.string().meta({ description: 'Shown to people', examples: ['Calendar sync'] }),
    isPublic: z.boolean().meta({ description: 'Whether it has no secret' }),
    redirectUris: z.array(z.string()).meta({
      description: 'Where people may be sent back to',
      examples: [['https://app.example.com/callback']],
    }),
    scopes: z.array(ScopeName).meta({ description: 'What it can ask people for' }),
    secretLast4: z
      .string()
      .nullable()
      .meta({ description: 'The end of its secret; null for a public client', examples: ['x7Qp'] }),
    createdAt: z.string().meta({ description: 'ISO 8601', examples: ['2026-03-01T09:00:00.000Z'] }),
    createdBy: z.string().meta({ description: 'Username', examples: ['admin'] }),
    users: z
      .number()
      .int()
      .meta({ description: 'How many people let it act for them', examples: [12] }),
  })
  .meta({ id: 'OAuthClient', description: 'A registered OAuth client; never its secret' })
export type ClientView = z.infer<typeof ClientView>

export const ClientWithSecret = ClientView.extend({
  secret: z
    .string()
    .nullable()
    .meta({
      description:
        'The `client_secret`. This is the only answer that ever holds it; null for a public client',
      examples: ['parley_secret_8sK2mQ0aL9xT4vB7nC1dE5fG6hJ3x7Qp'],
    }),
}).meta({ id: 'OAuthClientWithSecret', description: 'A client and, this once, its secret' })
export type ClientWithSecret = z.infer<typeof ClientWithSecret>

export const ClientParams = z.object({
  id: z
    .string()
    .max(100)
    .meta({ description: 'The `client_id`', examples: ['client_5d2k8v1q0a7s3e9w4x6z'] }),
})
export const GrantParams = z.object({ id: z.string().max(100) })

/** The query of /oauth/authorize as the browser has it, without the question mark. */
const RequestText = z.string().max(8000)
export const ConsentQuery = z.object({ request: RequestText })
export const ConsentRequest = z
  .object({
    client: z.object({ id: z.string(), name: z.string(), organization: z.string(), isOwn: z.boolean() }),
    user: z.object({ name: z.string(), username: z.string() }),
    organization: z.string(),
    scopes: z.array(ScopeName),
    redirectHost: z.string(),
  })
  .meta({ id: 'ConsentRequest' })
export type ConsentRequest = z.infer<typeof ConsentRequest>
export const Decision = z.object({ request: RequestText, approve: z.boolean() })

export const GrantView = z
  .object({
    id: z.string(),
    clientName: z.string(),
    organization: z.string(),
    scopes: z.array(ScopeName),
    createdAt: z.string(),
    lastUsedAt: z.string().nullable(),
  })
  .meta({ id: 'OAuthGrant' })
