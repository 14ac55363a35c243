import { z } from 'zod'

/** What lists take and answer (contract/openvidu-meet.md 0.6, 0.7). */

/** What stands between commas; blanks are dropped. */
export const commaParts = (text = ''): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** Names separated by commas. */
export const commaList = z
  .string()
  .optional()
  .transform((text) => commaParts(text))

/** Ids separated by commas, each once; none at all is refused with `fault`. */
export const commaIds = (fault: string) =>
  z
    .string()
    .optional()
    .transform((text) => [...new Set(commaParts(text))])
    .refine((ids) => ids.length > 0, fault)

/** `true` or `false` in a query, in any case. */
export const truth = z
  .string()
  .refine((text) => /^(true|false)$/i.test(text), 'Expected boolean, received string')
  .transform((text) => text.toLowerCase() === 'true')
  .meta({ override: { type: 'boolean' } })

export const FieldsQuery = z.object({
  fields: commaList.meta({
    description:
      'Fields to answer, separated by commas; unknown names are ignored. Absent: all but the extra ones',
    examples: ['roomId,roomName'],
  }),
  extraFields: commaList.meta({
    description:
      'Large fields to answer besides, separated by commas; `_extraFields` in the answer names them',
    examples: ['config'],
  }),
})

/** How a text filter compares. */
export const matchMode = z.enum(['exact', 'prefix', 'partial', 'regex']).default('exact')

export const pagination = z
  .object({
    isTruncated: z.boolean().meta({ description: 'Whether there is more' }),
    nextPageToken: z
      .string()
      .optional()
      .meta({
        description: 'Send it back to get the next page; absent on the last one',
        examples: ['eyJhdCI6MX0'],
      }),
    maxItems: z.number().meta({ description: 'How many a page holds', examples: [10] }),
  })
  .meta({ id: 'Pagination', description: 'Where this page stands in the list' })

export const PageQuery = {
  maxItems: z
    .string()
    .superRefine((text, check) => {
      const value = Number(text)
      if (Number.isNaN(value)) check.addIssue({ code: 'custom', message: 'Expected number, received nan' })
      else if (value < 1) check.addIssue({ code: 'custom', message: 'maxItems must be a positive number' })
    })
    .transform((text) => Math.min(100, Math.floor(Number(text))))
    .default(10)
    .meta({
      description: 'How many to answer; more than 100 counts as 100',
      examples: [20],
      override: { type: 'number', minimum: 1 },
    }),
  nextPageToken: z
    .string()
    .max(500)
    .optional()
    .meta({ description: '`pagination.nextPageToken` of the page before', examples: ['eyJhdCI6MX0'] }),
  sortOrder: z.enum(['asc', 'desc']).default('desc').meta({ description: 'Ascending or descending' }),
}

/** What every list of fields to add looks like in an answer. */
export const extraFieldNames = z
  .array(z.string())
  .meta({ description: 'What could be asked for with `extraFields`', examples: [['config', 'roles']] })
