import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../config.ts'
import { openStorage } from './open.ts'
import type { Storage } from './storage.ts'

let dataDir: string
let storage: Storage

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'parley-storage-'))
  storage = await openStorage(loadConfig({ DATA_DIR: dataDir }))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const incoming = () => readdir(path.join(dataDir, 'media/.incoming'))

describe('what is put', () => {
  it('comes back byte by byte, with its size', async () => {
    const bytes = Buffer.alloc(3_000_000, 'parley')
    const chunks = [bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000)]
    expect(await storage.put('recordings/one.mp4', Readable.from(chunks))).toBe(3_000_000)
    expect(await storage.size('recordings/one.mp4')).toBe(3_000_000)
    expect((await buffer(await storage.get('recordings/one.mp4'))).equals(bytes)).toBe(true)
  })

  it('is readable by nobody but this user', async () => {
    await storage.put('recordings/one.mp4', Readable.from(['a']))
    expect((await stat(path.join(dataDir, 'media/recordings/one.mp4'))).mode & 0o777).toBe(0o600)
    expect((await stat(path.join(dataDir, 'media/recordings'))).mode & 0o777).toBe(0o700)
  })

  it('may be empty', async () => {
    expect(await storage.put('empty', Readable.from([]))).toBe(0)
    expect(await text(await storage.get('empty'))).toBe('')
  })

  it('replaces what was there, and whoever reads the old bytes gets all of them', async () => {
    await storage.put('file', Readable.from(['first']))
    const old = await storage.get('file')
    await storage.put('file', Readable.from(['second']))
    expect(await text(old)).toBe('first')
    expect(await text(await storage.get('file'))).toBe('second')
  })

  it('leaves the old file alone when the stream fails half-way', async () => {
    await storage.put('file', Readable.from(['whole']))
    const failing = async function* () {
      yield 'half'
      throw new Error('the sender went away')
    }
    await expect(storage.put('file', Readable.from(failing()))).rejects.toThrow('the sender went away')
    expect(await text(await storage.get('file'))).toBe('whole')
    expect(await incoming()).toEqual([])
  })

  it('is one whole stream when two write the same key at once', async () => {
    const long = (letter: string) => Readable.from(Array.from({ length: 50 }, () => letter.repeat(10_000)))
    await Promise.all([storage.put('file', long('a')), storage.put('file', long('b'))])
    expect(await text(await storage.get('file'))).toMatch(/^(a{500000}|b{500000})$/)
  })
})

describe('a range', () => {
  const read = async (start: number, end?: number) =>
    text(await storage.get('digits', end === undefined ? { start } : { start, end }))
  beforeEach(() => storage.put('digits', Readable.from(['0123456789'])))

  it('has its first and its last byte', async () => expect(await read(2, 4)).toBe('234'))
  it('without an end goes to the last byte', async () => expect(await read(7)).toBe('789'))
  it('is cut where the file ends', async () => expect(await read(8, 100)).toBe('89'))
  it('beyond the file is empty', async () => expect(await read(10)).toBe(''))
})

describe('what is not there', () => {
  it('is not found by get and size, and deleting it is no error', async () => {
    await storage.put('folder/file', Readable.from(['a']))
    for (const key of ['nothing', 'folder', 'folder/file/below']) {
      await expect(storage.get(key)).rejects.toMatchObject({ code: 'file_not_found', status: 404 })
      await expect(storage.size(key)).rejects.toMatchObject({ code: 'file_not_found' })
    }
    await storage.delete('nothing')
    await storage.delete('folder/file')
    await expect(storage.get('folder/file')).rejects.toMatchObject({ code: 'file_not_found' })
  })
})

describe('a key', () => {
  const traversals = [
    '',
    '.',
    '..',
    '../parley.sqlite',
    'a/../../b',
    '/etc/passwd',
    'a//b',
    'a/',
    '.incoming/x',
    'a\\b',
    'a\0b',
    'ä',
    'x'.repeat(501),
  ]
  it.each(traversals)('%j leads nowhere', async (key) => {
    await writeFile(path.join(dataDir, 'parley.sqlite'), 'secret')
    await expect(storage.get(key)).rejects.toThrow('not a storage key')
    await expect(storage.put(key, Readable.from(['a']))).rejects.toThrow('not a storage key')
    await expect(storage.delete(key)).rejects.toThrow('not a storage key')
  })
})

describe('a list', () => {
  it('names every file below a folder with its size, and none that is still being written', async () => {
    await storage.put('a/one', Readable.from(['1']))
    await storage.put('a/b/two', Readable.from(['22']))
    await storage.put('c', Readable.from(['333']))
    await writeFile(path.join(dataDir, 'media/.incoming/half'), 'half')
    const all = async (folder?: string) => {
      const found = []
      for await (const { key, sizeBytes } of storage.list(folder)) found.push(`${key} ${sizeBytes}`)
      return found.sort()
    }
    expect(await all()).toEqual(['a/b/two 2', 'a/one 1', 'c 3'])
    expect(await all('a')).toEqual(['a/b/two 2', 'a/one 1'])
    expect(await all('nothing')).toEqual([])
  })
})

describe('opening', () => {
  it('clears away what a killed process was writing', async () => {
    await writeFile(path.join(dataDir, 'media/.incoming/half'), 'half')
    await openStorage(loadConfig({ DATA_DIR: dataDir }))
    expect(await incoming()).toEqual([])
  })

  it('names DATA_DIR when the place cannot be written', async () => {
    const file = path.join(dataDir, 'file')
    await writeFile(file, '')
    await expect(openStorage(loadConfig({ DATA_DIR: file }))).rejects.toThrow('DATA_DIR')
  })
})

/** A file system of 1 MB, where a user may make one without being root. */
const canMount =
  process.platform === 'linux' &&
  spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0

describe.skipIf(!canMount)('a full disk', () => {
  it('is said, and neither half a file nor the old one is lost', async () => {
    const small = path.join(dataDir, 'small')
    await mkdir(small)
    const script = `
      import { Readable } from 'node:stream'
      import { text } from 'node:stream/consumers'
      import { readdirSync } from 'node:fs'
      import { openDiskStorage } from ${JSON.stringify(path.join(import.meta.dirname, 'disk.ts'))}
      const run = async () => {
        const storage = await openDiskStorage(${JSON.stringify(small)})
        await storage.put('file', Readable.from(['old']))
        const err = await storage.put('file', Readable.from([Buffer.alloc(700_000), Buffer.alloc(700_000)])).catch((e) => e)
        const left = readdirSync(${JSON.stringify(path.join(small, 'media/.incoming'))})
        console.log(JSON.stringify({ code: err.code, status: err.status, left, text: await text(await storage.get('file')) }))
      }
      run()`
    const out = execFileSync(
      'unshare',
      [
        '-rm',
        'sh',
        '-c',
        `mount -t tmpfs -o size=1m tmpfs "${small}" && exec "$@"`,
        'sh',
        process.execPath,
        '--import',
        'tsx',
        '--input-type=module',
        '-e',
        script,
      ],
      { encoding: 'utf8', cwd: path.join(import.meta.dirname, '../..') },
    )
    expect(JSON.parse(out)).toEqual({ code: 'storage_full', status: 503, left: [], text: 'old' })
  })
})
