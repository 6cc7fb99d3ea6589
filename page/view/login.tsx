// The login: the token, sent once in a body; the browser keeps a cookie that scripts can't read.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { askText, type Refused } from '../ask/ask.ts'
import { refusedBy } from '../ask/use-answer.ts'
import { Icon } from '../part/icon.tsx'
import { sentence } from '../part/state.tsx'

/** See the file. `done` is called once logged in. */
export function Login({ done }: { readonly done: () => void }): JSX.Element {
  const [refused, setRefused] = useState<Refused>()
  const submit = async (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }): Promise<void> => {
    event.preventDefault()
    const token = new FormData(event.currentTarget).get('token')
    try {
      const headers = { 'content-type': 'application/json' }
      await askText('/api/v2/session', { method: 'POST', headers, body: JSON.stringify({ token }) })
      done()
    } catch (error) {
      setRefused(refusedBy(error))
    }
  }
  return (
    <main class="login">
      <form onSubmit={submit}>
        <h1>
          <span class="mark">
            <Icon name="falcon" />
          </span>
          Lanner
        </h1>
        <label>
          Token
          <input
            type="password"
            name="token"
            required
            autocomplete="current-password"
            aria-describedby="login-hint"
            aria-invalid={refused !== undefined}
          />
        </label>
        {refused !== undefined && (
          <p role="alert" class="login-fault">
            {sentence(refused.message)}
          </p>
        )}
        <button type="submit" class="button primary">
          Log in
        </button>
        <small id="login-hint">The token is in the configuration of this server.</small>
      </form>
    </main>
  )
}
