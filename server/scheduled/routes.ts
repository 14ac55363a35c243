import { z } from 'zod'
import { NotFound } from '../errors.ts'
import { consoleCaller, sessionCaller } from '../http/caller.ts'
import { endpoint, Reply, Streamed } from '../http/endpoint.ts'
import { reportCsv, reportOf } from './report.ts'
import {
  ChangeMeeting,
  envelope,
  FeedView,
  ListScheduled,
  LobbySchedule,
  MeetingId,
  Occurrences,
  OccurrencesQuery,
  ReportQuery,
  ReportView,
  ScheduledAnswer,
  ScheduledList,
  ScheduledMeetingView,
  ScheduleMeeting,
  timeOf,
} from './schema.ts'

const mayRead = { key: 'read', session: 'member' } as const
const mayWrite = { key: 'write', session: 'member' } as const
const One = envelope(ScheduledMeetingView.meta({ description: 'The meeting' }))

export const scheduleMeeting = endpoint({
  method: 'post',
  path: '/api/v1/meeting',
  summary: 'Schedule a meeting, and get the link to it',
  description:
    'Makes a room with a title and a time. Where the server sends mail, attendees get an invitation for their calendar.',
  group: 'create',
  needs: mayWrite,
  scope: 'meeting.create',
  body: ScheduleMeeting,
  example: { title: 'Weekly planning', start: '2027-01-15T10:00:00Z', attendees: ['ada@example.com'] },
  answer: { status: 200, body: ScheduledAnswer },
  act: async (ctx, { caller, body, req, baseUrl }) => {
    const row = await ctx.scheduled.schedule(consoleCaller(caller), body, req.ip ?? '')
    return {
      type: ctx.config.compatibility.meetingType,
      id: row.id,
      password: '',
      url: `${baseUrl}/meeting/${row.code}`,
    }
  },
})

export const listScheduledMeetings = endpoint({
  method: 'get',
  path: '/api/v1/meetings',
  summary: 'List scheduled meetings',
  description:
    'Newest first; with `status`, `from` or `to` in the order in which they come. A user sees what they made or are invited to, an admin and a key all.',
  group: 'read',
  needs: mayRead,
  scope: 'meeting.read',
  query: ListScheduled,
  answer: { status: 200, body: ScheduledList },
  act: async (ctx, { caller, query, baseUrl }) => {
    const { rows, total } = await ctx.scheduled.list(consoleCaller(caller), query)
    return {
      data: await ctx.scheduled.viewAll(rows, baseUrl),
      error: null,
      meta: { page: query.page, limit: query.limit, total },
    }
  },
})

export const getScheduledMeeting = endpoint({
  method: 'get',
  path: '/api/v1/meetings/:id',
  summary: 'One scheduled meeting',
  description: 'With who is invited, and where people join.',
  group: 'read',
  needs: mayRead,
  scope: 'meeting.read',
  params: MeetingId,
  errors: ['meeting_not_found'],
  answer: { status: 200, body: One },
  act: async (ctx, { caller, params, baseUrl }) => {
    const row = await ctx.scheduled.get(consoleCaller(caller), params.id)
    return { data: await ctx.scheduled.view(row, baseUrl), error: null }
  },
})

export const updateScheduledMeeting = endpoint({
  method: 'patch',
  path: '/api/v1/meetings/:id',
  summary: 'Change a scheduled meeting',
  description:
    'Who stays invited gets an update, who is new an invitation, who is left out a cancellation. The link stays the same.',
  group: 'crud',
  needs: mayWrite,
  scope: 'meeting.create',
  params: MeetingId,
  body: ChangeMeeting,
  example: { start: '2027-01-15T11:00:00Z' },
  errors: ['meeting_not_found', 'room_not_found'],
  answer: { status: 200, body: One },
  act: async (ctx, { caller, params, body, req, baseUrl }) => {
    const row = await ctx.scheduled.update(consoleCaller(caller), params.id, body, req.ip ?? '')
    return { data: await ctx.scheduled.view(row, baseUrl), error: null }
  },
})

export const cancelScheduledMeeting = endpoint({
  method: 'delete',
  path: '/api/v1/meetings/:id',
  summary: 'Call a scheduled meeting off',
  description:
    'Attendees get a cancellation. The room is deleted, once nobody is in it; one with recordings is closed instead.',
  group: 'crud',
  needs: mayWrite,
  scope: 'meeting.create',
  params: MeetingId,
  errors: ['meeting_not_found', 'room_not_found'],
  answer: { status: 204, body: z.null() },
  act: async (ctx, { caller, params, req }) => {
    await ctx.scheduled.cancel(consoleCaller(caller), params.id, req.ip ?? '')
    return new Reply(null, { status: 204 })
  },
})

export const getMeetingReport = endpoint({
  method: 'get',
  path: '/api/v1/meetings/:id/report',
  summary: 'Who was in a meeting, when and how long',
  description:
    'Of a recurring meeting: of one start. With `Accept: text/csv` one line for each time that somebody came.',
  group: 'read',
  needs: mayRead,
  scope: 'meeting.read',
  params: MeetingId,
  query: ReportQuery,
  errors: ['meeting_not_found'],
  answer: { status: 200, alsoType: 'text/csv', body: z.object({ data: ReportView }) },
  act: async (ctx, { caller, params, query, req, res, baseUrl }) => {
    const row = await ctx.scheduled.get(consoleCaller(caller), params.id)
    const occurrence = query.occurrence === undefined ? undefined : (timeOf(query.occurrence) ?? undefined)
    const report = {
      meeting: await ctx.scheduled.view(row, baseUrl),
      ...(await reportOf(ctx.database.db, ctx.clock, row, occurrence)),
    }
    if (req.accepts(['application/json', 'text/csv']) !== 'text/csv') return { data: report }
    res.type('text/csv').attachment(`report-${row.id}.csv`).send(reportCsv(report))
    return new Streamed()
  },
})

export const listOccurrences = endpoint({
  method: 'get',
  path: '/internal-api/v1/meetings/occurrences',
  summary: 'What takes place between two times, for a calendar',
  group: 'read',
  needs: { session: 'member' },
  query: OccurrencesQuery,
  answer: { status: 200, body: Occurrences },
  act: async (ctx, { caller, query, baseUrl }) => {
    const found = await ctx.scheduled.between(
      sessionCaller(caller),
      timeOf(query.from) ?? 0,
      timeOf(query.to) ?? 0,
      query.whose === 'mine',
    )
    return {
      occurrences: found.map(({ row, startAt, isNow }) => ({
        id: row.id,
        title: row.title,
        start: new Date(startAt).toISOString(),
        end: new Date(startAt + row.durationMinutes * 60_000).toISOString(),
        url: `${baseUrl}/meeting/${row.code}`,
        isRecurring: row.recurrence !== null,
        isNow,
      })),
    }
  },
})

export const getLobbySchedule = endpoint({
  method: 'get',
  path: '/internal-api/v1/rooms/:roomId/schedule',
  summary: 'When people meet in a room, for its lobby',
  group: 'read',
  needs: { roomMember: true },
  params: z.object({ roomId: z.string().max(100) }),
  answer: { status: 200, body: LobbySchedule },
  act: async (ctx, { caller, params }) => {
    const isOwn = caller.kind === 'roomMember' && caller.roomId === params.roomId
    return { meeting: isOwn ? await ctx.scheduled.lobbyOf(params.roomId) : null, now: ctx.clock.now() }
  },
})

export const getCalendarFeed = endpoint({
  method: 'get',
  path: '/internal-api/v1/calendar-feed',
  summary: "Address of the user's calendar feed",
  needs: { session: 'member' },
  answer: { status: 200, body: FeedView },
  act: async (ctx, { caller, baseUrl }) => ({
    url: `${baseUrl}/api/v1/calendar/${await ctx.calendarFeeds.nameFor(sessionCaller(caller))}`,
  }),
})

export const resetCalendarFeed = endpoint({
  method: 'post',
  path: '/internal-api/v1/calendar-feed/reset',
  summary: 'A new address for the calendar feed; the old one stops working',
  needs: { session: 'member' },
  answer: { status: 200, body: FeedView },
  act: async (ctx, { caller, baseUrl }) => ({
    url: `${baseUrl}/api/v1/calendar/${await ctx.calendarFeeds.reset(sessionCaller(caller))}`,
  }),
})

export const readCalendarFeed = endpoint({
  method: 'get',
  path: '/api/v1/calendar/:feed',
  summary: 'A calendar feed, as iCalendar',
  description:
    'For calendar programs. The address is secret: it is on the page Meetings of the console, and can be replaced there.',
  group: 'read',
  needs: { anonymous: true },
  params: z.object({
    feed: z
      .string()
      .max(100)
      .meta({
        description: 'Name of the feed, which is its secret',
        examples: ['3f9k2m7q1x8v5c0a1b2d-0123456789abcdef0123456789abcdef01234567.ics'],
      }),
  }),
  errors: ['feed_not_found'],
  answer: { status: 200, type: 'text/calendar', body: z.null() },
  act: async (ctx, { params, res }) => {
    const ics = await ctx.calendarFeeds.read(params.feed)
    if (ics === null)
      throw new NotFound('feed_not_found', 'There is no calendar here: its address was replaced')
    res.set('Cache-Control', 'private, max-age=60').type('text/calendar').send(ics)
    return new Streamed()
  },
})
