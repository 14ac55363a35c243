import { describe, expect, it, vi } from 'vitest'
import { ApiError } from '../../api-error.ts'
import { Draft, formatSize, MAX_FILE_BYTES } from './draft.ts'

const stage = () => {
  const faults: string[] = []
  const uploads: { name: string; signal: AbortSignal; done: () => void; fail: (error: unknown) => void }[] =
    []
  const preview = { make: vi.fn(() => 'blob:1'), drop: vi.fn() }
  const draft = new Draft({
    upload: (file, { onProgress, signal }) =>
      new Promise((resolve, reject) => {
        onProgress(0.5)
        uploads.push({
          name: file.name,
          signal,
          done: () => resolve({ id: `file_${file.name}`, name: file.name, type: '', sizeBytes: file.size }),
          fail: reject,
        })
      }),
    onFault: (fault, name) => faults.push(`${fault} ${name}`),
    preview,
  })
  const files = () => draft.store.getState().files
  return { draft, faults, uploads, preview, files }
}
const file = (name: string, type = 'text/plain', size = 3) =>
  Object.defineProperty(new File(['abc'], name, { type }), 'size', { value: size })
const settle = () => new Promise((resolve) => setTimeout(resolve))

describe('files of a message', () => {
  it('are sent at once and ready when the server has them', async () => {
    const { draft, uploads, files, preview } = stage()
    draft.add([file('a.txt'), file('b.png', 'image/png')])
    expect(files()).toMatchObject([
      { name: 'a.txt', state: 'sending', progress: 0.5, preview: null },
      { name: 'b.png', state: 'sending', preview: 'blob:1' },
    ])
    uploads[1]?.done()
    await settle()
    expect(files()[1]).toMatchObject({ state: 'ready', attachment: { id: 'file_b.png' } })
    draft.clear()
    expect(files()).toEqual([])
    expect(preview.drop).toHaveBeenCalledWith('blob:1')
    expect(uploads[0]?.signal.aborted).toBe(true)
  })

  it('too large, empty or too many are refused before anything is sent', () => {
    const { draft, uploads, faults } = stage()
    draft.add([file('big', '', MAX_FILE_BYTES + 1), file('empty', '', 0)])
    draft.add(Array.from({ length: 12 }, (_, i) => file(`f${i}`)))
    expect(faults).toEqual(['too-large big', 'empty empty', 'too-many f10'])
    expect(uploads).toHaveLength(10)
  })

  it('that fail say why, can be tried again, and say nothing when taken away', async () => {
    const { draft, uploads, faults, files } = stage()
    draft.add([file('a'), file('b')])
    uploads[0]?.fail(new ApiError(503, '', 'storage_full', ''))
    await settle()
    expect(faults).toEqual(['full-disk a'])
    expect(files()[0]?.state).toBe('failed')
    draft.retry(files()[0]?.key ?? 0)
    uploads[2]?.done()
    await settle()
    expect(files()[0]?.state).toBe('ready')
    draft.remove(files()[1]?.key ?? 0)
    uploads[1]?.fail(new ApiError(0, '', '', ''))
    await settle()
    expect(faults).toHaveLength(1)
  })
})

it('sizes are told in short', () => {
  expect([12, 2048, 1_500_000].map(formatSize)).toEqual([
    { value: 12, unit: 'B' },
    { value: 2, unit: 'kB' },
    { value: 1.4, unit: 'MB' },
  ])
})
