import { createInstance } from 'i18next'
import { renderToString } from 'react-dom/server'
import { initReactI18next } from 'react-i18next'
import { LocalMedia } from '../local-media.ts'
import { Lobby } from '../Lobby.tsx'
import { PreferenceStore } from '../preferences.ts'

/** The lobby's markup before anything is known, with `{{key}}` where words go. The build runs it. */
export const renderTemplate = async (): Promise<string> => {
  await createInstance()
    .use(initReactI18next)
    .init({
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
    />,
  )
}
