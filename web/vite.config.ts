import path from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Two pages: the console (`index.html`) and the call (`call.html`), which carries nothing of the console. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: path.join(import.meta.dirname, '../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        console: path.join(import.meta.dirname, 'index.html'),
        call: path.join(import.meta.dirname, 'call.html'),
      },
    },
  },
})
