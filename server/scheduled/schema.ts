import { z } from 'zod'
import { instantOf, timeZoneOf } from './recurrence.ts'

const MAX_ATTENDEES = 300
const Email = z.email().max(254)

/** Several addresses in one text, too, as people paste them. */
const Attendees = z
  .union([z.string().max(20_000), z.array(z.string().max(254)).max(MAX_ATTENDEES)])
  .transform((value) => [
    ...new Set(
      (Array.isArray(value) ? value : value.split(/[,;\s]+/))
        .map((email) => email.trim().toLowerCase())
        .filter((email) => email !== ''),
    ),
  ])
  .refine((list) => list.length <= MAX_ATTENDEES, `At most ${MAX_ATTENDEES} attendees`)
  .superRefine((list, check) => {
    const wrong = list.find((email) => !Email.safeParse(email).success)
    if (wrong !== undefined)
      check.addIssue({ code: 'custom', message: `'${wrong.slice(0, 100)}' is not an e-mail address` })
  })
  .meta({
    description: 'E-mail addresses: a list, or one text with commas between them',
    examples: [['ana@example.com', 'ben@example.com']],
  })

const Title = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .meta({ description: "What it is about; the room's name is its first 50 characters", examples: ['Weekly'] })
const Start = z
  .string()
  .max(60)
  .refine((text) => instantOf(text, 'UTC') !== null, 'Use ISO 8601 with a time, such as 2026-03-20T09:00:00Z')
  .nullable()
  .meta({
    description:
      'ISO 8601; without an offset it is the time of day in `timeZone`. null: no fixed time, people come when they like',
    examples: ['2026-03-20T09:00:00+01:00'],
    format: 'iso-8601',
  })
const DurationMinutes = z
  .number()
  .int()
  .min(1)
  .max(1440)
  .meta({ description: 'From its start to its end', examples: [30] })
const TimeZone = z
  .string()
  .max(60)
  .refine((text) => timeZoneOf(text) !== null, 'Use an IANA time zone, such as Europe/Berlin')
  .meta({
    description: 'IANA name. A recurring meeting keeps its time of day there when the clocks change',
    examples: ['Europe/Berlin'],
  })
const Recurrence = z
  .string()
  .max(300)
  .nullable()
  .meta({
    description:
      'RRULE of RFC 5545 with FREQ from DAILY to YEARLY; the start has to be one of its days. null: it takes place once',
    examples: ['FREQ=WEEKLY;BYDAY=FR;COUNT=10'],
  })

export const ScheduleMeeting = z.object({
  title: Title,
  start: Start.default(null),
  attendees: Attendees.default([]),
  durationMinutes: DurationMinutes.default(60),
  timeZone: TimeZone.default('UTC'),
  recurrence: Recurrence.default(null),
})
export type ScheduleMeeting = z.output<typeof ScheduleMeeting>

export const ChangeMeeting = z.object({
  title: Title.optional(),
  start: Start.optional(),
  attendees: Attendees.optional(),
  durationMinutes: DurationMinutes.optional(),
  timeZone: TimeZone.optional(),
  recurrence: Recurrence.optional(),
})
export type ChangeMeeting = z.output<typeof ChangeMeeting>

/** What clients of the Lyra API read. */
export const ScheduledAnswer = z
  .object({
    type: z.string().meta({ description: '`MEETING_TYPE` of the server', examples: ['parley_video'] }),
    id: z.string().meta({ description: 'The meeting', examples: ['meeting_5d2k8v1q0a7s3e9w4x6z'] }),
    password: z.string().meta({ description: 'Always empty: the link is enough', examples: [''] }),
    url: z.string().meta({
      description: 'Where people join',
      examples: ['https://meet.example.com/meeting/abc-def-ghj'],
    }),
  })
  .meta({ id: 'ScheduledMeetingLink' })

const iso = (description: string) => z.string().meta({ description, examples: ['2026-03-20T08:00:00.000Z'] })

export const ScheduledMeetingView = z
  .object({
    id: z.string().meta({ description: 'The meeting', examples: ['meeting_5d2k8v1q0a7s3e9w4x6z'] }),
    title: z.string().meta({ description: 'What it is about', examples: ['Weekly'] }),
    start: iso('First start, ISO 8601').nullable(),
    durationMinutes: z.number().meta({ description: 'From its start to its end', examples: [30] }),
    timeZone: z.string().meta({ description: 'IANA name', examples: ['Europe/Berlin'] }),
    recurrence: z
      .string()
      .nullable()
      .meta({ description: 'RRULE of RFC 5545', examples: ['FREQ=WEEKLY;BYDAY=FR;COUNT=10'] }),
    nextStart: iso('Of what runs or comes next; null when all is over, or without a start').nullable(),
    attendees: z
      .array(
        z.object({
          email: z.string().meta({ description: 'Where the invitation goes', examples: ['ana@example.com'] }),
          status: z.enum(['pending', 'invited', 'failed']).meta({
            description:
              '`invited` once the mail server took the invitation, `pending` while nothing was sent, `failed` where it refused',
          }),
        }),
      )
      .meta({ description: 'Who is invited' }),
    organizer: z.string().meta({ description: 'Name of who made it', examples: ['Ana'] }),
    code: z.string().meta({ description: 'For joining by hand', examples: ['abc-def-ghj'] }),
    url: z.string().meta({
      description: 'Where people join',
      examples: ['https://meet.example.com/meeting/abc-def-ghj'],
    }),
    roomId: z.string().meta({ description: 'Its room', examples: ['weekly-3f9k2m7q1x8v5c0'] }),
    status: z.enum(['scheduled', 'active', 'ended']).meta({
      description: '`active` while people are in it; `ended` when the last one is over',
    }),
    createdAt: iso('ISO 8601'),
  })
  .meta({ id: 'ScheduledMeeting', description: 'A room with a time' })
export type ScheduledMeetingView = z.infer<typeof ScheduledMeetingView>

/** The form in which clients of the Mira API read answers. */
export const envelope = <T extends z.ZodType>(data: T) =>
  z.object({ data, error: z.null().meta({ description: 'Always null beside data' }) })

export const ScheduledList = z.object({
  data: z.array(ScheduledMeetingView).meta({ description: 'This page' }),
  error: z.null().meta({ description: 'Always null beside data' }),
  meta: z
    .object({
      page: z.number().meta({ description: 'This page, from 1', examples: [1] }),
      limit: z.number().meta({ description: 'How many on a page', examples: [20] }),
      total: z.number().meta({ description: 'How many on all pages', examples: [42] }),
    })
    .meta({ description: 'Where this page stands' }),
})

const Time = z
  .string()
  .max(60)
  .refine((text) => timeOf(text) !== null, 'Use ISO 8601, such as 2026-03-20 or 2026-03-20T09:00:00Z')
  .meta({ format: 'iso-8601' })

/** ms UTC of a day or a time. */
export const timeOf = (text: string): number | null =>
  instantOf(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text, 'UTC')

export const ListScheduled = z.object({
  page: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(1)
    .meta({ description: 'From 1', examples: [1] }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(20)
    .meta({ description: 'How many on a page', examples: [20] }),
  status: z
    .enum(['scheduled', 'active', 'ended'])
    .optional()
    .meta({ description: 'Only those; what is to come is sorted by its next start' }),
  from: Time.optional().meta({
    description: 'Only what takes place after this, ISO 8601',
    examples: ['2026-03-01'],
  }),
  to: Time.optional().meta({
    description: 'Only what begins before this, ISO 8601',
    examples: ['2026-04-01'],
  }),
})
export type ListScheduled = z.output<typeof ListScheduled>

export const MeetingId = z.object({
  id: z
    .string()
    .max(100)
    .meta({ description: 'The meeting', examples: ['meeting_5d2k8v1q0a7s3e9w4x6z'] }),
})

export const OccurrencesQuery = z.object({
  from: Time,
  to: Time,
  /** `mine`: what the user made or is invited to. */
  whose: z.enum(['mine', 'all']).default('mine'),
})
export const Occurrences = z.object({
  occurrences: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      start: z.string(),
      end: z.string(),
      url: z.string(),
      isRecurring: z.boolean(),
      isNow: z.boolean(),
    }),
  ),
})

/** What the lobby tells of when people meet. */
export const LobbySchedule = z.object({
  /** ms UTC by the server's clock: the reader's own may be wrong. */
  now: z.number(),
  meeting: z
    .object({
      title: z.string(),
      start: z.string().nullable(),
      end: z.string().nullable(),
      isOver: z.boolean(),
    })
    .nullable(),
})

export const ReportQuery = z.object({
  occurrence: Time.optional().meta({
    description: 'A start of a recurring meeting, ISO 8601; default: the one that was held last',
    examples: ['2026-03-20T08:00:00Z'],
  }),
})

export const ReportView = z
  .object({
    meeting: ScheduledMeetingView,
    occurrence: iso('The start that this report is about; null without a fixed time').nullable(),
    startedAt: iso('When the first person came; null: nobody did').nullable(),
    endedAt: iso('When the last person left; null: nobody came, or it runs').nullable(),
    participants: z
      .array(
        z.object({
          name: z.string().meta({ description: 'As in the meeting', examples: ['Ana'] }),
          identity: z.string().meta({ description: 'Of the participant', examples: ['ana-3f9k2m7q1x8v5c0'] }),
          joins: z
            .array(z.object({ from: iso('Came'), to: iso('Left; null: is in it').nullable() }))
            .meta({ description: 'Each time in the meeting' }),
          minutes: z.number().meta({ description: 'In the meeting, all joins together', examples: [28.5] }),
          talkSeconds: z
            .number()
            .nullable()
            .meta({
              description:
                'How long LiveKit heard them, as their page tells it, and at most as long as they were there; null: not measured',
              examples: [312],
            }),
        }),
      )
      .meta({ description: 'In the order in which they came' }),
    messages: z
      .number()
      .nullable()
      .meta({ description: 'Chat messages that are kept; null: the room keeps none', examples: [14] }),
    recordings: z
      .array(
        z.object({
          recordingId: z.string().meta({ description: 'The recording', examples: ['weekly-3f9k--EG_1--x7'] }),
          status: z.string().meta({ description: 'Of the recording', examples: ['complete'] }),
          startedAt: iso('ISO 8601'),
          durationSeconds: z
            .number()
            .nullable()
            .meta({ description: 'Its length', examples: [1710] }),
          sizeBytes: z
            .number()
            .nullable()
            .meta({ description: 'Of the file', examples: [48210944] }),
        }),
      )
      .meta({ description: 'Made during the meeting' }),
    occurrences: z
      .array(iso('A start that was held'))
      .meta({ description: 'For which of the starts there is a report, last first; at most 100' }),
  })
  .meta({ id: 'MeetingReport', description: 'Who was there, when and how long' })
export type ReportView = z.infer<typeof ReportView>

export const FeedView = z.object({ url: z.string() })
