import { z } from 'zod'
import { DEPRECATED, PERMISSIONS } from './permissions.ts'
import {
  FieldsQuery,
  matchMode,
  PageQuery,
  pagination,
  permissionsInput,
  RoomIdText,
  truth,
} from './schema.ts'

/** Shapes of room members (contract/openvidu-meet.md 1.2, 2.4). */

const memberName = z
  .string()
  .min(1, 'name cannot be empty')
  .refine((name) => name.length <= 50, 'name cannot exceed 50 characters')
const baseRole = z.enum(['moderator', 'speaker'])
const UserId = z
  .string()
  .regex(/^[a-z0-9_]+$/, 'userId must contain only lowercase letters, numbers, and underscores')
const customPermissions = permissionsInput

export const CreateMember = z
  .object({
    userId: UserId.optional(),
    name: memberName.optional(),
    baseRole,
    customPermissions: customPermissions.optional(),
  })
  .superRefine(({ userId, name }, check) => {
    if ((userId === undefined) === (name === undefined))
      check.addIssue({
        code: 'custom',
        path: ['userId'],
        message: 'Either userId or name must be provided, but not both',
      })
  })
export const UpdateMember = z.object({
  baseRole: baseRole.optional(),
  customPermissions: customPermissions.optional(),
})
export const MemberParams = z.object({ roomId: RoomIdText, memberId: z.string().min(1).max(100) })

export const ListMembers = FieldsQuery.extend({
  name: z.string().optional(),
  nameMatchMode: matchMode,
  nameCaseInsensitive: truth.default(false),
  baseRole: baseRole.optional(),
  type: z.enum(['user', 'identified_guest']).optional(),
  ...PageQuery,
  sortField: z.enum(['membershipDate', 'name']).default('membershipDate'),
})

export const DeleteMembers = z.object({
  memberIds: z
    .string()
    .optional()
    .transform((text) => [
      ...new Set(
        (text ?? '')
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== ''),
      ),
    ])
    .refine((ids) => ids.length > 0, 'At least one memberId is required'),
})

const Permissions = z.object(
  Object.fromEntries(
    [...PERMISSIONS, ...Object.keys(DEPRECATED)].map((name) => [name, z.boolean().optional()]),
  ),
)
export const MemberView = z
  .object({
    memberId: z.string(),
    roomId: z.string(),
    type: z.enum(['user', 'identified_guest']),
    name: z.string(),
    membershipDate: z.number(),
    accessUrl: z.string(),
    baseRole,
    customPermissions: Permissions.optional(),
    effectivePermissions: Permissions.optional(),
    permissionsUpdatedAt: z.number(),
    _extraFields: z.array(z.string()).optional(),
  })
  .partial()
  .meta({ id: 'RoomMember' })
export type MemberView = z.infer<typeof MemberView>

export const MemberList = z.object({
  members: z.array(MemberView),
  pagination,
  _extraFields: z.array(z.string()),
})
export const MembersDeleted = z.object({
  message: z.string(),
  deleted: z.array(z.string()),
  failed: z.array(z.object({ memberId: z.string(), error: z.string() })),
})
