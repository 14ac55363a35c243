// Renders the guides below docs/ into pages, after Vite has built their frame. Plain JavaScript, like server/build.js.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Marked } from 'marked'

const escape = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** `Rate limits` -> `rate-limits`: where a heading can be linked to. */
const anchorOf = (text) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .trim()
    .replace(/\s+/g, '-')

const LANGUAGES = { bash: 'Shell', js: 'Node.js', python: 'Python', json: 'JSON', html: 'HTML' }

const markdown = new Marked({
  renderer: {
    heading({ tokens, depth, text }) {
      const inner = this.parser.parseInline(tokens)
      if (depth === 1) return `<h1>${inner}</h1>\n`
      const anchor = anchorOf(text)
      return `<h${depth} id="${anchor}"><a href="#${anchor}">${inner}</a></h${depth}>\n`
    },
    // The first word of the fence is the language; what follows is for the tests.
    code({ text, lang }) {
      const language = LANGUAGES[lang?.split(' ')[0] ?? ''] ?? 'Text'
      return `<pre tabindex="0" data-language="${language}"><code>${escape(text)}\n</code></pre>\n`
    },
    link({ href, tokens }) {
      const inner = this.parser.parseInline(tokens)
      return `<a href="${escape(href.replace(/^(?:\.\.?\/)*(?:guides\/)?([\w-]+)\.md(?=#|$)/, '$1'))}">${inner}</a>`
    },
  },
})

/** Writes dist/web/docs/guides/*.html: one page for each entry of docs/guides/guides.json, and a list of them. */
export async function buildGuides({ root, webDir }) {
  const folder = path.join(root, 'docs/guides')
  const guides = JSON.parse(await readFile(path.join(folder, 'guides.json'), 'utf8'))
  const frameFile = path.join(webDir, 'docs/guide.html')
  const frame = await readFile(frameFile, 'utf8')
  const write = (name, title, html) => {
    const list = guides
      .map((guide) => {
        const current = guide.name === name ? ' aria-current="page"' : ''
        return `<a href="${guide.name}"${current}>${escape(guide.title)}</a>`
      })
      .join('\n')
    const page = frame
      .replace('<!--title-->', () => escape(title))
      .replace('<!--list-->', () => list)
      .replace('<!--guide-->', () => html)
      .replace('<!--contents-->', () => contentsOf(html))
    return writeFile(path.join(webDir, 'docs/guides', `${name}.html`), page)
  }

  await mkdir(path.join(webDir, 'docs/guides'), { recursive: true })
  for (const [i, { name, title, file }] of guides.entries()) {
    const source = file === undefined ? path.join(folder, `${name}.md`) : path.join(root, 'docs', file)
    const tables = markdown
      .parse(await readFile(source, 'utf8'))
      .replaceAll('<table>', '<div class="wide" tabindex="0"><table>')
      .replaceAll('</table>', '</table></div>')
    await write(name, title, tables + turn(guides[i - 1], guides[i + 1]))
  }
  const cards = guides.map(
    ({ name, title, about }) =>
      `<li><a href="${name}"><strong>${escape(title)}</strong>${escape(about)}</a></li>`,
  )
  await write('index', 'Guides', `<h1>Guides</h1>\n<ul class="cards">${cards.join('\n')}</ul>`)
  await rm(frameFile)
}

/** Links to the sections of a page that has some. */
function contentsOf(html) {
  const sections = [...html.matchAll(/<h2 id="([^"]+)"><a [^>]*>(.*?)<\/a><\/h2>/g)]
  if (sections.length < 2) return ''
  const links = sections.map(([, anchor, title]) => `<a href="#${anchor}">${title}</a>`)
  return `<nav class="contents" aria-label="On this page"><p>On this page</p>${links.join('\n')}</nav>`
}

const turn = (before, after) =>
  `<nav class="turn" aria-label="Next and previous guide">${
    before === undefined
      ? '<span></span>'
      : `<a href="${before.name}" rel="prev">← ${escape(before.title)}</a>`
  }${after === undefined ? '<span></span>' : `<a href="${after.name}" rel="next">${escape(after.title)} →</a>`}</nav>`
