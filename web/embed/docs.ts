import { attributes, commands, events, queries, shapes, unions, type Field, type Fields } from './contract.ts'
import { camel } from './declarations.ts'

/*
 * docs/embedding.md, written from the contract. `npm run docs:embedding` writes the file; a test fails when it is
 * not what this says.
 */

const entries = <V>(object: Readonly<Record<string, V>>): [string, V][] => Object.entries(object)
const row = (...cells: string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
const table = (head: string[], rows: string[][]): string =>
  row(...head) + `|${head.map(() => '---').join('|')}|\n` + rows.map((cells) => row(...cells)).join('')

const typeName = (type: Field['type']): string =>
  type in unions || type in shapes ? type : type.replace(' | ', ' or ')

const fieldsOf = (fields: Fields): string =>
  entries(fields)
    .map(
      ([name, { type, about, optional }]) =>
        `\`${name}\` (${typeName(type)}${optional ? ', may be left out' : ''}): ${about}`,
    )
    .join('; ')

const detailOf = (fields: Fields | { type: Field['type'] } | null): string => {
  if (fields === null) return 'null'
  if (typeof fields['type'] === 'string') return typeName(fields['type'])
  return Object.keys(fields).length === 0 ? '`{}`' : fieldsOf(fields as Fields)
}

const NEEDS: Record<string, string> = {
  anywhere: '',
  lobby: 'lobby or last screen',
  meeting: 'in the meeting',
}
const named = (name: string, deprecated?: string): string =>
  `\`${name}\`${deprecated === undefined ? '' : `, before: \`${deprecated}\``}`

export const embeddingPage = (): string => `# Embedding

<!-- Written from web/embed/contract.ts by \`npm run docs:embedding\`. -->

A meeting inside your own page: an element, a React component, or a plain frame. Pages written for OpenVidu Meet work as they are, with \`<openvidu-meet>\` from \`/v1/openvidu-meet.js\`. The **Embedded** page of the console puts the code together and shows it live.

\`\`\`html
<script src="https://meet.example.com/v1/parley.js"></script>
<parley-meet room-url="https://meet.example.com/room/daily-abc?secret=..." style="height: 640px"></parley-meet>
\`\`\`

The room link comes from \`POST /api/v1/rooms\`, which your server calls with an API key. Whoever can read the link can enter with it: give each person the link of their role, and keep keys on the server.

## A server that hands out links

This one makes a room for each visit and answers a page with it. It needs no package.

\`\`\`js parley server
import { createServer } from 'node:http'

const { PARLEY_URL, PARLEY_KEY, PORT = '0' } = process.env

async function makeRoom(roomName) {
  const answer = await fetch(\`\${PARLEY_URL}/api/v1/rooms\`, {
    method: 'POST',
    headers: { 'X-API-KEY': PARLEY_KEY, 'Content-Type': 'application/json' },
    body: JSON.stringify({ roomName }),
  })
  if (!answer.ok) throw new Error(\`Parley answered \${answer.status}\`)
  return answer.json()
}

const server = createServer(async (_req, res) => {
  const room = await makeRoom('Consultation')
  const src = \`\${room.access.anonymous.speaker.url}&participant-name=Guest\`
  res.setHeader('Content-Type', 'text/html; charset=utf-8')
  res.end(\`<!doctype html><iframe src="\${src.replaceAll('&', '&amp;')}"
    allow="camera; microphone; display-capture; fullscreen; autoplay"></iframe>\`)
})
server.listen(Number(PORT), '127.0.0.1', () => {
  console.log(\`http://127.0.0.1:\${server.address().port}\`)
})
\`\`\`

## What is served

| file below \`/v1/\` | what it is |
|---|---|
| \`parley.js\` | the element, for a \`<script>\`; at most 3 kB |
| \`parley.esm.js\`, \`parley.d.ts\` | the same as a module, with types |
| \`parley-react.js\`, \`parley-react.d.ts\` | a React component around it |
| \`parley-meet.tgz\` | all of these as a package: \`npm install https://meet.example.com/v1/parley-meet.tgz\` |
| \`openvidu-meet.js\`, \`openvidu-meet.esm.js\` | the element under OpenVidu Meet's name |

\`npm run bench -- embed\` measures the element in a page of another origin, in a browser that has never been there: on two cores it shows its first pixels 104 ms after that page was opened, and the meeting's page answers after 359 ms (21 November 2026; at most 300 ms is allowed for the first).

## What your page needs

- It has to be served over https, or from localhost: browsers give no camera otherwise.
- With a Content-Security-Policy: \`script-src\` and \`frame-src\` for the server of the meetings. Nothing else, no inline styles.
- With a Permissions-Policy: \`camera=*\`, \`microphone=*\`, \`display-capture=*\` or the meeting's origin. Where a device is not passed on the meeting says so, and one joins without.
- Its origin among the **allowed origins** of your organization (console, Embedded; \`PATCH /api/v1/organization\` \`{"allowedOrigins": ["https://app.example.com", "https://*.example.com"]}\`). The default is \`*\`. Others are refused by \`frame-ancestors\`, and their messages are not heard.
- A frame with \`sandbox\` needs \`allow-scripts allow-same-origin allow-forms\`, and \`allow-popups\` for links in the chat.

## Attributes

Each is also a property in camelCase. Changing \`room-url\`, \`recording-url\`, \`language\`, \`show-recording\` or \`show-only-recordings\` leaves one meeting for another; the others take effect at once.

${table(
  ['attribute', 'property', 'meaning'],
  entries(attributes).map(([name, { about }]) => [`\`${name}\``, `\`${camel(name)}\``, about]),
)}
Colours are any CSS colour, as an attribute or as a CSS variable of the element. What could not be read is made darker or lighter until it can (WCAG AA), so any brand colour is safe.

\`\`\`css
parley-meet { height: 640px; --parley-accent: #7a3cff; --parley-radius: 4px }
\`\`\`

The meeting adapts to the size it is given, down to 300 by 200 pixels; the element is at least 480 pixels high unless your style sheet says otherwise (\`min-height: 0\`). Inside your page it shows no invitation link: whom you invite is up to you.

Removing the element from the page ends the meeting for this person and switches camera and microphone off. Moving it loads the frame anew and takes the person back in; with \`Element.moveBefore\` the meeting goes on as it is.

## Commands

Methods of the element; each gives the element back, so that calls can be chained. What is called before the meeting has loaded is carried out then. What cannot be done is told by \`commandFailed\`.

\`\`\`js tested-by="test/browser/embed-element.spec.ts"
const meet = document.querySelector('parley-meet')
meet.cameraSet(false).meetingJoin('Ana')
meet.once('meetingJoined', () => meet.panelOpen('chat'))
\`\`\`

${table(
  ['command', 'payload', 'needs', 'what it does'],
  entries<{ about: string; payload: Fields; deprecated?: string; needs: string }>(commands).map(
    ([name, { about, payload, deprecated, needs }]) => [
      named(name, deprecated),
      fieldsOf(payload),
      NEEDS[needs] ?? `\`${needs}\``,
      about,
    ],
  ),
)}
These give a Promise:

${table(
  ['question', 'answer', 'what it tells'],
  entries(queries).map(([name, { about, answer }]) => [`\`${name}()\``, detailOf(answer), about]),
)}
## Events

\`on(event, callback)\`, \`once(event, callback)\` and \`off(event, callback?)\` take callbacks that get the detail. Each event is also a DOM event of the element, with the detail in \`event.detail\`. Where an event has an older name it comes under both, each once, the older one last.

${table(
  ['event', 'detail', 'when'],
  entries<{ about: string; detail: Fields | null; deprecated?: string }>(events).map(
    ([name, { about, detail, deprecated }]) => [named(name, deprecated), detailOf(detail), about],
  ),
)}
### Words

${entries(unions)
  .map(([name, values]) => `- **${name}**: ${values.map((value) => `\`${value}\``).join(', ')}`)
  .join('\n')}
${entries<Fields>(shapes)
  .map(([name, fields]) => `- **${name}**: ${fieldsOf(fields)}`)
  .join('\n')}

## React

\`\`\`jsx
import { ParleyMeet } from 'parley-meet/react'

<ParleyMeet roomUrl={url} participantName="Ana" onMeetingLeft={({ reason }) => console.log(reason)} />
\`\`\`

Attributes are props in camelCase, events are \`onMeetingJoined\` and so on, and a ref gives the element with its commands. In Vue, tell the compiler that \`parley-meet\` is an element (\`isCustomElement\`), then bind attributes and listen to events as usual.

## A plain frame

\`\`\`html
<iframe src="https://meet.example.com/room/daily-abc?secret=...&participant-name=Ana&leave-redirect-url=/bye"
  allow="camera; microphone; display-capture; fullscreen; autoplay"></iframe>
\`\`\`

Attributes are query parameters of the link. An \`e2ee-key\` belongs into the fragment (\`#e2ee-key=...\`), which is sent to nobody; one in the query is moved there at once.

| direction | message |
|---|---|
| to the frame | \`{command: "participantKick", payload: {participantIdentity}}\`, by its new or its older name |
| to the frame | \`{query: "getState", id: 1}\`, answered by \`{event: "answer", id: 1, payload}\` |
| from the frame | \`{event: "meetingJoined", payload}\`, then the same under the older name |

The frame speaks to its parent only, at the origin that the browser names, and hears nobody else. Compare \`event.origin\` and \`event.source\` in your page, too.
`
