import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startParley, type TestParley } from '../support/parley.ts'

let parley: TestParley
beforeAll(async () => {
  parley = await startParley()
})
afterAll(() => parley.stop())

/** fetch undoes compression and hides its bytes. */
const get = (path: string, headers: Record<string, string> = {}) =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    request(parley.url + path, { headers }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('end', () =>
        resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) }),
      )
    })
      .on('error', reject)
      .end()
  })

const SCRIPTS = ['parley.js', 'parley.esm.js', 'parley-react.js', 'openvidu-meet.js', 'openvidu-meet.esm.js']

describe.each(['', '/meet'])('scripts below %s/v1', (base) => {
  it.each(SCRIPTS)('%s is for any origin, and asked for anew each time', async (name) => {
    const { status, headers, body } = await get(`${base}/v1/${name}`)
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'no-cache',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      etag: `"${createHash('sha256').update(body).digest('hex')}"`,
    })
    const again = await get(`${base}/v1/${name}`, { 'If-None-Match': String(headers.etag) })
    expect(again).toMatchObject({ status: 304, body: Buffer.alloc(0) })
    expect(again.headers.etag).toBe(headers.etag)
    const other = await get(`${base}/v1/${name}`, { 'If-None-Match': `"${'0'.repeat(64)}"` })
    expect(other.status).toBe(200)
  })
})

describe('the loader', () => {
  it.each(['parley.js', 'openvidu-meet.js'])('%s is at most 3 kB', async (name) => {
    const { body } = await get(`/v1/${name}`)
    expect(gzipSync(body, { level: 9 }).length).toBeLessThanOrEqual(3000)
    expect(body.toString()).toContain(name.replace('.js', name.startsWith('parley') ? '-meet' : ''))
  })

  it('comes compressed, with an ETag of those bytes', async () => {
    const plain = await get('/v1/parley.js')
    const packed = await get('/v1/parley.js', { 'Accept-Encoding': 'gzip' })
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
    expect(gunzipSync(packed.body)).toEqual(plain.body)
    expect(packed.headers.etag).toBe(`"${createHash('sha256').update(packed.body).digest('hex')}"`)
    const headers = { 'Accept-Encoding': 'gzip', 'If-None-Match': String(packed.headers.etag) }
    expect((await get('/v1/parley.js', headers)).status).toBe(304)
  })

  it('stands alone: nothing else below /v1 is served', async () => {
    for (const path of ['/v1/', '/v1/element.ts', '/v1/../index.html', '/v1/parley.js.gz'])
      expect((await get(path)).status, path).toBe(404)
  })
})

describe('who may frame', () => {
  const ancestors = async (path: string) => {
    const { headers } = await get(path, { Accept: 'text/html' })
    return /frame-ancestors ([^;]*)/.exec(String(headers['content-security-policy']))?.[1]
  }
  const allow = (origins: string[]) =>
    parley.ctx.database.db
      .updateTable('organization')
      .set({ allowedOrigins: JSON.stringify(origins) })
      .execute()

  it('a meeting and a recording: anybody, unless the organization names origins', async () => {
    const { body: room } = await parley.call('POST /api/v1/rooms', { body: { roomName: 'Framed' } })
    const { code } = await parley.ctx.database.db
      .selectFrom('room')
      .select('code')
      .where('roomId', '=', room.roomId)
      .executeTakeFirstOrThrow()
    const pages = [
      `/room/${room.roomId}`,
      `/meet/room/${room.roomId}`,
      `/room/${room.roomId}/recordings`,
      `/meeting/${code}`,
    ]
    for (const page of pages) expect(await ancestors(page), page).toBe('*')
    await allow(['https://app.example.com', 'https://*.example.org:8443', 'http://localhost:3000'])
    for (const page of pages)
      expect(await ancestors(page), page).toBe(
        "'self' https://app.example.com https://*.example.org:8443 http://localhost:3000",
      )
    const { body } = await get(`/room/${room.roomId}`, { Accept: 'text/html' })
    expect(body.toString()).toContain(
      '<meta name="parley-allowed-origins" content="https://app.example.com https://*.example.org:8443 http://localhost:3000" />',
    )
    // What is stored by other means than our routes does not get into a header or a page either.
    await allow(['https://a.example; script-src *', '"><script>', "'none'", 'https:', 'javascript:x'])
    for (const page of pages) expect(await ancestors(page), page).toBe("'self'")
    await allow([])
    expect(await ancestors(`/room/${room.roomId}`)).toBe("'self'")
    await allow(['*'])
  })

  it('a page of nothing anybody, and the console nobody', async () => {
    expect(await ancestors('/room/none-0123456789abcde')).toBe('*')
    for (const page of ['/', '/overview', '/rooms/x', '/embedded', '/settings/account'])
      expect(await ancestors(page), page).toBe("'none'")
  })
})

describe('the page of a meeting', () => {
  const page = (encoding?: string) =>
    get('/room/none-0123456789abcde', {
      Accept: 'text/html',
      ...(encoding !== undefined && { 'Accept-Encoding': encoding }),
    })

  it('comes as brotli, gzip or plain, as the browser can', async () => {
    const plain = await page()
    expect(plain.headers['content-encoding']).toBeUndefined()
    const brotli = await page('gzip, deflate, br, zstd')
    expect(brotli.headers).toMatchObject({ 'content-encoding': 'br', vary: 'Accept-Encoding' })
    expect(brotliDecompressSync(brotli.body)).toEqual(plain.body)
    expect(brotli.body.length).toBeLessThan(10_000)
    const gzip = await page('gzip')
    expect(gzip.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(gzip.body)).toEqual(plain.body)
    const again = await get('/room/none-0123456789abcde', {
      Accept: 'text/html',
      'Accept-Encoding': 'br',
      'If-None-Match': String(brotli.headers.etag),
    })
    expect(again.status).toBe(304)
  })

  it('has the lobby in it: the policy lets just this script and these styles run', async () => {
    const { body, headers } = await page()
    const policy = String(headers['content-security-policy'])
    const directive = (name: string) => new RegExp(`${name} ([^;]*)`).exec(policy)?.[1]?.split(' ') ?? []
    for (const [element, name] of [
      ['script', 'script-src'],
      ['style', 'style-src'],
    ] as const) {
      const inline = [...body.toString().matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'gs'))]
      expect(inline.length, element).toBeGreaterThan(0)
      const hashes = inline.map(
        ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
      )
      expect(directive(name)).toEqual(expect.arrayContaining(hashes))
      expect(directive(name)).not.toContain("'unsafe-inline'")
    }
    const { headers: ofConsole } = await get('/overview', { Accept: 'text/html' })
    expect(String(ofConsole['content-security-policy'])).not.toContain('sha256-')
  })
})
