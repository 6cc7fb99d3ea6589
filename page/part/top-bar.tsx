// The bar above every view: brand, navigation, search, and the tools beside it.
// Keeps no state of its own. Used by the shell.
import type { JSX } from 'preact'
import type { SessionAnswer } from '../../src/serve/api/answers.ts'
import { askText } from '../ask/ask.ts'
import { NAVIGATION } from '../place/navigation.ts'
import { closed, fragmentOf, type Place } from '../place/place.ts'
import { Icon } from './icon.tsx'
import { SearchBox } from './search-box.tsx'
import { SpanPicker } from './span-picker.tsx'
import { ThemeButton } from './theme-button.tsx'

/** What the bar shows, and what its buttons do. */
export interface TopBarParts {
  readonly place: Place
  readonly session: SessionAnswer
  readonly askAgain: () => void
  readonly showHelp: () => void
  readonly loggedOut: () => void
}

/** See the file. */
export function TopBar(parts: TopBarParts): JSX.Element {
  const { place, session } = parts
  const title = session.title ?? 'Lanner'
  return (
    <header class="top">
      <a class="brand" href="#/overview" aria-label={`${title}, overview`}>
        <span class="mark">
          <Icon name="falcon" />
        </span>
        <span class="brand-name">{title}</span>
      </a>
      <Navigation place={place} />
      <SearchBox place={place} />
      <Tools {...parts} />
    </header>
  )
}

function Navigation({ place }: { readonly place: Place }): JSX.Element {
  return (
    <nav aria-label="Views">
      {NAVIGATION.map(({ view, name }) => (
        <a
          key={view}
          href={fragmentOf({ ...closed(place), view })}
          aria-current={place.view === view ? 'page' : undefined}
        >
          {name}
        </a>
      ))}
    </nav>
  )
}

function Tools({ place, session, askAgain, showHelp, loggedOut }: TopBarParts): JSX.Element {
  const isLive = place.view === 'live'
  return (
    <div class="tools">
      {!isLive && <SpanPicker place={place} />}
      {!isLive && (
        <button type="button" class="icon-button" aria-label="Ask again" title="Ask again" onClick={askAgain}>
          <Icon name="refresh" />
        </button>
      )}
      <ThemeButton />
      <button type="button" class="icon-button" aria-label="Help" title="Help (?)" onClick={showHelp}>
        <Icon name="help" />
      </button>
      {session.by === 'token' && <LogoutButton done={loggedOut} />}
    </div>
  )
}

function LogoutButton({ done }: { readonly done: () => void }): JSX.Element {
  const logOut = (): void => {
    askText('/api/v2/session', { method: 'DELETE' }).then(done, done)
  }
  return (
    <button type="button" class="button quiet" onClick={logOut}>
      Log out
    </button>
  )
}
