import { z } from 'zod'
import { sessionCaller } from '../http/caller.ts'
import { endpoint } from '../http/endpoint.ts'

/** The API key of OpenVidu Meet's console (contract/openvidu-meet.md 5.4, contract/parley.md 8). */

const path = '/internal-api/v1/api-keys'
const needs = { session: 'admin' } as const
const OpenViduKey = z.object({ key: z.string(), creationDate: z.number() })

export const listOpenViduKeys = endpoint({
  method: 'get',
  path,
  summary: 'The API key that was made here, masked',
  dialect: 'openvidu',
  needs,
  answer: { status: 200, body: z.array(OpenViduKey) },
  act: (ctx, { caller }) => ctx.openViduKeys.list(sessionCaller(caller).orgId),
})

export const generateOpenViduKey = endpoint({
  method: 'post',
  path,
  summary: 'Make an API key; the one that was made here before is revoked',
  dialect: 'openvidu',
  needs,
  answer: { status: 201, body: OpenViduKey },
  act: (ctx, { caller, req }) => ctx.openViduKeys.generate(sessionCaller(caller), req.ip ?? ''),
})

export const deleteOpenViduKeys = endpoint({
  method: 'delete',
  path,
  summary: 'Revoke the API key that was made here',
  dialect: 'openvidu',
  needs,
  answer: { status: 200, body: z.object({ message: z.string() }) },
  act: async (ctx, { caller, req }) => {
    await ctx.openViduKeys.remove(sessionCaller(caller), req.ip ?? '')
    return { message: 'API key deleted successfully' }
  },
})
