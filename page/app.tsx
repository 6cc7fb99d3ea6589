// The shell: login where it is needed, then the bar, the view, and the open alert beside it.
// Owns what all views share: keys, rounds of asking anew, the title. Used by main.tsx.
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { type SessionAnswer, sessionAnswer } from '../src/serve/api/answers.ts'
import { addressOf, ask, loginWanted } from './ask/ask.ts'
import { useAnswer } from './ask/use-answer.ts'
import { Announcer } from './part/announcer.tsx'
import { FilterChips } from './part/filter-chips.tsx'
import { HelpDialog } from './part/help-dialog.tsx'
import { onKey } from './part/keys.ts'
import { SEARCH_BOX } from './part/search-box.tsx'
import { Refusal, Waiting } from './part/state.tsx'
import { TopBar } from './part/top-bar.tsx'
import { NAVIGATION } from './place/navigation.ts'
import { closed, type Place } from './place/place.ts'
import { go, usePlace } from './place/use-place.ts'
import { LiveTail } from './view/live-tail.tsx'
import { Login } from './view/login.tsx'
import { closeAlert, OpenAlert } from './view/open-alert.tsx'
import { Overview } from './view/overview.tsx'
import { SearchResults } from './view/search-results.tsx'
import { Timeline } from './view/timeline.tsx'

/** Milliseconds after which the overview asks again. */
const AGAIN = 30_000

/** Everything. */
export function App(): JSX.Element {
  const [logins, setLogins] = useState(0)
  const { data, refused } = useAnswer(`session ${logins}`, signal =>
    ask(sessionAnswer, addressOf('session'), signal),
  )
  useEffect(() => {
    const again = (): void => setLogins(count => count + 1)
    loginWanted.addEventListener('wanted', again)
    return () => loginWanted.removeEventListener('wanted', again)
  }, [])
  if (refused !== undefined) return <Refusal refused={refused} />
  if (data === undefined) return <Waiting />
  if (!data.open) return <Login done={() => setLogins(count => count + 1)} />
  return <Shell session={data} loggedOut={() => setLogins(count => count + 1)} />
}

interface ShellParts {
  readonly session: SessionAnswer
  readonly loggedOut: () => void
}

function Shell({ session, loggedOut }: ShellParts): JSX.Element {
  const place = usePlace()
  const help = useRef<HTMLDialogElement>(null)
  const [round, askAgain] = useRounds()
  useKeys(place, help)
  useEffect(() => {
    const name = NAVIGATION.find(({ view }) => view === place.view)?.name ?? 'Timeline'
    document.title = `${place.query === '' ? name : `${place.query} · ${name}`} · ${session.title ?? 'Lanner'}`
  }, [place, session])
  return (
    <div class="shell" data-open={place.alert !== undefined}>
      <button type="button" class="skip" onClick={skipToMain}>
        Skip to the alerts
      </button>
      <TopBar {...{ place, session, askAgain, loggedOut }} showHelp={() => help.current?.showModal()} />
      <main id="main" tabIndex={-1}>
        <FilterChips place={place} />
        <CurrentView place={place} session={session} round={round} />
      </main>
      {place.alert !== undefined && <OpenAlert id={place.alert} place={place} />}
      <HelpDialog dialog={help} />
      <Announcer />
    </div>
  )
}

interface ViewParts {
  readonly place: Place
  readonly session: SessionAnswer
  readonly round: number
}

function CurrentView({ place, session, round }: ViewParts): JSX.Element {
  switch (place.view) {
    case 'overview':
      return <Overview place={place} round={round} />
    case 'alerts':
      return <SearchResults place={place} session={session} round={round} />
    case 'live':
      return <LiveTail place={place} />
    case 'timeline':
      return <Timeline place={place} session={session} round={round} />
  }
}

/** Rounds of asking: by hand, and the overview by itself while someone can see it. */
function useRounds(): [number, () => void] {
  const [round, setRound] = useState(0)
  const next = (): void => setRound(count => count + 1)
  useEffect(() => {
    const timer = setInterval(() => {
      const looking = document.visibilityState === 'visible' && location.hash.startsWith('#/overview')
      if (looking || location.hash === '') next()
    }, AGAIN)
    return () => clearInterval(timer)
  }, [])
  return [round, next]
}

function useKeys(place: Place, help: { readonly current: HTMLDialogElement | null }): void {
  const latest = useRef(place)
  latest.current = place
  useLayoutEffect(() => {
    const ends = [
      onKey('/', () => document.getElementById(SEARCH_BOX)?.focus()),
      onKey('?', () => help.current?.showModal()),
      onKey('Escape', () => {
        if (help.current?.open) help.current.close()
        else if (latest.current.alert !== undefined) closeAlert(latest.current)
      }),
      ...NAVIGATION.map(({ view, key }) => onKey(key, () => go({ ...closed(latest.current), view }))),
    ]
    return () => {
      for (const end of ends) end()
    }
  }, [help])
}

/** A button, as the address's fragment names a place of ours. */
function skipToMain(): void {
  document.getElementById('main')?.focus()
}
