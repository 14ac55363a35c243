import { ChevronDown, Globe } from 'lucide-react'
import { useTranslation } from '../locales/use-translation.ts'
import { languageName, type Languages } from '../locales/languages.ts'
import styles from './DeviceSelect.module.css'

/** Each language under its own name: who has landed in the wrong one finds theirs. */
export function LanguageSelect({ languages }: { languages: Languages }) {
  const { t, i18n } = useTranslation()
  const label = t('lobby.language')
  return (
    <span className={styles.field}>
      <Globe aria-hidden className={styles.icon} />
      <select
        aria-label={label}
        title={label}
        className={styles.select}
        value={i18n.language}
        // A file that cannot be fetched leaves the language as it is.
        onChange={(event) => void languages.choose(event.target.value).catch(() => {})}
      >
        {languages.available.map((language) => (
          <option key={language} value={language} lang={language}>
            {languageName(language)}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden className={styles.chevron} />
    </span>
  )
}
