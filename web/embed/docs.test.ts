import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { elementDeclarations, reactDeclarations } from './declarations.ts'
import { embeddingPage } from './docs.ts'

const root = path.join(import.meta.dirname, '../..')

test('docs/embedding.md is what the contract says; npm run docs:embedding writes it', async () => {
  expect(await readFile(path.join(root, 'docs/embedding.md'), 'utf8')).toBe(embeddingPage())
})

test('the declarations compile, and a program against them is checked', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'parley-types-'))
  try {
    await writeFile(path.join(dir, 'parley.d.ts'), elementDeclarations())
    await writeFile(path.join(dir, 'parley-react.d.ts'), reactDeclarations())
    await writeFile(
      path.join(dir, 'app.tsx'),
      `import { createRef } from 'react'
      import './parley.js'
      import type { ParleyMeetElement } from './parley.js'
      import { ParleyMeet } from './parley-react.js'
      const meet = document.querySelector('parley-meet')!
      meet.cameraSet(false).participantKick('ana').leaveRoom().on('left', ({ reason }) => reason === 'meeting_ended')
      meet.once('meetingClosed', (detail) => detail === null)
      meet.addEventListener('chatMessage', ({ detail }) => detail.sentAt.toFixed())
      void meet.getParticipants().then(([one]) => one?.isSharing)
      meet.roomUrl = null
      export const app = <ParleyMeet ref={createRef<ParleyMeetElement>()} roomUrl="x" showOnlyRecordings
        onMeetingLeft={({ reason }) => reason.length} style={{ height: 1 }} />
      // @ts-expect-error there is no such command
      meet.cameraExplode()
      // @ts-expect-error it takes a boolean
      meet.cameraSet('on')
      // @ts-expect-error there is no such event
      meet.on('meetingExploded', () => undefined)
      // @ts-expect-error nor such a reason
      meet.on('meetingLeft', ({ reason }) => reason === 'bored')`,
    )
    const options = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      'false',
      '--jsx',
      'react-jsx',
      '--module',
      'esnext',
    ]
    const types = [
      '--moduleResolution',
      'bundler',
      '--target',
      'es2022',
      '--types',
      '',
      '--typeRoots',
      path.join(root, 'node_modules/@types'),
    ]
    await writeFile(
      path.join(dir, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: { paths: { '*': [`${root}/node_modules/@types/*`, `${root}/node_modules/*`] } },
        files: ['app.tsx'],
      }),
    )
    const tsc = path.join(root, 'node_modules/.bin/tsc')
    const { stdout } = await promisify(execFile)(tsc, [...options, ...types, '-p', dir]).catch(
      (error: { stdout?: string }) => ({ stdout: error.stdout ?? 'tsc did not run' }),
    )
    expect(stdout).toBe('')
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}, 60_000)
