import { z } from 'zod'
import { commaIds, matchMode, PageQuery, pagination, truth } from '../http/lists.ts'

/** Shapes of OpenVidu's users API (contract/openvidu-meet.md 1.4, 2.6). */

/** What OpenVidu calls our admin, member, and member who may not create rooms. */
export const OPENVIDU_ROLES = ['admin', 'room_manager', 'room_member'] as const
export type OpenViduRole = (typeof OPENVIDU_ROLES)[number]

const about = (description: string, example: string | number) => ({ description, examples: [example] })
const USER_ID = about('Name to sign in with, of lowercase letters, digits and underscores', 'ada_lovelace')
const ROLE = {
  description:
    '`room_manager` makes rooms of their own, `room_member` only enters; `admin` manages everything',
}

const UserIdText = z
  .string()
  .refine((id) => id.length >= 5, 'userId must be at least 5 characters long')
  .refine((id) => id.length <= 20, 'userId cannot exceed 20 characters')
  .refine(
    (id) => /^[a-z0-9_]*$/.test(id),
    'userId must contain only lowercase letters, numbers, and underscores',
  )
  .meta({ ...USER_ID, minLength: 5, maxLength: 20, pattern: '^[a-z0-9_]*$' })
const password = (name: string) =>
  z
    .string()
    .refine((text) => text.length >= 5, `${name} must be at least 5 characters long`)
    .refine((text) => text.length <= 128, `${name} cannot exceed 128 characters`)
    .meta({
      ...about('At least 5 characters; the user has to change it', 'see you soon'),
      minLength: 5,
      maxLength: 128,
    })
export const PersonName = z
  .string()
  .refine((name) => name.trim() !== '', 'name cannot be empty')
  .refine((name) => name.length <= 50, 'name cannot exceed 50 characters')
  .transform((name) => name.trim())
  .meta({ ...about('What people see', 'Ada Lovelace'), minLength: 1, maxLength: 50 })

export const CreateUser = z.object({
  userId: UserIdText,
  name: PersonName,
  role: z.enum(OPENVIDU_ROLES).meta(ROLE),
  password: password('password'),
})
export const UserParams = z.object({ userId: z.string().min(1).max(100).meta(USER_ID) })
export const ResetPassword = z.object({ newPassword: password('New password') })
export const PutRole = z.object({ role: z.enum(OPENVIDU_ROLES).meta(ROLE) })

export const ListUsers = z.object({
  userId: z
    .string()
    .optional()
    .meta(about('Exactly this user; with `name` users that fit either', 'ada_lovelace')),
  name: z.string().optional().meta(about('The name, compared as `nameMatchMode` says', 'Ada')),
  nameMatchMode: matchMode.meta({ description: 'How `name` compares' }),
  nameCaseInsensitive: truth.default(false).meta({ description: 'Whether `name` ignores case' }),
  role: z.enum(OPENVIDU_ROLES).optional().meta({ description: 'Only users with this role' }),
  ...PageQuery,
  sortField: z
    .enum(['registrationDate', 'name'])
    .default('registrationDate')
    .meta({ description: 'What the list is sorted by' }),
})
export const DeleteUsers = z.object({
  userIds: commaIds('At least one userId is required').meta({
    ...about('Separated by commas', 'ada_lovelace,charles_b'),
    override: { type: 'string', minLength: 1, pattern: '[^, ]' },
    param: { required: true },
  }),
})

export const UserView = z
  .object({
    userId: z.string().meta(USER_ID),
    name: z.string().meta(about('What people see', 'Ada Lovelace')),
    registrationDate: z
      .number()
      .meta(about('When they joined the organization, ms since the epoch', 1755690000000)),
    role: z.enum(OPENVIDU_ROLES).meta(ROLE),
    roleUpdatedAt: z.number().meta(about('When the role changed last, ms since the epoch', 1755690000000)),
  })
  .meta({ id: 'User', description: 'A user of the organization, as OpenVidu Meet shows it' })
export const UserList = z.object({
  users: z.array(UserView).meta({ description: 'One page' }),
  pagination,
})
export const UsersDeleted = z.object({
  message: z.string().meta(about('What came of it', 'All users deleted successfully')),
  deleted: z.array(z.string()).meta({ description: 'Ids of who is gone', examples: [['ada_lovelace']] }),
  failed: z
    .array(
      z.object({
        userId: z.string().meta(USER_ID),
        error: z.string().meta(about('Why', 'User not found')),
      }),
    )
    .meta({ description: 'Who stays, and why' }),
})
export const Message = z.object({
  message: z.string().meta(about('What was done', "User 'ada_lovelace' deleted successfully")),
})

export const OpenViduLogin = z.object({
  userId: z.string().min(5, 'userId must be at least 5 characters long').max(254),
  password: password('password'),
  code: z
    .string()
    .max(30)
    .optional()
    .meta({ description: 'TOTP or recovery code, for who has a second factor' }),
})
export const ChangePassword = z.object({
  currentPassword: z.string().min(1, 'currentPassword cannot be empty').max(128),
  newPassword: password('newPassword'),
})
export const TokensView = Message.extend({
  accessToken: z.string().optional(),
  refreshToken: z.string().optional(),
  mustChangePassword: z.boolean().optional(),
})
