import type { Page } from '@playwright/test'
import { ADMIN, type ServerProcess } from '../support/server.ts'

type Cookies = Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>
const sessions = new Map<string, Cookies>()

/** Gives the page a session of the admin. One sign-in per server, since those are limited. */
export async function signIn(page: Page, parley: ServerProcess): Promise<void> {
  const known = sessions.get(parley.url)
  if (known !== undefined) {
    await page.context().addCookies(known)
    return
  }
  const answer = await page.request.post(`${parley.url}/internal-api/v1/session`, {
    headers: { Origin: parley.url },
    data: { login: ADMIN.username, password: ADMIN.password },
  })
  if (!answer.ok()) throw new Error(`sign-in answered ${answer.status()}: ${await answer.text()}`)
  sessions.set(parley.url, await page.context().cookies())
}

/** What the browser complains of: refused by the content security policy, or thrown and not caught. */
export function watchFaults(page: Page): string[] {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    // A refused request is also logged here; those are answers of the API and tested as such.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text())
  })
  return faults
}
