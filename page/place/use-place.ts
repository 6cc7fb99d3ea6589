// The current place, read from the address and written to it. The only file that touches history.
// Used by the shell, which hands it to the views.
import { useEffect, useState } from 'preact/hooks'
import { fragmentOf, type Place, placeOf } from './place.ts'

/** The place the address names, followed as it changes. */
export function usePlace(): Place {
  const [place, setPlace] = useState(() => placeOf(location.hash))
  useEffect(() => {
    const follow = (): void => setPlace(placeOf(location.hash))
    addEventListener('hashchange', follow)
    addEventListener('popstate', follow)
    return () => {
      removeEventListener('hashchange', follow)
      removeEventListener('popstate', follow)
    }
  }, [])
  return place
}

/** Goes to a place; `replace` leaves no step to come back to. */
export function go(place: Place, { replace = false }: { readonly replace?: boolean } = {}): void {
  const fragment = fragmentOf(place)
  if (fragment === location.hash) return
  if (replace) history.replaceState(null, '', fragment)
  else history.pushState(null, '', fragment)
  dispatchEvent(new PopStateEvent('popstate'))
}
