/**
 * What the egress worker (main.go) starts for each egress. As LiveKit Egress does, it opens the template page in
 * Chromium, waits for START_RECORDING on its console, and stores a file where the request says. The film is a picture
 * of the page at its end: what the page looks like over time is shown by the tests of the built-in recorder.
 */
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { chromium } from '@playwright/test'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { CHROMIUM_ARGS, chromiumPath } from '../chromium.ts'

interface Job {
  token: string
  base: string
  layout: string
  preset: string
  filepath: string
  s3?: { access_key: string; secret: string; region: string; endpoint: string; bucket: string }
}

const [, , livekitUrl] = process.argv
const say = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`)
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const job = JSON.parse(String((await lines.next()).value)) as Job
const [width, height] = job.preset.includes('1080') ? [1920, 1080] : [1280, 720]
const dir = await mkdtemp(path.join(tmpdir(), 'egress-'))

const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS })
try {
  const page = await browser.newPage({ viewport: { width, height } })
  let [start, end] = [() => {}, () => {}]
  const started = new Promise<void>((resolve) => (start = resolve))
  const over = new Promise<void>((resolve) => (end = resolve))
  page.on('console', (message) => {
    if (message.text() === 'START_RECORDING') start()
    if (message.text() === 'END_RECORDING') end()
  })
  const address = new URL(job.base)
  address.searchParams.set('layout', job.layout)
  address.searchParams.set('url', livekitUrl ?? '')
  address.searchParams.set('token', job.token)
  await page.goto(address.href)
  await started
  say({ event: 'started' })
  const from = Date.now()
  void lines.next().then(() => end())
  let picture = await page.screenshot()
  const timer = setInterval(
    () =>
      void page.screenshot().then(
        (fresh) => (picture = fresh),
        () => undefined,
      ),
    1000,
  )
  await over
  clearInterval(timer)
  say({ event: 'ending' })
  const seconds = (Date.now() - from) / 1000
  const [still, film] = [path.join(dir, 'still.png'), path.join(dir, 'film.mp4')]
  await writeFile(still, picture)
  execFileSync('ffmpeg', [
    ...`-v error -y -loop 1 -framerate 10 -i ${still} -f lavfi -i sine=frequency=500 -t ${seconds}`.split(
      ' ',
    ),
    ...`-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -movflags +faststart ${film}`.split(' '),
  ])
  const bytes = await readFile(film)
  await store(bytes)
  say({ event: 'saved', sizeBytes: bytes.length, durationMs: Math.round(seconds * 1000) })
} catch (err) {
  say({ event: 'failed', error: String(err) })
} finally {
  await browser.close()
  await rm(dir, { recursive: true, force: true })
  process.exit()
}

async function store(bytes: Buffer): Promise<void> {
  if (job.s3 === undefined) {
    await mkdir(path.dirname(job.filepath), { recursive: true })
    await writeFile(job.filepath, bytes)
    return
  }
  const { access_key, secret, region, endpoint, bucket } = job.s3
  const client = new S3Client({
    region,
    endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId: access_key, secretAccessKey: secret },
  })
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: job.filepath, Body: bytes }))
}
