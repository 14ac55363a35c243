// `npm start`: builds what changed since the last time, then runs the server. Plain JavaScript for that reason.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isBuilt } from './build.js'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Parley needs Node.js 20.19 or later; this is ${process.versions.node}\n`)
  process.exit(1)
}

// npm runs this below a shell and, told to stop by a signal, ends that shell alone: without it we stop as well.
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, 500)
  watch.unref()
}

const main = new URL('../dist/server/main.js', import.meta.url)
// A command (backup, restore) may run beside a server, whose files a build would take away.
const isReady = process.argv.length > 2 ? existsSync(main) : await isBuilt()
if (!isReady) {
  // In a process of its own: the server then keeps none of the build's memory.
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('build.js', import.meta.url))], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
await import(main.href)
