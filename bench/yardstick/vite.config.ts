import path from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Built as Parley's pages are, so that only what is in them differs. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: path.join(import.meta.dirname, '../../dist/yardstick'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
  },
})
