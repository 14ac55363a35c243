import { consoleLanguages, useText } from '../../locales/console.ts'
import { languageName } from '../../locales/languages.ts'
import { Card } from '../../ui/card.tsx'
import { errorText } from '../../ui/errors.ts'
import { BareSelect } from '../../ui/field.tsx'
import { toast } from '../../ui/toast.tsx'

/** Each language under its own name: who has landed in the wrong one finds theirs. */
export function LanguageCard() {
  const { t } = useText()
  return (
    <Card
      title={t('settings.languageTitle')}
      description={t('settings.languagePurpose')}
      action={
        <BareSelect
          label={t('settings.languageTitle')}
          value={consoleLanguages.i18n.language}
          onChange={(event) =>
            void consoleLanguages
              .choose(event.target.value)
              .catch((error: unknown) => toast({ tone: 'danger', text: errorText(error, t) }))
          }
        >
          {consoleLanguages.available.map((language) => (
            <option key={language} value={language} lang={language}>
              {languageName(language)}
            </option>
          ))}
        </BareSelect>
      }
    />
  )
}
