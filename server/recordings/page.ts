import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import express, { type RequestHandler, type Router } from 'express'
import { serveAssets } from '../http/pages.ts'

/** What the recorder's page may load: its own files, and media from whatever LiveKit it is told to use. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data: blob:",
  'media-src blob:',
  "connect-src 'self' ws: wss: http: https:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The page that is recorded, for the recorder of this machine or, on the front, for LiveKit Egress. */
export function recorderPage(webDir: string): RequestHandler {
  const file = path.join(webDir, 'recorder.html')
  const html = existsSync(file) ? readFileSync(file) : null
  return (_req, res, next) => {
    if (html === null) {
      next()
      return
    }
    res
      .set({
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': POLICY,
        'Cache-Control': 'no-cache',
        'Referrer-Policy': 'no-referrer',
      })
      .send(html)
  }
}

/** `/recorder` and its files, for the loopback side. */
export function serveRecorder(webDir: string): Router {
  const router = express.Router()
  router.get('/recorder', recorderPage(webDir))
  router.use(serveAssets(webDir))
  return router
}
