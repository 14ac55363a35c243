// The meeting inside the page: see public/page.js for its commands and events.
import { roomRoutes, serve } from '../app.js'

await serve(import.meta.dirname, roomRoutes)
