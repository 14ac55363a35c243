import { z } from 'zod'
import { fulfils, sessionCaller } from '../http/caller.ts'
import { endpoint } from '../http/endpoint.ts'
import { runningMeetings } from '../meetings/lists.ts'
import { countRecordings } from '../recordings/store.ts'
import { isVisible } from '../rooms/visibility.ts'

export const getOverview = endpoint({
  method: 'get',
  path: '/internal-api/v1/overview',
  summary: 'What is live now, and how much there is',
  needs: { session: 'member' },
  answer: {
    status: 200,
    body: z.object({
      rooms: z.object({ total: z.number(), active: z.number() }),
      keys: z.object({ active: z.number() }),
      recordings: z.object({ total: z.number() }),
      meetings: z.array(
        z.object({
          roomId: z.string(),
          roomName: z.string(),
          startedAt: z.number(),
          participants: z.number(),
        }),
      ),
    }),
  },
  act: async (ctx, { caller }) => {
    const who = sessionCaller(caller)
    const { orgId, environment } = who
    const isAdmin = fulfils(who, 'admin')
    const running = await runningMeetings(ctx.database.db, orgId, environment)
    const seen = await Promise.all(running.map(({ roomId }) => isVisible(ctx.database.db, who, roomId)))
    return {
      rooms: await ctx.rooms.count(who),
      keys: { active: isAdmin ? await ctx.keys.countActive(orgId, environment) : 0 },
      recordings: { total: isAdmin ? await countRecordings(ctx.database.db, orgId, environment) : 0 },
      meetings: running.filter((_, i) => seen[i]),
    }
  },
})
