// The search box: a query in the language of the server, its names and values completed, its faults said with their place.
// Owns what is being typed; what was asked is in the place. Used by the shell.
import type { JSX, RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { LannerError } from '../../src/error.ts'
import { readQuery } from '../../src/serve/api/query-text.ts'
import { closed, type Place } from '../place/place.ts'
import { go } from '../place/use-place.ts'
import { completed, type Suggestion, suggestionsFor } from './completion.ts'
import { Icon } from './icon.tsx'
import { sentence } from './state.tsx'

/** Id of the input, for the key that goes there. */
export const SEARCH_BOX = 'search'
const LIST = 'search-suggestions'

interface Suggestions {
  /** The text they complete; once it is another, they are no longer taken. */
  readonly of: string
  readonly list: readonly Suggestion[]
  /** -1: none is marked, Enter asks. */
  readonly marked: number
}

const NONE: Suggestions = { of: '', list: [], marked: -1 }

interface Completing extends Omit<Suggestions, 'of'> {
  readonly suggest: () => void
  readonly take: (suggestion: Suggestion) => void
  readonly close: () => void
  readonly press: (event: KeyboardEvent) => void
}

/** The list below the box, and the keys that move in it. */
function useCompletion(input: RefObject<HTMLInputElement | null>, typed: (text: string) => void): Completing {
  const [{ of, list, marked }, setSuggestions] = useState<Suggestions>(NONE)
  const latest = useRef<AbortController | undefined>(undefined)
  const close = (): void => {
    latest.current?.abort()
    setSuggestions(NONE)
  }
  const suggest = (): void => {
    const box = input.current
    if (box === null) return
    latest.current?.abort()
    const abort = new AbortController()
    latest.current = abort
    const { value } = box
    suggestionsFor(value, box.selectionStart ?? value.length, abort.signal).then(
      found => !abort.signal.aborted && setSuggestions({ of: value, list: found, marked: -1 }),
      () => undefined,
    )
  }
  const take = (suggestion: Suggestion): void => {
    const box = input.current
    if (box === null || box.value !== of) return
    close()
    const { value, caret } = completed(box.value, suggestion)
    box.value = value
    box.setSelectionRange(caret, caret)
    typed(value)
    suggest()
  }
  const press = (event: KeyboardEvent): void => {
    const current = input.current?.value === of
    if (event.key === 'Escape') {
      if (list.length > 0) close()
      else input.current?.blur()
      event.stopPropagation()
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && current && list.length > 0) {
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      // One place more than there are: back in the box.
      const places = list.length + 1
      setSuggestions({ of, list, marked: ((marked + 1 + step + places) % places) - 1 })
    } else if ((event.key === 'Enter' || event.key === 'Tab') && current && list[marked] !== undefined) {
      event.preventDefault()
      take(list[marked])
    }
  }
  return { list, marked, suggest, take, close, press }
}

/** See the file. */
export function SearchBox({ place }: { readonly place: Place }): JSX.Element {
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(place.query)
  const [fault, setFault] = useState('')
  const completion = useCompletion(input, setText)
  useEffect(() => {
    setText(place.query)
    setFault('')
  }, [place.query])
  const submit = (event: Event): void => {
    event.preventDefault()
    const asked = input.current?.value.trim() ?? ''
    const wrong = faultOf(asked)
    setFault(wrong)
    if (wrong !== '') return
    completion.close()
    go(closed({ ...place, query: asked, view: place.view === 'timeline' ? 'alerts' : place.view }))
  }
  const clear = (): void => {
    setText('')
    go(closed({ ...place, query: '' }))
    input.current?.focus()
  }
  return (
    <search class="search">
      <form onSubmit={submit} data-empty={text === ''}>
        <Icon name="search" />
        <Box input={input} text={text} setText={setText} fault={fault} completion={completion} />
        {text !== '' && (
          <button type="button" class="icon-button" aria-label="Clear the search" onClick={clear}>
            <Icon name="close" />
          </button>
        )}
      </form>
      {fault !== '' && (
        <p id="search-fault" class="search-fault" role="alert">
          {fault}
        </p>
      )}
      <Completions {...completion} />
    </search>
  )
}

interface BoxParts {
  readonly input: RefObject<HTMLInputElement | null>
  readonly text: string
  readonly setText: (text: string) => void
  readonly fault: string
  readonly completion: Completing
}

function Box({ input, text, setText, fault, completion }: BoxParts): JSX.Element {
  const { list, marked, suggest, close, press } = completion
  return (
    <input
      id={SEARCH_BOX}
      ref={input as RefObject<HTMLInputElement>}
      type="text"
      role="combobox"
      aria-label="Search alerts"
      aria-expanded={list.length > 0}
      aria-controls={LIST}
      aria-autocomplete="list"
      aria-activedescendant={marked < 0 ? undefined : `${LIST}-${marked}`}
      aria-invalid={fault !== ''}
      aria-describedby={fault === '' ? undefined : 'search-fault'}
      autocomplete="off"
      autocapitalize="off"
      spellcheck={false}
      placeholder="Search words or field=value"
      value={text}
      onInput={event => {
        setText(event.currentTarget.value)
        suggest()
      }}
      onFocus={suggest}
      onBlur={close}
      onKeyDown={press}
    />
  )
}

function Completions({ list, marked, take }: Completing): JSX.Element {
  return (
    <div id={LIST} role="listbox" aria-label="Completions" class="suggestions" hidden={list.length === 0}>
      {list.map((suggestion, at) => (
        <div
          key={suggestion.shown}
          id={`${LIST}-${at}`}
          role="option"
          tabIndex={-1}
          aria-selected={at === marked}
          // Not `click`: the box would lose the focus, and with it the list, before.
          onPointerDown={event => {
            event.preventDefault()
            take(suggestion)
          }}
        >
          <code>{suggestion.shown}</code>
          {suggestion.note !== undefined && <small>{suggestion.note}</small>}
        </div>
      ))}
    </div>
  )
}

function faultOf(text: string): string {
  try {
    readQuery(text, 0n)
    return ''
  } catch (error) {
    if (!(error instanceof LannerError)) throw error
    const { column } = error.facts
    return `${sentence(error.message)}${column === undefined ? '' : ` (column ${column})`}`
  }
}
