// Light, dark, or as the system has it; remembered by this browser.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Icon } from './icon.tsx'

const THEMES = ['system', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]
const KEY = 'lanner-theme'

/** Told when colours changed, for what is painted rather than styled. */
export const themeChanged = new EventTarget()

function remembered(): Theme {
  const stored = localStorage.getItem(KEY)
  return THEMES.find(theme => theme === stored) ?? 'system'
}

/** Puts on what is remembered; called once before anything is shown. */
export function applyTheme(theme: Theme = remembered()): void {
  document.documentElement.dataset.theme = theme
  themeChanged.dispatchEvent(new Event('changed'))
}

/** Goes round the three. */
export function ThemeButton(): JSX.Element {
  const [theme, setTheme] = useState(remembered)
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)')
    const tell = (): boolean => themeChanged.dispatchEvent(new Event('changed'))
    system.addEventListener('change', tell)
    return () => system.removeEventListener('change', tell)
  }, [])
  const next = (): void => {
    const following = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system'
    localStorage.setItem(KEY, following)
    setTheme(following)
    applyTheme(following)
  }
  const label = `Colours: ${theme === 'system' ? 'as the system' : theme}`
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} onClick={next}>
      <Icon name="theme" />
    </button>
  )
}
