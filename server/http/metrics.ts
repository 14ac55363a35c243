import { timingSafeEqual } from 'node:crypto'
import type { RequestHandler } from 'express'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Context } from '../context.ts'
import { Unauthorized } from '../errors.ts'
import { isLocalRequest } from './local-request.ts'

/**
 * Prometheus metrics (https://prometheus.io/docs/instrumenting/exposition_formats/). With METRICS_TOKEN as bearer;
 * without one only to a person on this machine.
 */
export function metrics(ctx: Context): RequestHandler {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const { db } = ctx.database
  const gauge = (
    name: string,
    help: string,
    labels: string[],
    collect: (gauge: Gauge) => Promise<void> | void,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: labels,
      registers: [registry],
      async collect() {
        this.reset()
        await collect(this)
      },
    })
  gauge('parley_rooms', 'Rooms by status', ['status'], async (rooms) => {
    const rows = await db
      .selectFrom('room')
      .select((eb) => ['status', eb.fn.countAll<number>().as('total')])
      .groupBy('status')
      .execute()
    for (const { status, total } of rows) rooms.set({ status }, total)
  })
  gauge('parley_participants', 'People in meetings now', [], async (participants) => {
    const { total } = await db
      .selectFrom('participant')
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .where('connectedSid', 'is not', null)
      .executeTakeFirstOrThrow()
    participants.set(total)
  })
  gauge('parley_livekit_up', '1 while LiveKit can be used', [], (up) =>
    up.set(ctx.livekitPlace.fault() === null ? 1 : 0),
  )
  gauge(
    'parley_job_last_run_timestamp_seconds',
    'When a job last ran on any instance',
    ['job'],
    async (jobs) => {
      for (const { name, lastRunAt } of await db.selectFrom('lease').select(['name', 'lastRunAt']).execute())
        jobs.set({ job: name }, lastRunAt / 1000)
    },
  )
  gauge('parley_job_failures', 'Failed runs of a job on this instance since its start', ['job'], (jobs) => {
    for (const { name, failures } of ctx.jobs.reports) jobs.set({ job: name }, failures)
  })
  gauge('parley_console_streams', 'Console pages that follow events on this instance', [], (streams) =>
    streams.set(ctx.feed.listening),
  )

  return async (req, res) => {
    const { metricsToken } = ctx.config
    const sent = req.get('authorization')?.match(/^Bearer (.+)$/i)?.[1] ?? ''
    const isAllowed = metricsToken === null ? isLocalRequest(ctx.config, req) : isSame(sent, metricsToken)
    if (!isAllowed) throw new Unauthorized('auth_missing', 'Send METRICS_TOKEN as bearer')
    res.type(registry.contentType).send(await registry.metrics())
  }
}

const isSame = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
