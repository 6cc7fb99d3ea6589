// Whether a media query holds, followed as it changes.
import { useEffect, useState } from 'preact/hooks'

/** Narrower than this, lists are cards and an open alert covers the page. */
export const NARROW = '(max-width: 760px)'

/** See the file. */
export function useMedia(query: string): boolean {
  const [holds, setHolds] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const media = matchMedia(query)
    const follow = (): void => setHolds(media.matches)
    media.addEventListener('change', follow)
    return () => media.removeEventListener('change', follow)
  }, [query])
  return holds
}
