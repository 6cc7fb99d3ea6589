// The views that are always offered, in their order, with the key that opens each.
// Goes nowhere itself. Used by the top bar, the keys and the title.
import type { View } from './place.ts'

/** See the file. */
export const NAVIGATION: readonly { readonly view: View; readonly name: string; readonly key: string }[] = [
  { view: 'overview', name: 'Overview', key: '1' },
  { view: 'alerts', name: 'Alerts', key: '2' },
  { view: 'live', name: 'Live', key: '3' },
]
