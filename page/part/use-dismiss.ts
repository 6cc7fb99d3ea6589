// Closes an open menu when Escape is pressed in it, or something outside is clicked. Used by every menu.
import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'

/** Watches while the component is there. */
export function useDismiss(details: RefObject<HTMLDetailsElement | null>): void {
  useEffect(() => {
    const outside = (event: Event): void => {
      const menu = details.current
      if (menu?.open && !menu.contains(event.target as Node)) menu.open = false
    }
    const leave = (event: KeyboardEvent): void => {
      const menu = details.current
      if (event.key !== 'Escape' || !menu?.open) return
      event.stopPropagation()
      menu.open = false
      menu.querySelector('summary')?.focus()
    }
    document.addEventListener('pointerdown', outside)
    document.addEventListener('keydown', leave, true)
    return () => {
      document.removeEventListener('pointerdown', outside)
      document.removeEventListener('keydown', leave, true)
    }
  }, [details])
}
