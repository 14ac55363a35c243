import { z } from 'zod'
import {
  commaIds,
  extraFieldNames,
  FieldsQuery,
  matchMode,
  PageQuery,
  pagination,
  truth,
} from '../http/lists.ts'
import { permissionsInput, PermissionsView } from './permission-schema.ts'
import { RoomIdText } from './schema.ts'

/** Shapes of room members (contract/openvidu-meet.md 1.2, 2.4). */

const memberName = z
  .string()
  .min(1, 'name cannot be empty')
  .refine((name) => name.length <= 50, 'name cannot exceed 50 characters')
  .meta({
    description: 'Name of a guest, who gets a link of their own',
    examples: ['Grace Hopper'],
    maxLength: 50,
  })
const baseRole = z
  .enum(['moderator', 'speaker'])
  .meta({ description: 'The role whose permissions count where they have no own ones' })
const UserId = z
  .string()
  .regex(/^[a-z0-9_]+$/, 'userId must contain only lowercase letters, numbers, and underscores')
  .meta({ description: 'A user of the organization', examples: ['ada_lovelace'] })
const customPermissions = permissionsInput.meta({
  description: "Permissions of their own over the role's; empty: none",
})
const MemberId = z.string().meta({ description: 'Id of the member', examples: ['guest-0a1b2c3d4e'] })

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
  .meta({ override: { oneOf: [{ required: ['userId'] }, { required: ['name'] }] } })
export const UpdateMember = z.object({
  baseRole: baseRole.optional(),
  customPermissions: customPermissions.optional(),
})
export const MemberParams = z.object({ roomId: RoomIdText, memberId: MemberId.min(1).max(100) })

export const ListMembers = FieldsQuery.extend({
  name: z
    .string()
    .optional()
    .meta({ description: 'Only members of this name; empty: all', examples: ['Grace'] }),
  nameMatchMode: matchMode.meta({
    description: 'How `name` compares; `regex` is an RE2 pattern of at most 256 characters',
  }),
  nameCaseInsensitive: truth
    .default(false)
    .meta({ description: 'Whether capitals make no difference to `name`' }),
  baseRole: baseRole.optional().meta({ description: 'Only members with this role' }),
  type: z.enum(['user', 'identified_guest']).optional().meta({ description: 'Only users, or only guests' }),
  ...PageQuery,
  sortField: z
    .enum(['membershipDate', 'name'])
    .default('membershipDate')
    .meta({ description: 'What the list is sorted by' }),
})

export const DeleteMembers = z.object({
  memberIds: commaIds('At least one memberId is required').meta({
    description: 'Ids of the members, separated by commas',
    examples: ['guest-0a1b2c3d4e,ada_lovelace'],
    override: { minLength: 1, pattern: '[^, ]' },
    param: { required: true },
  }),
})

export const MemberView = z
  .object({
    memberId: MemberId,
    roomId: z.string().meta({ description: 'Id of the room', examples: ['daily-k3j9x0q2ab7c1de'] }),
    type: z.enum(['user', 'identified_guest']).meta({ description: 'A user, or a guest with a link' }),
    name: z.string().meta({ description: 'Name of the person', examples: ['Grace Hopper'] }),
    membershipDate: z.number().meta({
      description: 'When they were added: milliseconds since the epoch',
      examples: [1_767_225_600_000],
    }),
    accessUrl: z.string().meta({
      description: 'The link by which this person enters',
      examples: ['https://meet.example.com/room/daily-k3j9x0q2ab7c1de?secret=guest-0123456789abcdef'],
    }),
    baseRole,
    customPermissions: PermissionsView.optional().meta({
      description: 'Permissions of their own; absent without any',
    }),
    effectivePermissions: PermissionsView.optional().meta({
      description: "The role's permissions with their own over them",
    }),
    permissionsUpdatedAt: z.number().meta({
      description: 'When role or permissions changed last: milliseconds since the epoch',
      examples: [1_767_225_600_000],
    }),
    _extraFields: extraFieldNames.optional(),
  })
  .partial()
  .meta({ id: 'RoomMember', description: 'A person with a role of their own in one room' })
export type MemberView = z.infer<typeof MemberView>

export const MemberList = z.object({
  members: z.array(MemberView).meta({ description: 'This page of the list' }),
  pagination,
  _extraFields: extraFieldNames,
})
export const MembersDeleted = z.object({
  message: z
    .string()
    .meta({ description: 'Whether all went well', examples: ['All room members deleted successfully'] }),
  deleted: z.array(z.string()).meta({ description: 'Who was removed', examples: [['guest-0a1b2c3d4e']] }),
  failed: z
    .array(
      z.object({
        memberId: MemberId,
        error: z.string().meta({ description: 'Why not', examples: ['Room member not found'] }),
      }),
    )
    .meta({ description: 'Who was not' }),
})
