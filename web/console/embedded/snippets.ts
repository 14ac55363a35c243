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

export const createRoomGo = (origin: string, key: string): string =>
  `package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"strings"
)

func main() {
	body := strings.NewReader(\`{"roomName":"Daily"}\`)
	request, err := http.NewRequest("POST", "${origin}/api/v1/rooms", body)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("X-API-KEY", "${key}")
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	var room struct{ ModeratorUrl, SpeakerUrl string }
	if err := json.NewDecoder(answer.Body).Decode(&room); err != nil {
		log.Fatal(err)
	}
	fmt.Println(room.ModeratorUrl, room.SpeakerUrl)
}`

export const createRoomPhp = (origin: string, key: string): string =>
  `<?php
$context = stream_context_create(['http' => [
    'method' => 'POST',
    'header' => ['X-API-KEY: ${key}', 'Content-Type: application/json'],
    'content' => json_encode(['roomName' => 'Daily']),
]]);
$room = json_decode(file_get_contents('${origin}/api/v1/rooms', false, $context));
echo $room->moderatorUrl, ' ', $room->speakerUrl, PHP_EOL;`

export const createRoomJava = (origin: string, key: string): string =>
  `import java.net.URI;
import java.net.http.*;

public class CreateRoom {
  public static void main(String[] args) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create("${origin}/api/v1/rooms"))
        .header("X-API-KEY", "${key}")
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString("{\\"roomName\\":\\"Daily\\"}"))
        .build();
    HttpResponse<String> answer = HttpClient.newHttpClient()
        .send(request, HttpResponse.BodyHandlers.ofString());
    System.out.println(answer.body());
  }
}`

/** What the builder was told. Empty texts are left out of the code. */
export interface EmbedChoice {
  /** Origin of this server. */
  server: string
  roomUrl: string
  roomName: string
  participantName: string
  leaveRedirectUrl: string
  accent: string
  heightPx: number
  showOnlyRecordings: boolean
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Attributes of the element, in the order in which they are read best. */
export const attributesOf = (choice: EmbedChoice): [string, string][] => {
  const all: [string, string][] = [
    ['room-url', choice.roomUrl],
    ['participant-name', choice.participantName],
    ['leave-redirect-url', choice.leaveRedirectUrl],
    ['show-only-recordings', choice.showOnlyRecordings ? 'true' : ''],
    ['accent', choice.accent],
  ]
  return all.filter(([, value]) => value !== '')
}

export const elementHtml = (choice: EmbedChoice): string =>
  `<script src="${escapeHtml(choice.server)}/v1/parley.js"></script>
<parley-meet
${attributesOf(choice)
  .map(([name, value]) => `  ${name}="${escapeHtml(value)}"\n`)
  .join('')}  style="height: ${choice.heightPx}px"
></parley-meet>`

/** As a JSX attribute; quotes and entities mean something in its strings. */
const jsx = (value: string): string =>
  /["&\\{}<>]/.test(value) ? `{${JSON.stringify(value)}}` : `"${value}"`
const camel = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())

export const elementReact = (choice: EmbedChoice): string =>
  `// npm install ${choice.server}/v1/parley-meet.tgz
import { ParleyMeet } from 'parley-meet/react'

export function Meeting() {
  return (
    <ParleyMeet
${attributesOf(choice)
  .map(([name, value]) =>
    name === 'show-only-recordings' ? `      ${camel(name)}\n` : `      ${camel(name)}=${jsx(value)}\n`,
  )
  .join('')}      style={{ height: ${choice.heightPx} }}
      onMeetingLeft={({ reason }) => console.log('left', reason)}
    />
  )
}`

export const elementVue = (choice: EmbedChoice): string =>
  `<script setup>
// npm install ${choice.server}/v1/parley-meet.tgz
// vite.config.js: vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === 'parley-meet' } } })
import 'parley-meet'
</script>

<template>
  <parley-meet
${attributesOf(choice)
  .map(([name, value]) => `    ${name}="${escapeHtml(value)}"\n`)
  .join('')}    style="height: ${choice.heightPx}px"
    @meetingLeft="({ detail }) => console.log('left', detail.reason)"
  />
</template>`

/** The room link with what a plain frame takes as query parameters. */
export const frameUrl = (choice: EmbedChoice): string => {
  const url = new URL(choice.roomUrl)
  for (const [name, value] of attributesOf(choice)) if (name !== 'room-url') url.searchParams.set(name, value)
  return url.href
}

export const linkHtml = (url: string, name: string): string =>
  `<a href="${escapeHtml(url)}">Join ${escapeHtml(name)}</a>`

export const frameHtml = (choice: EmbedChoice): string =>
  `<iframe
  src="${escapeHtml(frameUrl(choice))}"
  title="${escapeHtml(choice.roomName)}"
  allow="camera; microphone; display-capture; fullscreen; autoplay; clipboard-write"
  style="width: 100%; height: ${choice.heightPx}px; border: 0; border-radius: 12px"
></iframe>`
