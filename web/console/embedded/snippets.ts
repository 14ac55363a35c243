/** Code that works when it is pasted: with this server's address and, where one is given, a real key or link. */

export const createRoomCommand = (origin: string, key: string): string =>
  `curl -X POST ${origin}/api/v1/rooms \\
  -H "X-API-KEY: ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{"roomName":"Daily"}'`

/** For keys that may only read. */
export const listRoomsCommand = (origin: string, key: string): string =>
  `curl ${origin}/api/v1/rooms -H "X-API-KEY: ${key}"`

export const createRoomNode = (origin: string, key: string): string =>
  `const answer = await fetch('${origin}/api/v1/rooms', {
  method: 'POST',
  headers: { 'X-API-KEY': '${key}', 'Content-Type': 'application/json' },
  body: JSON.stringify({ roomName: 'Daily' }),
})
const room = await answer.json()
console.log(room.moderatorUrl, room.speakerUrl)`

export const createRoomPython = (origin: string, key: string): string =>
  `import json, urllib.request

request = urllib.request.Request(
    "${origin}/api/v1/rooms",
    data=json.dumps({"roomName": "Daily"}).encode(),
    headers={"X-API-KEY": "${key}", "Content-Type": "application/json"},
)
room = json.load(urllib.request.urlopen(request))
print(room["moderatorUrl"], room["speakerUrl"])`

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

export const linkHtml = (url: string, name: string): string =>
  `<a href="${escapeHtml(url)}">Join ${escapeHtml(name)}</a>`

export const frameHtml = (url: string, name: string): string =>
  `<iframe
  src="${escapeHtml(url)}"
  title="${escapeHtml(name)}"
  allow="camera; microphone; display-capture; fullscreen; autoplay; clipboard-write"
  style="width: 100%; height: 640px; border: 0; border-radius: 12px"
></iframe>`
