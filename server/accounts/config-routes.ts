import { z } from 'zod'
import { sessionCaller } from '../http/caller.ts'
import { endpoint } from '../http/endpoint.ts'
import { findSetting, putSetting } from '../settings.ts'
import { findFirstOrganization } from './store.ts'

/** OpenVidu Meet's global settings (contract/openvidu-meet.md 5.4): what its console asks for at each start. */

const SecurityConfig = z.object({
  authentication: z.object({
    // Ours is set by OIDC_ISSUER, so there is nothing to put into this list.
    oauthProviders: z.array(z.unknown()).max(0, 'Single sign-on is set by the variable OIDC_ISSUER'),
  }),
})

const colour = z
  .string()
  .regex(/^#([0-9a-f]{3}|[0-9a-f]{6})$/i, 'Must be a valid hex color code')
  .optional()
const AppearanceConfig = z.object({
  appearance: z.object({
    themes: z
      .array(
        z.object({
          name: z
            .string()
            .min(1, 'Theme name cannot be empty')
            .max(50, 'Theme name cannot exceed 50 characters'),
          enabled: z.boolean(),
          baseTheme: z.enum(['light', 'dark']),
          backgroundColor: colour,
          primaryColor: colour,
          secondaryColor: colour,
          accentColor: colour,
          surfaceColor: colour,
        }),
      )
      .refine((themes) => themes.length === 1, 'There must be exactly one theme defined'),
  }),
})
const AppearanceView = z.object({ appearance: z.object({ themes: z.array(z.unknown()) }) })
const appearanceOf = (orgId: string) => `appearance ${orgId}`

export const getSecurityConfig = endpoint({
  method: 'get',
  path: '/internal-api/v1/config/security',
  summary: "OpenVidu's list of sign-in providers, which is always empty",
  dialect: 'openvidu',
  needs: { anonymous: true },
  answer: { status: 200, body: SecurityConfig },
  act: () => ({ authentication: { oauthProviders: [] } }),
})

export const putSecurityConfig = endpoint({
  method: 'put',
  path: '/internal-api/v1/config/security',
  summary: "OpenVidu's list of sign-in providers, which has to stay empty",
  dialect: 'openvidu',
  group: 'config',
  needs: { session: 'admin' },
  body: SecurityConfig,
  answer: { status: 200, body: z.object({ message: z.string() }) },
  act: () => ({ message: 'Security configuration updated successfully' }),
})

export const getAppearanceConfig = endpoint({
  method: 'get',
  path: '/internal-api/v1/config/rooms/appearance',
  summary: "The theme that was set by OpenVidu's route; none at first",
  dialect: 'openvidu',
  needs: { session: 'member', anonymous: true, isSessionOptional: true, duringPasswordChange: true },
  answer: { status: 200, body: AppearanceView },
  act: async (ctx, { caller }) => {
    const { db } = ctx.database
    const orgId = caller.kind === 'session' ? caller.orgId : (await findFirstOrganization(db))?.id
    const kept = await findSetting(db, appearanceOf(orgId ?? ''))
    return kept === undefined
      ? { appearance: { themes: [] } }
      : (JSON.parse(kept) as z.input<typeof AppearanceView>)
  },
})

export const putAppearanceConfig = endpoint({
  method: 'put',
  path: '/internal-api/v1/config/rooms/appearance',
  summary: 'Set the theme of the meeting pages',
  dialect: 'openvidu',
  group: 'config',
  needs: { session: 'admin' },
  body: AppearanceConfig,
  answer: { status: 200, body: z.object({ message: z.string() }) },
  act: async (ctx, { caller, body }) => {
    await putSetting(ctx.database.db, appearanceOf(sessionCaller(caller).orgId), JSON.stringify(body))
    return { message: 'Rooms appearance config updated successfully' }
  },
})

export const getCaptionsConfig = endpoint({
  method: 'get',
  path: '/internal-api/v1/config/captions',
  summary: 'Whether live captions are on',
  dialect: 'openvidu',
  needs: { anonymous: true },
  answer: { status: 200, body: z.object({ enabled: z.boolean() }) },
  act: () => ({ enabled: false }),
})
