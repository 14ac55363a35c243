import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { embeddingPage } from './docs.ts'

writeFileSync(path.join(import.meta.dirname, '../../docs/embedding.md'), embeddingPage())
