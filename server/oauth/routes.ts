import { z } from 'zod'
import { BadRequest } from '../errors.ts'
import { consoleCaller, sessionCaller } from '../http/caller.ts'
import { endpoint, Reply } from '../http/endpoint.ts'
import { issuerOf } from './http.ts'
import {
  ClientParams,
  ClientView,
  ClientWithSecret,
  ConsentQuery,
  ConsentRequest,
  CreateClient,
  Decision,
  GrantParams,
  GrantView,
  UpdateClient,
} from './schema.ts'

const needs = { key: 'admin', session: 'admin' } as const

export const createOAuthClient = endpoint({
  method: 'post',
  path: '/api/v1/oauth/clients',
  summary: 'Register an OAuth client; the answer is the only one that holds its secret',
  description:
    'A client of this organization may ask anybody on this server for consent; the page names the organization that registered it.',
  group: 'config',
  needs,
  body: CreateClient,
  example: { name: 'Planner', redirectUris: ['https://planner.example.com/callback'], scopes: ['room.read'] },
  answer: { status: 201, body: ClientWithSecret, shownOnce: ['secret'] },
  act: (ctx, { caller, body, req }) => ctx.oauthClients.create(consoleCaller(caller), body, req.ip ?? ''),
})

export const listOAuthClients = endpoint({
  method: 'get',
  path: '/api/v1/oauth/clients',
  summary: 'List OAuth clients, newest first',
  description: 'With how many people let each act for them.',
  group: 'config',
  needs,
  answer: {
    status: 200,
    body: z.object({ clients: z.array(ClientView).meta({ description: 'Newest first' }) }),
  },
  act: async (ctx, { caller }) => ({ clients: await ctx.oauthClients.list(consoleCaller(caller).orgId) }),
})

export const getOAuthClient = endpoint({
  method: 'get',
  path: '/api/v1/oauth/clients/:id',
  summary: 'One OAuth client',
  description: 'Never shows the secret.',
  errors: ['oauth_client_not_found'],
  group: 'config',
  needs,
  params: ClientParams,
  answer: { status: 200, body: ClientView },
  act: (ctx, { caller, params }) => ctx.oauthClients.get(consoleCaller(caller).orgId, params.id),
})

export const updateOAuthClient = endpoint({
  method: 'patch',
  path: '/api/v1/oauth/clients/:id',
  summary: 'Change name, redirect addresses or scopes of an OAuth client',
  description: 'A scope that is taken away is missing from tokens that were made before, too.',
  errors: ['oauth_client_not_found'],
  group: 'config',
  needs,
  params: ClientParams,
  body: UpdateClient,
  example: { name: 'Planner' },
  answer: { status: 200, body: ClientView },
  act: (ctx, { caller, params, body, req }) =>
    ctx.oauthClients.update(consoleCaller(caller), params.id, body, req.ip ?? ''),
})

export const rotateOAuthClientSecret = endpoint({
  method: 'post',
  path: '/api/v1/oauth/clients/:id/secret',
  summary: 'Replace the secret of an OAuth client; the old one is refused from the next request on',
  description: 'Tokens that were made before go on working.',
  errors: ['oauth_client_not_found', 'oauth_client_public'],
  group: 'config',
  needs,
  params: ClientParams,
  answer: { status: 201, body: ClientWithSecret, shownOnce: ['secret'] },
  act: (ctx, { caller, params, req }) =>
    ctx.oauthClients.rotateSecret(consoleCaller(caller), params.id, req.ip ?? ''),
})

export const deleteOAuthClient = endpoint({
  method: 'delete',
  path: '/api/v1/oauth/clients/:id',
  summary: 'Delete an OAuth client with every grant and token of it',
  description: 'Its tokens are refused from the next request on.',
  errors: ['oauth_client_not_found'],
  group: 'config',
  needs,
  params: ClientParams,
  answer: { status: 204, body: z.null() },
  act: async (ctx, { caller, params, req }) => {
    await ctx.oauthClients.delete(consoleCaller(caller), params.id, req.ip ?? '')
    return new Reply(null, { status: 204 })
  },
})

export const getConsentRequest = endpoint({
  method: 'get',
  path: '/internal-api/v1/oauth/request',
  summary: 'What an app asks for, as the consent page shows it',
  needs: { session: 'member' },
  query: ConsentQuery,
  answer: { status: 200, body: ConsentRequest },
  act: async (ctx, { caller, query, req }) => {
    const user = sessionCaller(caller)
    const checked = await ctx.oauthGrants.checkRequest(query.request, issuerOf(ctx, req))
    if (!('request' in checked))
      throw new BadRequest(
        'oauth_request_invalid',
        'This request is not valid any more: start again in the app',
      )
    const { client, scopes, redirectUri } = checked.request
    const organization = await ctx.organizations.get(user.orgId)
    return {
      client: {
        id: client.id,
        name: client.name,
        organization: client.organizationName,
        isOwn: client.orgId === user.orgId,
      },
      user: { name: user.name, username: user.username },
      organization: organization.name,
      scopes,
      redirectHost: hostOf(redirectUri),
    }
  },
})

/** An app's own scheme has no host. */
const hostOf = (redirectUri: string): string => {
  const { host, protocol } = new URL(redirectUri)
  return host === '' ? protocol.slice(0, -1) : host
}

export const decideConsent = endpoint({
  method: 'post',
  path: '/internal-api/v1/oauth/decision',
  summary: 'Let an app act for the user, or refuse; answers where to send the browser',
  needs: { session: 'member' },
  body: Decision,
  answer: { status: 200, body: z.object({ redirectTo: z.string() }) },
  act: async (ctx, { caller, body, req }) => ({
    redirectTo: await ctx.oauthGrants.decide(sessionCaller(caller), body.request, body.approve, {
      issuer: issuerOf(ctx, req),
      ip: req.ip ?? '',
    }),
  }),
})

export const listOAuthGrants = endpoint({
  method: 'get',
  path: '/internal-api/v1/oauth/grants',
  summary: 'Apps with access to my account',
  needs: { session: 'member' },
  answer: { status: 200, body: z.object({ grants: z.array(GrantView) }) },
  act: async (ctx, { caller }) => ({ grants: await ctx.oauthGrants.grants(sessionCaller(caller).userId) }),
})

export const withdrawOAuthGrant = endpoint({
  method: 'delete',
  path: '/internal-api/v1/oauth/grants/:id',
  summary: 'Withdraw the access of an app; its tokens are refused from the next request on',
  needs: { session: 'member' },
  params: GrantParams,
  answer: { status: 204, body: z.null() },
  act: async (ctx, { caller, params, req }) => {
    await ctx.oauthGrants.withdraw(sessionCaller(caller), params.id, req.ip ?? '')
    return new Reply(null, { status: 204 })
  },
})
