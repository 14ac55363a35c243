// The least that Express 5 can do for the same answers: a route that sends JSON, one that also reads it.
import express from 'express'

const { list, room } = JSON.parse(process.argv[2] ?? '{}')
const app = express()
app.get('/api/v1/rooms', (_req, res) => {
  res.json(list)
})
app.get('/api/v1/rooms/:roomId', (_req, res) => {
  res.json(room)
})
app.post('/api/v1/rooms', express.json(), (_req, res) => {
  res.status(201).json(room)
})
const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`bare http://localhost:${server.address().port}\n`)
})
