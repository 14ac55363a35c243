import { z } from 'zod'
import { BUILD, VERSION } from '../version.ts'
import { endpoint } from './endpoint.ts'

export const getInfo = endpoint({
  method: 'get',
  path: '/info',
  summary: 'Show what runs here',
  description:
    'Release and build of this server, under the service name that clients of OpenVidu Meet look for. Only an API key opens it.',
  dialect: 'openvidu',
  group: 'read',
  needs: { key: 'read' },
  answer: {
    status: 200,
    body: z
      .object({
        service: z
          .literal('openviduMeet')
          .meta({ description: "The API's name, the same for every server that speaks it" }),
        version: z.string().meta({ description: 'Release of Parley', examples: ['0.1.0'] }),
        gitCommit: z
          .string()
          .meta({ description: 'Commit that was built, or `unknown`', examples: ['3f2c1ab'] }),
        buildDate: z
          .string()
          .meta({ description: 'When it was built, ISO 8601', examples: ['2026-01-15T10:00:00.000Z'] }),
        edition: z.literal('ce').meta({ description: 'Always `ce`' }),
        apiVersion: z.literal('v1').meta({ description: 'Always `v1`' }),
      })
      .meta({ id: 'Info', description: 'What runs here' }),
  },
  act: () => ({
    service: 'openviduMeet' as const,
    version: VERSION,
    ...BUILD,
    edition: 'ce' as const,
    apiVersion: 'v1' as const,
  }),
})
