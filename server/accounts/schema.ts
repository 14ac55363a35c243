import { z } from 'zod'
import { USERNAME } from './auth.ts'

export const SessionView = z
  .object({
    user: z.object({
      id: z.string(),
      username: z.string(),
      name: z.string(),
      email: z.string().nullable(),
    }),
    organization: z.object({ id: z.string(), name: z.string() }),
    role: z.enum(['superadmin', 'admin', 'member']),
  })
  .meta({ id: 'Session', description: 'The signed-in console user and the organization they act in' })
export type SessionView = z.infer<typeof SessionView>

export const SignIn = z.object({
  login: z.string().min(1).max(254).meta({ description: 'Username or e-mail' }),
  password: z.string().min(1).max(128),
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

export const OrganizationView = z
  .object({
    id: z.string().meta({ description: 'Id of the organization', examples: ['org_5d2k8v1q'] }),
    name: z.string().meta({ description: 'What people see', examples: ['Example Ltd'] }),
  })
  .meta({ id: 'Organization', description: 'What owns rooms, recordings and keys' })
export const RenameOrganization = z.object({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'What people see', examples: ['Example Ltd'], pattern: '\\S' }),
})
