export type TextPart = { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string }

// http and https only: no other scheme becomes clickable, javascript: least of all.
const LINK = /\bhttps?:\/\/[^\s<>"'`]+/gi
const TRAILING = /[.,;:!?…]+$/

/** Splits chat text into plain parts and web links. Text stays text: nothing is ever made into HTML. */
export const linkify = (text: string): TextPart[] => {
  const parts: TextPart[] = []
  let from = 0
  for (const match of text.matchAll(LINK)) {
    const link = trimLink(match[0])
    if (!URL.canParse(link)) continue
    if (match.index > from) parts.push({ kind: 'text', text: text.slice(from, match.index) })
    parts.push({ kind: 'link', text: link, href: link })
    from = match.index + link.length
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) })
  return parts
}

/** Leaves the sentence its full stop, and a bracket that was opened before the link. */
const trimLink = (found: string): string => {
  let link = found.replace(TRAILING, '')
  for (const [open, close] of ['()', '[]', '{}'] as const) {
    while (link.endsWith(close ?? '') && count(link, close) > count(link, open)) {
      link = link.slice(0, -1).replace(TRAILING, '')
    }
  }
  return link
}

const count = (text: string, letter: string | undefined): number => text.split(letter ?? '').length - 1
