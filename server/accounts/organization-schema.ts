import { z } from 'zod'
import { contrastWithWhite } from './contrast.ts'
import { OPENVIDU_ROLES } from './user-schema.ts'

/** Shapes of organizations and their users, for the console. */

/** A logo is kept in the row: small enough to come with the session. */
const about = (description: string, example: string | number) => ({ description, examples: [example] })
const ID = about('Id of the organization', 'org_5d2k8v1q')
const CREATED = about('When it was made', '2026-08-20T10:00:00.000Z')

const MAX_LOGO = 64_000
const LEAST_CONTRAST = 4.5

export const Branding = z.object({
  accent: z
    .string()
    .regex(/^#[0-9a-f]{6}$/, 'Use a colour such as #2b65e3')
    .refine(
      (colour) => contrastWithWhite(colour) >= LEAST_CONTRAST,
      'White text cannot be read on this colour: choose a darker one (contrast 4.5:1, WCAG AA)',
    )
    .nullable()
    .meta(about('Colour of buttons and links, dark enough for white text; null: the usual one', '#2b65e3')),
  logo: z
    .string()
    .max(MAX_LOGO, 'The picture may have 48 kB')
    .regex(
      /^data:image\/(png|jpeg|webp|svg\+xml);base64,[A-Za-z0-9+/]+=*$/,
      'Use a PNG, JPEG, WebP or SVG picture',
    )
    .nullable()
    .meta(about('A picture as a data URL; null: none', 'data:image/png;base64,iVBORw0KGgo=')),
})
export type Branding = z.infer<typeof Branding>
/** The branding that a row holds as JSON; what it lacks is unset. */
export const brandingOf = (row: { branding: string }): Branding => ({
  accent: null,
  logo: null,
  ...(JSON.parse(row.branding) as Partial<Branding>),
})

const days = z.int().min(1).max(3650).nullable()
export const Retention = z.object({
  auditDays: days.meta(about('Days after which entries of the audit log go; null: never', 365)),
})
export type Retention = z.infer<typeof Retention>
export const NO_RETENTION: Retention = { auditDays: null }

const origin = z
  .string()
  .max(200)
  .regex(/^(\*|https?:\/\/[^/\s]+)$/, 'Use an origin such as https://app.example.com, or *')
export const OrganizationName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .meta({ ...about('What people see', 'Example Ltd'), pattern: '\\S' })

export const OrganizationView = z
  .object({
    id: z.string().meta(ID),
    name: z.string().meta(about('What people see', 'Example Ltd')),
    rootUsername: z.string().meta(about('Who made it, and cannot be removed', 'admin')),
    apiAccess: z.boolean().meta({ description: 'Whether its keys work; a superadmin switches it' }),
    allowedOrigins: z.array(z.string()).meta({
      description: 'Sites that may embed meetings; `*`: any',
      examples: [['https://app.example.com']],
    }),
    branding: Branding.meta({ description: 'How it looks' }),
    retention: Retention.meta({ description: 'What goes by itself' }),
    createdAt: z.string().meta(CREATED),
  })
  .meta({ id: 'Organization', description: 'What owns rooms, recordings and keys' })
export type OrganizationView = z.infer<typeof OrganizationView>

export const UpdateOrganization = z.object({
  name: OrganizationName.optional(),
  branding: Branding.partial().optional().meta({ description: 'How it looks; what is absent stays' }),
  allowedOrigins: z
    .array(origin)
    .min(1)
    .max(50)
    .optional()
    .meta({
      description: 'Sites that may embed meetings; `*`: any',
      examples: [['https://app.example.com']],
    }),
  retention: Retention.partial()
    .optional()
    .meta({ description: 'What goes by itself; what is absent stays' }),
})

export const CreateOrganization = z.object({ name: OrganizationName })
export const ManageOrganization = z.object({
  name: OrganizationName.optional(),
  apiAccess: z.boolean().optional().meta({ description: 'Whether its keys work' }),
})
export const OrganizationParams = z.object({ id: z.string().min(1).max(100).meta(ID) })
export const OrganizationSummary = OrganizationView.pick({
  id: true,
  name: true,
  rootUsername: true,
  apiAccess: true,
  createdAt: true,
}).extend({
  users: z.number().meta(about('How many users it has', 12)),
  rooms: z.number().meta(about('How many rooms it has', 40)),
})

export const OrganizationUser = z
  .object({
    username: z.string().meta(about('Name to sign in with; OpenVidu calls it userId', 'ada_lovelace')),
    name: z.string().meta(about('What people see', 'Ada Lovelace')),
    email: z.string().nullable().meta(about('null: none', 'ada@example.com')),
    emailVerified: z.boolean().meta({ description: 'Whether they have shown that the address is theirs' }),
    role: z.enum(OPENVIDU_ROLES).meta({ description: 'What they may do' }),
    isRoot: z.boolean().meta({ description: 'Made the organization; cannot be removed or lowered' }),
    isSuperadmin: z.boolean().meta({ description: 'Looks after the whole server' }),
    hasTwoFactor: z.boolean().meta({ description: 'Signs in with a second factor' }),
    mustChangePassword: z.boolean().meta({ description: 'Has to change their password first' }),
    createdAt: z.string().meta(about('When they joined', '2026-08-20T10:00:00.000Z')),
  })
  .meta({ id: 'OrganizationUser', description: 'A user as admins of the organization see them' })
export const UserChange = z.object({
  role: z.enum(OPENVIDU_ROLES).meta({ description: 'What they may do from now on' }),
})
