import { createInstance } from 'i18next'
import { renderToString } from 'react-dom/server'
import { WordsContext, wordsOf } from '../../locales/use-translation.ts'
import { LocalMedia } from '../local-media.ts'
import { Lobby } from '../Lobby.tsx'
import { PreferenceStore } from '../preferences.ts'

/** The lobby's markup before anything is known, with `{{key}}` where words go. The build runs it. */
export const renderTemplate = async (): Promise<string> => {
  const i18n = createInstance()
  await i18n.init({
    lng: 'en',
    ns: ['call'],
    defaultNS: 'call',
    resources: { en: { call: {} } },
    parseMissingKeyHandler: (key) => `{{${key}}}`,
    initAsync: false,
  })
  const preferences = new PreferenceStore(() => {
    throw new Error('There is no storage in a build')
  })
  const media = new LocalMedia({ preferences, mediaDevices: undefined, permission: async () => 'prompt' })
  return renderToString(
    <WordsContext value={wordsOf(i18n)}>
      <Lobby
        media={media}
        preferences={preferences}
        languages={null}
        room={null}
        schedule={null}
        step="idle"
        problem={null}
        isNameMissing={false}
        suggestedName=""
        isNameOptional={false}
        onJoin={() => {}}
        onCancel={() => {}}
      />
    </WordsContext>,
  )
}
