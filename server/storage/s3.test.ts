import { appendFile, mkdtemp, open, readdir, readFile, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type S3Server, startS3 } from '../../test/support/s3.ts'
import { loadConfig } from '../config.ts'
import { openStorage } from './open.ts'
import type { Storage } from './storage.ts'

let dir: string
let s3: S3Server
let storage: Storage
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'parley-s3-'))
  s3 = await startS3(path.join(dir, 'bucket'))
  storage = await openStorage(loadConfig({ DATA_DIR: path.join(dir, 'data'), ...s3.env }))
})
afterAll(async () => {
  await s3.stop()
  await rm(dir, { recursive: true, force: true })
})

const numbered = (bytes: number) => Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i * 31) % 251))

it('what is put comes back whole and in ranges, small or in parts', async () => {
  for (const size of [0, 10, 20_000_000]) {
    const bytes = numbered(size)
    expect(await storage.put('folder/file', Readable.from([bytes.subarray(0, 5), bytes.subarray(5)]))).toBe(
      size,
    )
    expect(await storage.size('folder/file')).toBe(size)
    expect((await buffer(await storage.get('folder/file'))).equals(bytes)).toBe(true)
  }
  const part = await buffer(await storage.get('folder/file', { start: 8_000_000, end: 8_999_999 }))
  expect(part.equals(numbered(20_000_000).subarray(8_000_000, 9_000_000))).toBe(true)
  const keys = []
  for await (const { key } of storage.list('folder')) keys.push(key)
  expect(keys).toEqual(['folder/file'])
  await storage.delete('folder/file')
  await storage.delete('folder/file')
  await expect(storage.get('folder/file')).rejects.toMatchObject({ code: 'file_not_found', status: 404 })
  await expect(storage.size('folder/file')).rejects.toMatchObject({ code: 'file_not_found' })
})

it('a stream that fails leaves what was there', async () => {
  await storage.put('kept', Readable.from(['whole']))
  const failing = async function* () {
    yield numbered(9_000_000)
    throw new Error('the sender went away')
  }
  await expect(storage.put('kept', Readable.from(failing()))).rejects.toThrow('the sender went away')
  expect(await text(await storage.get('kept'))).toBe('whole')
})

it('a growing file is uploaded as it goes, with what is changed at its beginning in the end', async () => {
  const growing = await storage.grow('recordings/one.mp4')
  const bytes = numbered(30_000_000)
  await appendFile(growing.path, bytes.subarray(0, 26_000_000))
  await new Promise((resolve) => setTimeout(resolve, 3000))
  await appendFile(growing.path, bytes.subarray(26_000_000))
  const handle = await open(growing.path, 'r+')
  await handle.write(Buffer.from('changed'), 0, 7, 100)
  await handle.close()
  bytes.write('changed', 100)
  expect(await growing.finish()).toBe(bytes.length)
  expect((await buffer(await storage.get('recordings/one.mp4'))).equals(bytes)).toBe(true)
  await expect(stat(growing.path)).rejects.toThrow('ENOENT')
})

it('one whose process was killed is gone on with from the disk', async () => {
  const first = await storage.grow('recordings/two.mp4')
  await appendFile(first.path, numbered(1000))
  const again = await storage.grow('recordings/two.mp4')
  expect(await again.finish()).toBe(1000)
  expect((await buffer(await storage.get('recordings/two.mp4'))).equals(numbered(1000))).toBe(true)
})

it('one whose machine is gone is gone on with from what had been stored', async () => {
  const PART = 8 * 1024 * 1024
  const folder = path.join(dir, 'bucket/media/.uploads/recordings')
  const noted = () => readdir(folder).then((names) => names.filter((name) => name.includes('.json')).length)
  const first = await storage.grow('recordings/three.mp4')
  // Little, and so no whole part, is stored after a while.
  await appendFile(first.path, numbered(5000))
  await vi.waitFor(async () => expect(await noted()).toBeGreaterThan(0), { timeout: 25_000, interval: 200 })
  const elsewhere = async (name: string) =>
    openStorage(loadConfig({ DATA_DIR: path.join(dir, name), ...s3.env }))
  const little = await (await elsewhere('second')).grow('recordings/three.mp4')
  expect((await readFile(little.path)).equals(numbered(5000))).toBe(true)
  await little.drop()

  const other = await storage.grow('recordings/six.mp4')
  await appendFile(other.path, numbered(2 * PART + 1000))
  await vi.waitFor(async () => expect(await noted()).toBeGreaterThan(0), { timeout: 25_000, interval: 200 })
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const again = await (await elsewhere('third')).grow('recordings/six.mp4')
  const known = await readFile(again.path)
  expect(known.length).toBeGreaterThanOrEqual(PART)
  expect(known.equals(numbered(2 * PART + 1000).subarray(0, known.length))).toBe(true)
  await appendFile(again.path, 'and more')
  expect(await again.finish(known.length)).toBe(known.length + 8)
  expect(await text(await storage.get('recordings/six.mp4', { start: known.length }))).toBe('and more')
  const keys = []
  for await (const { key } of storage.list()) keys.push(key)
  expect(keys.filter((key) => key.startsWith('.'))).toEqual([])
  await Promise.all([first.drop(), other.drop()])
}, 90_000)

it('a file that got shorter in the end is stored without what had been uploaded of its end', async () => {
  const growing = await storage.grow('recordings/four.mp4')
  await appendFile(growing.path, numbered(20_000_000))
  await new Promise((resolve) => setTimeout(resolve, 3000))
  await truncate(growing.path, 7_000_000)
  expect(await growing.finish(7_000_000)).toBe(7_000_000)
  expect((await buffer(await storage.get('recordings/four.mp4'))).equals(numbered(7_000_000))).toBe(true)
})

it('one that is dropped leaves nothing', async () => {
  const growing = await storage.grow('recordings/five.mp4')
  await appendFile(growing.path, numbered(9_000_000))
  await new Promise((resolve) => setTimeout(resolve, 3000))
  await growing.drop()
  await expect(stat(growing.path)).rejects.toThrow('ENOENT')
  await expect(storage.size('recordings/five.mp4')).rejects.toMatchObject({ code: 'file_not_found' })
  expect(await readdir(path.join(dir, 'bucket/media/.uploads/recordings')).catch(() => [])).toEqual([])
})

it('a bucket that is not there is named at the start', async () => {
  const env = { DATA_DIR: path.join(dir, 'other'), ...s3.env, S3_BUCKET: 'nothing' }
  await expect(openStorage(loadConfig(env))).rejects.toThrow('S3_BUCKET: nothing')
  expect(() => loadConfig({ S3_BUCKET: 'media' })).toThrow('S3_ACCESS_KEY_ID')
})
