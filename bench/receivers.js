// Many webhook receivers in one process: each path is one. GET tells how many requests came, and when the last did.
import { createServer } from 'node:http'

let count = 0
let lastAt = 0
const server = createServer((req, res) => {
  if (req.method === 'GET') {
    res.end(JSON.stringify({ count, lastAt }))
    return
  }
  req.resume()
  req.on('end', () => {
    count += 1
    lastAt = Date.now()
    res.end()
  })
})
server.keepAliveTimeout = 30_000
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`receivers http://127.0.0.1:${server.address().port}\n`)
})
