import { serveStaticPage } from './static-page.ts'

export interface JoinPage {
  /** Opens the room of a Parley access link in this page. */
  urlOf: (roomUrl: string) => string
  stop: () => void
}

/** Serves the page in `bench/<name>`. Its tokens come from the Parley at `parleyUrl`, its media from the same LiveKit. */
export async function serveJoinPage(name: 'yardstick' | 'least', parleyUrl: string): Promise<JoinPage> {
  const page = await serveStaticPage(name, (req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '/', 'http://localhost')
    if (pathname !== '/token') return false
    void token(parleyUrl, searchParams).then((answer) => res.end(JSON.stringify(answer)))
    return true
  })
  return {
    urlOf: (roomUrl) => {
      const { pathname, searchParams } = new URL(roomUrl)
      const query = new URLSearchParams({
        room: pathname.split('/').at(-1) ?? '',
        secret: searchParams.get('secret') ?? '',
      })
      return `${page.url}?${query}`
    },
    stop: page.stop,
  }
}

async function token(parleyUrl: string, params: URLSearchParams) {
  const response = await fetch(`${parleyUrl}/internal-api/v1/rooms/${params.get('room')}/members/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      secret: params.get('secret'),
      joinMeeting: true,
      participantName: params.get('name'),
    }),
  })
  const { token } = (await response.json()) as { token: string }
  return { serverUrl: `${parleyUrl.replace(/^http/, 'ws')}/livekit`, token }
}
