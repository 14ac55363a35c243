// What the three examples share: a web server without a framework, and the call to Parley's REST API.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import path from 'node:path'

const parleyUrl = process.env.PARLEY_URL ?? 'http://localhost:6080'
const apiKey = process.env.PARLEY_API_KEY
const port = Number(process.env.PORT ?? 5080)

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

/** An answer that is not 2xx; its status and message go on to the page. */
class CallFailed extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** `await parley('POST', 'rooms', { roomName: 'Daily' })` */
export async function parley(method, route, body) {
  const response = await fetch(`${parleyUrl}/api/v1/${route}`, {
    method,
    headers: { 'X-API-KEY': apiKey, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const answer = text === '' ? null : JSON.parse(text)
  if (!response.ok) throw new CallFailed(response.status, answer?.message ?? response.statusText)
  return answer
}

/** What every example offers its page. */
export const roomRoutes = {
  'GET /config': async () => ({ parleyUrl }),
  'GET /rooms': async () => (await parley('GET', 'rooms?maxItems=100')).rooms,
  'POST /rooms': ({ body }) => parley('POST', 'rooms', { roomName: JSON.parse(body).roomName }),
  'DELETE /rooms/:id': ({ id }) =>
    parley('DELETE', `rooms/${encodeURIComponent(id)}?withMeeting=force&withRecordings=force`),
}

/**
 * Serves `public/` of an example, and its routes: each gets `{ id, body, headers, res }` and gives what is answered
 * as JSON, or undefined where it has answered by itself.
 */
export async function serve(folder, routes) {
  if (!apiKey) {
    console.error('Set PARLEY_API_KEY to a key from the Embedded page of the console.')
    process.exit(1)
  }
  const server = createServer(async (req, res) => {
    try {
      const { pathname } = new URL(req.url, 'http://localhost')
      const [, first, second] = pathname.split('/')
      const route = routes[`${req.method} /${first}${second === undefined ? '' : '/:id'}`]
      if (route === undefined) return await sendFile(res, path.join(folder, 'public'), pathname)
      let body = ''
      for await (const chunk of req.setEncoding('utf8')) body += chunk
      const id = decodeURIComponent(second ?? '')
      const answer = await route({ id, body, headers: req.headers, res })
      if (answer !== undefined) sendJson(res, 200, answer)
    } catch (error) {
      sendJson(res, error.status ?? 500, { message: error.message })
    }
  })
  await new Promise((resolve) => server.listen(port, 'localhost', resolve))
  console.log(`Open http://localhost:${server.address().port}`)
  return server.address().port
}

function sendJson(res, status, value) {
  res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
}

async function sendFile(res, folder, pathname) {
  const shared = pathname === '/rooms.js' || pathname === '/style.css'
  const file = path.join(shared ? import.meta.dirname : folder, path.basename(pathname) || 'index.html')
  const bytes = await readFile(file).catch(() => null)
  if (bytes === null) return sendJson(res, 404, { message: 'There is nothing here' })
  res.writeHead(200, { 'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream' }).end(bytes)
}
