// Colours of the style sheet as a canvas needs them: resolved for the theme that is on.
// Used by the rate chart.

let probe: HTMLElement | undefined

/** The value of a custom property, `--line`, as `rgb(…)`. */
export function colourOf(property: string): string {
  if (probe === undefined) {
    probe = document.createElement('i')
    probe.hidden = true
    document.body.append(probe)
  }
  probe.style.color = `var(${property})`
  return getComputedStyle(probe).color
}
