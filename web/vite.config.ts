import path from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Rolldown } from 'vite'
import { mendedScalar } from './docs/vite-plugin.ts'
import { embedScripts } from './embed/vite-plugin.ts'
import { earlyLobby } from './lobby/early/vite-plugin.ts'

const PAGES: Record<string, string[]> = {
  call: ['call.html'],
  console: ['index.html'],
  recorder: ['recorder.html'],
  docs: ['docs/reference.html', 'docs/guide.html'],
}

/**
 * The pages are builds of their own, chosen by `mode`, so that none carries or waits for a piece of another: `call`
 * is one file up to its lobby, `console` is what all its pages share, in two files, and one file for each page,
 * `recorder` is what a recorder records, and `docs` is the API reference and the frame of the guides.
 */
export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  plugins: [
    react(),
    ...(mode === 'console' ? [embedScripts()] : []),
    ...(mode === 'call' ? [earlyLobby()] : []),
    ...(mode === 'docs' ? [mendedScalar()] : []),
  ],
  build: {
    outDir: path.join(import.meta.dirname, '../dist/web'),
    emptyOutDir: false,
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0,
    // The console's pages share most of their styles; the call's come when it does.
    cssCodeSplit: mode !== 'console',
    rolldownOptions: {
      input: PAGES[mode]?.map((page) => path.join(import.meta.dirname, page)),
      ...(mode === 'console' && { output: { codeSplitting: { groups: SHARED } } }),
    },
  },
}))

/**
 * What several pages use: ours changes with each release, packages seldom. QR codes stand on pages that many never
 * open, so they come with those.
 */
const SHARED: Rolldown.CodeSplittingGroup[] = [
  { name: 'packages', test: /node_modules\/(?!uqr\/)/, minShareCount: 2, priority: 1 },
  { name: 'shared', test: /^(?!.*(?:qr-code|node_modules))/, minShareCount: 3 },
]
