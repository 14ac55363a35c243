import { z } from 'zod'
import { Encoding, EncodingView, LAYOUTS } from '../rooms/config-schema.ts'
import { commaParts, FieldsQuery, matchMode, PageQuery, pagination, truth } from '../http/lists.ts'
import { STATUSES } from './store.ts'

/** Shapes of recordings on the wire (contract/openvidu-meet.md 1.3, 2.5 and 4; contract/parley.md 7). */

const EXAMPLE_ID = 'daily-k3j9x0q2ab7c1de--EG_x9d7b5k3j6h4--k3j9x0q2ab'
const RECORDING_ID = /^[A-Za-z0-9_-]+--EG_[A-Za-z0-9_-]+--[A-Za-z0-9_-]+$/
/** As the reference tells it: what we make, of what is taken. */
const ID_FORM = '[A-Za-z0-9_]+(-[A-Za-z0-9_]+)*--EG_[A-Za-z0-9_]+--[A-Za-z0-9_]+'
/** Three parts joined by `--`: the room, `EG_` and more, and a unique rest. */
export const RecordingIdText = z
  .string()
  .refine((text) => {
    const parts = text.split('--')
    const isFormed = parts.length === 3 && parts.every((part) => part !== '') && parts[1] !== 'EG_'
    return text.length <= 300 && isFormed && RECORDING_ID.test(text)
  }, 'recordingId does not follow the expected format')
  .meta({
    description: 'Id of the recording',
    examples: [EXAMPLE_ID],
    maxLength: 300,
    pattern: `^${ID_FORM}$`,
  })

export const RecordingParams = z.object({ recordingId: RecordingIdText })

const layout = z.enum(LAYOUTS).meta({
  description: 'How participants are arranged: all alike, who speaks large, or only who speaks',
})

export const StartRecording = z
  .object({
    roomId: z
      .string()
      .superRefine((id, check) => {
        const fault = (message: string) => check.addIssue({ code: 'custom', message })
        if (id === '') fault('roomId is required and cannot be empty')
        if (id.length > 100) fault('roomId cannot exceed 100 characters')
        else if (!/[A-Za-z0-9_-]/.test(id)) fault('roomId cannot be empty after sanitization')
      })
      .transform((id) => id.replace(/[^A-Za-z0-9_-]/g, ''))
      .meta({
        description: 'Id of the room; a meeting has to be on',
        examples: ['daily-k3j9x0q2ab7c1de'],
        minLength: 1,
        maxLength: 100,
        pattern: '[A-Za-z0-9_-]',
      }),
    config: z
      .object({ layout: layout.optional(), encoding: Encoding.optional() })
      .optional()
      .meta({ description: "Instead of the room's own" }),
  })
  .meta({ id: 'StartRecording', description: 'What to record, and how' })

export const ListRecordings = FieldsQuery.extend({
  roomId: z
    .string()
    .refine((id) => id.length <= 100, 'roomId cannot exceed 100 characters')
    .optional()
    .meta({
      maxLength: 100,
      description: 'Only recordings of this room; a name of rooms is taken too where no id is equal',
      examples: ['daily-k3j9x0q2ab7c1de'],
    }),
  roomName: z
    .string()
    .optional()
    .meta({ description: 'Only recordings of rooms of this name; empty: all', examples: ['Daily'] }),
  roomNameMatchMode: matchMode.meta({
    description: 'How `roomName` compares; `regex` is an RE2 pattern of at most 256 characters',
  }),
  roomNameCaseInsensitive: truth
    .default(false)
    .meta({ description: 'Whether capitals make no difference to `roomName`' }),
  status: z.enum(STATUSES).optional().meta({ description: 'Only recordings in this state' }),
  ...PageQuery,
  sortField: z
    .enum(['startDate', 'roomName', 'duration', 'size'])
    .default('startDate')
    .meta({ description: 'What the list is sorted by' }),
})

/** Comma list of ids; each faulty one is told by its place. */
export const RecordingIdsQuery = z.object({
  recordingIds: z
    .string()
    .default('')
    .transform((text) => commaParts(text))
    .refine((ids) => ids.length > 0, 'At least one recordingId is required')
    .pipe(z.array(RecordingIdText))
    .meta({
      description: 'Ids of the recordings, separated by commas',
      examples: [EXAMPLE_ID],
      override: { minLength: 1, pattern: `^${ID_FORM}(,${ID_FORM})*$` },
      param: { required: true },
    }),
})

/** Who reads by a link: `recordingSecret`, or `secret` as release 3.4 called it. */
const secrets = {
  recordingSecret: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'Secret of a link to this recording', examples: ['0f3a9c27be'] }),
  secret: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'The same, as OpenVidu Meet 3.4 called it', examples: ['0f3a9c27be'] }),
}
export const SecretQuery = FieldsQuery.extend(secrets)
export const MediaQuery = z.object(secrets)

const RANGE = /^bytes=(\d{1,15})-(\d{1,15})?$/
/** `bytes=start-end` or `bytes=start-`; anything else is a fault (contract 4.4). */
export const RangeHeaders = z.object({
  range: z
    .string()
    .refine((text) => RANGE.test(text), 'Invalid range header format. Expected: bytes=start-end')
    .transform((text) => {
      const [, start, end] = RANGE.exec(text) ?? []
      return { start: Number(start), end: end === undefined ? null : Number(end) }
    })
    .optional(),
})

export const UrlQuery = z.object({
  privateAccess: z
    .string()
    .optional()
    .transform((text) => text?.toLowerCase() === 'true')
    .meta({ description: '`true`: only for who is signed in', examples: ['true'] }),
  expiresInSeconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(10 * 365 * 86_400)
    .optional()
    .meta({ description: 'Seconds after which the link answers 410; without it: never', examples: [86_400] }),
})

export const RecordingView = z
  .object({
    recordingId: z.string().meta({ description: 'Id of the recording', examples: [EXAMPLE_ID] }),
    roomId: z.string().meta({ description: 'Id of the room', examples: ['daily-k3j9x0q2ab7c1de'] }),
    roomName: z.string().meta({ description: 'Name of the room then', examples: ['Daily'] }),
    status: z.enum(STATUSES).meta({ description: 'How it stands; the last four are final' }),
    layout,
    encoding: EncodingView,
    filename: z
      .string()
      .meta({ description: 'Name of the file', examples: ['daily-k3j9x0q2ab7c1de--k3j9x0q2ab.mp4'] }),
    startDate: z
      .number()
      .meta({ description: 'When it began, ms since the epoch', examples: [1755689000000] }),
    endDate: z
      .number()
      .optional()
      .meta({ description: 'When it ended, ms since the epoch', examples: [1755689061000] }),
    duration: z
      .number()
      .optional()
      .meta({ description: 'Seconds', examples: [60.8] }),
    size: z
      .number()
      .optional()
      .meta({ description: 'Bytes', examples: [1234567] }),
    details: z
      .string()
      .optional()
      .meta({ description: 'Why it ended', examples: ['Stopped by Ana'] }),
    errorCode: z
      .number()
      .optional()
      .meta({ description: 'After a failure', examples: [500] }),
    error: z
      .string()
      .optional()
      .meta({ description: 'After a failure', examples: ['No space left'] }),
    title: z
      .string()
      .optional()
      .meta({ description: 'The name that a person gave it', examples: ['Kick-off'] }),
    startedBy: z
      .string()
      .optional()
      .meta({ description: 'Who started it', examples: ['Ana'] }),
  })
  .partial()
  .meta({ id: 'Recording', description: 'One media file and its record; `fields` chooses what is shown' })
export type RecordingView = z.input<typeof RecordingView>

export const RecordingList = z
  .object({
    recordings: z.array(RecordingView).meta({ description: 'One page of them' }),
    pagination,
  })
  .meta({ id: 'RecordingList', description: 'A page of recordings' })
export const RecordingsDeleted = z
  .object({
    message: z
      .string()
      .meta({ description: 'What came of it', examples: ['All recordings deleted successfully'] }),
    deleted: z
      .array(z.string())
      .meta({ description: 'Ids of those that are gone', examples: [[EXAMPLE_ID]] }),
    failed: z
      .array(
        z.object({
          recordingId: z.string().meta({ description: 'Id of the recording', examples: [EXAMPLE_ID] }),
          error: z.string().meta({
            description: 'Why it is still there',
            examples: [`Recording '${EXAMPLE_ID}' is not stopped yet`],
          }),
        }),
      )
      .meta({ description: 'Those that are not' }),
  })
  .meta({ id: 'RecordingsDeleted', description: 'What came of each' })
export const RecordingMessage = z.object({
  message: z
    .string()
    .meta({ description: 'What was done', examples: [`Recording '${EXAMPLE_ID}' deleted successfully`] }),
})
export const RecordingUrl = z.object({
  url: z.string().meta({
    description: 'The link',
    examples: [`https://meet.example.com/recording/${EXAMPLE_ID}?recordingSecret=0f3a9c27be`],
  }),
})

/** What the pages in a meeting show of the recording that runs. */
export const RecordingState = z.object({
  recording: z
    .object({
      recordingId: z.string(),
      status: z.enum(['starting', 'active', 'ending']),
      startedBy: z.string().nullable(),
      startedByIdentity: z.string().nullable(),
      /** How long it has been active, by the server's clock. */
      elapsedMs: z.number(),
    })
    .nullable(),
  /** Shown to everybody before they are recorded; null asks nobody. */
  consentText: z.string().nullable(),
  /** What this participant answered about this recording. */
  consent: z.enum(['agreed', 'declined']).nullable(),
  /** Why nothing can be recorded here now; null where it can. */
  unavailable: z.string().nullable(),
})
export type RecordingState = z.infer<typeof RecordingState>

export const ConsentAnswer = z.object({ answer: z.enum(['agreed', 'declined']) })
export const RenameRecording = z.object({
  title: z
    .string()
    .max(100)
    .transform((text) => text.trim().replace(/\s+/g, ' ')),
})
export const ConsentLog = z.object({
  consents: z.array(
    z.object({
      identity: z.string(),
      name: z.string(),
      answer: z.enum(['agreed', 'declined']),
      text: z.string(),
      at: z.number(),
    }),
  ),
})
