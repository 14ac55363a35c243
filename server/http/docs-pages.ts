import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { RequestHandler } from 'express'
import { refuseWrites } from './pages.ts'

const ROOT = '/api/v1/docs'

/**
 * The API reference and its guides, open to all. They lie below the API's path, so they are served before it, with a
 * page's headers (`secure`). Read once, like the other pages.
 */
export function serveDocs(webDir: string, secure: RequestHandler): RequestHandler {
  const pages = readPages(path.join(webDir, 'docs'))
  return async (req, res, next) => {
    const isFolder = req.path === ROOT || req.path === `${ROOT}/guides`
    const page = pages.get(req.path)
    if (req.method === 'OPTIONS' || (page === undefined && !isFolder)) {
      next()
      return
    }
    await secure(req, res, () => {
      refuseWrites(req)
      // Links in these pages are relative, so that they hold below /meet too.
      if (isFolder) res.redirect(301, `${req.path.slice(req.path.lastIndexOf('/') + 1)}/`)
      else res.set({ 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-cache' }).send(page)
    })
  }
}

/** By the path of the request. */
function readPages(dir: string): Map<string, Buffer> {
  const reference = path.join(dir, 'reference.html')
  const guides = path.join(dir, 'guides')
  const files = existsSync(guides) ? readdirSync(guides).filter((name) => name.endsWith('.html')) : []
  return new Map([
    ...(existsSync(reference) ? [[`${ROOT}/`, readFileSync(reference)] as const] : []),
    ...files.map(
      (name) =>
        [
          `${ROOT}/guides/${name === 'index.html' ? '' : name.slice(0, -'.html'.length)}`,
          readFileSync(path.join(guides, name)),
        ] as const,
    ),
  ])
}
