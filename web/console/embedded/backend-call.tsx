import { useText } from '../../locales/console.ts'
import { Card } from '../../ui/card.tsx'
import { CodeTabs } from './code-tabs.tsx'
import {
  createRoomCommand,
  createRoomGo,
  createRoomJava,
  createRoomNode,
  createRoomPhp,
  createRoomPython,
} from './snippets.ts'

const PLACEHOLDER = 'YOUR_API_KEY'
const LANGUAGES = {
  curl: createRoomCommand,
  node: createRoomNode,
  python: createRoomPython,
  go: createRoomGo,
  php: createRoomPhp,
  java: createRoomJava,
} as const

/** The one call that a server makes before it embeds: a room, of which it passes the links on. */
export function BackendCall() {
  const { t } = useText()
  const { origin } = window.location
  return (
    <Card title={t('embedded.callTitle')} description={t('embedded.callPurpose')}>
      <CodeTabs
        label={t('embedded.callTabs')}
        codes={(Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[]).map((id) => ({
          id,
          name: t(`embedded.${id}`),
          code: LANGUAGES[id](origin, PLACEHOLDER),
        }))}
      />
    </Card>
  )
}
