// The page of `lanner serve`: puts on the theme and mounts the shell. Built into one file by scripts/page.mjs.
import { render } from 'preact'
import { App } from './app.tsx'
import { applyTheme } from './part/theme-button.tsx'

applyTheme()
const place = document.getElementById('page')
if (place !== null) render(<App />, place)
