import { z } from 'zod'

const about = (description: string, example: string | number) => ({ description, examples: [example] })
const TIME = '2026-08-20T10:00:00.000Z'
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))
export const AuditQuery = z.object({
  actor: z.string().trim().max(100).optional().meta(about('Part of a name, or an id', 'admin')),
  action: z
    .string()
    .trim()
    .max(60)
    .optional()
    .meta(about('Such as `key.revoked`, or `key` for all of keys', 'key.revoked')),
  from: time.optional().meta(about('Not before', TIME)),
  to: time.optional().meta(about('Not after', TIME)),
  format: z.enum(['json', 'csv']).optional().meta({ description: '`csv`: the whole log as a file' }),
  maxItems: z.coerce.number().int().min(1).max(100).default(50).meta(about('How many to answer', 50)),
  nextPageToken: z
    .string()
    .max(500)
    .optional()
    .meta(about('`pagination.nextPageToken` of the page before', 'eyJhdCI6MX0')),
})

export const AuditEntryView = z
  .object({
    id: z.string().meta(about('Id of the entry', 'audit_8f0c2m1x9d7b5k3j6h4g')),
    at: z.string().meta(about('When', TIME)),
    actor: z
      .object({
        type: z.string().meta(about('`session`, `key`, `roomMember` or `nobody`', 'session')),
        id: z.string().nullable().meta(about('Id of the user or key', 'user_8f0c2m1x9d7b5k3j6h4g')),
        name: z.string().nullable().meta(about('Username, or name of the key', 'admin')),
      })
      .meta({ description: 'Who' }),
    action: z.string().meta(about('What', 'key.revoked')),
    target: z.string().nullable().meta(about('To whom or what', 'key_8f0c2m1x9d7b5k3j6h4g')),
    ip: z.string().nullable().meta(about('From which address', '203.0.113.7')),
    details: z.record(z.string(), z.unknown()).meta({ description: 'What else there is to know' }),
  })
  .meta({ id: 'AuditEntry', description: 'Who did what, when, from where' })
export type AuditEntryView = z.infer<typeof AuditEntryView>
