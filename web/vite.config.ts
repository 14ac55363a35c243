import path from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Rolldown } from 'vite'
import { embedScripts } from './embed/vite-plugin.ts'

/**
 * Pages that are a build of their own, chosen by `mode`, so that none carries or waits for a piece of another:
 * `recorder` (`recorder.html`) is what a recorder records, `call` (`call.html`) is one file up to its lobby, and `console` (`index.html`) is what all its pages
 * share, in two files, and one file for each page.
 */
export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  plugins: [react(), ...(mode === 'console' ? [embedScripts()] : [])],
  build: {
    outDir: path.join(import.meta.dirname, '../dist/web'),
    emptyOutDir: false,
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0,
    // The console's pages share most of their styles; the call's come when it does.
    cssCodeSplit: mode !== 'console',
    rolldownOptions: {
      input: path.join(import.meta.dirname, mode === 'console' ? 'index.html' : `${mode}.html`),
      ...(mode === 'console' && { output: { codeSplitting: { groups: SHARED } } }),
    },
  },
}))

/** What two pages or more use: ours changes with each release, packages seldom. */
const SHARED: Rolldown.CodeSplittingGroup[] = [
  { name: 'packages', test: /node_modules/, minShareCount: 2, priority: 1 },
  { name: 'shared', minShareCount: 2 },
]
