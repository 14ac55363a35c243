import path from 'node:path'
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: path.join(import.meta.dirname, '../../dist/least'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
  },
})
