import { z } from 'zod'
import { USERNAME } from './auth.ts'
import { NewPassword } from './schema.ts'
import { OPENVIDU_ROLES, PersonName } from './user-schema.ts'

const about = (description: string, example: string) => ({ description, examples: [example] })
const TIME = '2026-08-20T10:00:00.000Z'

export const CreateInvitation = z.object({
  email: z.email().max(254).meta(about('Whom to invite', 'ada@example.com')),
  role: z
    .enum(OPENVIDU_ROLES)
    .default('room_manager')
    .meta({ description: 'What they may do once they have accepted' }),
})
export const InvitationView = z
  .object({
    id: z.string().meta(about('Id of the invitation', 'invitation_8f0c2m1x9d7b5k3j6h4g')),
    email: z.string().meta(about('Who is invited', 'ada@example.com')),
    role: z.enum(OPENVIDU_ROLES).meta({ description: 'What they may do once they have accepted' }),
    invitedBy: z.string().meta(about('Who invited them', 'Admin')),
    createdAt: z.string().meta(about('When', TIME)),
    expiresAt: z.string().meta(about('Until when it can be accepted', TIME)),
  })
  .meta({ id: 'Invitation', description: 'Waits to be accepted' })
export type InvitationView = z.infer<typeof InvitationView>

export const InvitationWithLink = InvitationView.extend({
  url: z
    .string()
    .nullable()
    .meta({
      description: 'The link, where this server sends no mail: hand it over yourself. Shown once',
      examples: ['https://meet.example.com/invitation?token=3q2-7w'],
    }),
})
export const InvitationParams = z.object({
  id: z.string().min(1).max(100).meta(about('Id of the invitation', 'invitation_8f0c2m1x9d7b5k3j6h4g')),
})

/** What the holder of a link sees. */
export const InvitationLook = z.object({
  organization: z.string(),
  email: z.string(),
  role: z.enum(OPENVIDU_ROLES),
  invitedBy: z.string(),
  hasAccount: z.boolean().meta({ description: 'The address is somebody’s already: they sign in to accept' }),
})
export type InvitationLook = z.infer<typeof InvitationLook>

const token = z.string().min(1).max(200)
export const WithToken = z.object({ token })
export const AcceptAsNew = z.object({
  token,
  username: z.string().regex(USERNAME, 'Use 3 to 20 lowercase letters, digits or underscores'),
  name: PersonName,
  password: NewPassword,
})
