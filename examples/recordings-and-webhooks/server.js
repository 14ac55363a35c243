// Follows what happens in Parley by webhooks, and passes it on to the open pages as it comes.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { parley, roomRoutes, serve } from '../app.js'

const MAX_AGE_MS = 120_000
const pages = new Set()
let secret = ''

const port = await serve(import.meta.dirname, {
  ...roomRoutes,

  'GET /recordings': async () => (await parley('GET', 'recordings?maxItems=100')).recordings,
  'GET /recordings/:id': ({ id }) => parley('GET', `recordings/${encodeURIComponent(id)}/url`),
  'DELETE /recordings/:id': ({ id }) => parley('DELETE', `recordings/${encodeURIComponent(id)}`),

  // Server-sent events: one line of JSON for each webhook.
  'GET /events': ({ res }) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
    res.write(': hello\n\n')
    pages.add(res)
    res.on('close', () => pages.delete(res))
  },

  'POST /webhook': ({ body, headers }) => {
    if (!isGenuine(body, headers)) throw Object.assign(new Error('Wrong signature'), { status: 401 })
    for (const page of pages) page.write(`data: ${body}\n\n`)
    return { received: true }
  },
})

/** Whether Parley sent exactly this, and not long ago. */
function isGenuine(body, headers) {
  const timestamp = headers['x-timestamp'] ?? ''
  const given = Buffer.from(headers['x-signature'] ?? '')
  const wanted = Buffer.from(createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex'))
  const isFresh = Math.abs(Date.now() - Number(timestamp)) < MAX_AGE_MS
  return isFresh && given.length === wanted.length && timingSafeEqual(given, wanted)
}

// A subscription of our own, whose secret is told once: in this answer. The one of an earlier start goes.
const url = process.env.WEBHOOK_URL ?? `http://localhost:${port}/webhook`
const { webhooks } = await parley('GET', 'webhooks')
for (const webhook of webhooks.filter((one) => one.url === url))
  await parley('DELETE', `webhooks/${webhook.id}`)
secret = (await parley('POST', 'webhooks', { url })).secret
console.log(`Webhooks arrive at ${url}`)
