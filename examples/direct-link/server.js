// Rooms and their links: the page sends people to the meeting, and they come back when they leave.
import { roomRoutes, serve } from '../app.js'

await serve(import.meta.dirname, roomRoutes)
