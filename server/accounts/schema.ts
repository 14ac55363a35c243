import { z } from 'zod'
import { USERNAME } from './auth.ts'
import { Branding } from './organization-schema.ts'

export const SessionView = z
  .object({
    user: z.object({
      id: z.string(),
      username: z.string(),
      name: z.string(),
      email: z.string().nullable(),
    }),
    organization: z.object({ id: z.string(), name: z.string(), branding: Branding }),
    organizations: z.array(z.object({ id: z.string(), name: z.string() })),
    role: z.enum(['superadmin', 'admin', 'member']),
    canCreateRooms: z.boolean(),
    isSuperadmin: z.boolean(),
    mustChangePassword: z.boolean(),
  })
  .meta({ id: 'Session', description: 'The signed-in console user and the organization they act in' })
export type SessionView = z.infer<typeof SessionView>

export const SignIn = z.object({
  login: z.string().min(1).max(254).meta({ description: 'Username or e-mail' }),
  password: z.string().min(1).max(128),
  code: z.string().min(1).max(30).optional().meta({
    description: 'TOTP or recovery code, once `two_factor_required` has been answered',
  }),
})

export const SetUp = z.object({
  token: z.string().min(1).max(200).meta({ description: 'From the setup link in the terminal' }),
  username: z
    .string()
    .regex(USERNAME, 'Use 3 to 20 lowercase letters, digits or underscores')
    .default('admin'),
  password: z.string().min(10).max(128),
  name: z.string().trim().min(1).max(50).optional(),
  email: z.email().max(254).optional(),
  organizationName: z.string().trim().min(1).max(100).optional(),
})

/** Our own routes ask for more than OpenVidu's (contract/parley.md 10). */
export const NewPassword = z.string().min(10).max(128)
export const ChangeOwnPassword = z.object({
  currentPassword: z.string().min(1).max(128),
  newPassword: NewPassword,
})
export const ForgotPassword = z.object({ login: z.string().min(1).max(254) })
export const ResetByToken = z.object({ token: z.string().min(1).max(200), newPassword: NewPassword })

const about = (description: string, example: string) => ({ description, examples: [example] })
const SESSION_ID = about('Id of the session', 'access_8f0c2m1x9d7b5k3j6h4g')
const TIME = '2026-08-20T10:00:00.000Z'
export const SessionParams = z.object({ id: z.string().min(1).max(100).meta(SESSION_ID) })
export const SignedInPlace = z.object({
  id: z.string().meta(SESSION_ID),
  kind: z.enum(['browser', 'api']).meta({ description: '`api`: by access tokens' }),
  createdAt: z.string().meta(about('When it began', TIME)),
  expiresAt: z.string().meta(about('When it ends by itself', TIME)),
  ip: z.string().meta(about('Address that it began from', '203.0.113.7')),
  userAgent: z.string().meta(about('What the client calls itself', 'Mozilla/5.0')),
  isCurrent: z.boolean().meta({ description: 'The one that asks' }),
})
export type SignedInPlace = z.infer<typeof SignedInPlace>

const code = z.string().min(1).max(30)
export const WithCode = z.object({ code })
export const TwoFactorState = z.object({
  isEnabled: z.boolean(),
  recoveryCodesLeft: z.number(),
})
export const TwoFactorSecret = z.object({
  secret: z.string().meta({ description: 'Base32, to type into an authenticator app' }),
  url: z.string().meta({ description: 'otpauth:// address for a QR code' }),
})
export const RecoveryCodes = z.object({ recoveryCodes: z.array(z.string()) })

export const SignInOptions = z.object({
  singleSignOn: z
    .string()
    .nullable()
    .meta({ description: "The identity provider's name, where there is one" }),
  mail: z.boolean(),
})
export const SwitchOrganization = z.object({ organizationId: z.string().min(1).max(100) })
