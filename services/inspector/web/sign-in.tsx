import { useState } from 'preact/hooks'
import { Button } from './components/button.tsx'
import { giveCredentials, needsCredentials } from './session.ts'

/** Instead of the page, while the gateway does not know who asks. */
export function SignIn() {
  const [text, setText] = useState('')
  if (!needsCredentials.value) return null
  return (
    <form
      class="sign-in panel"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '') giveCredentials(text.trim())
      }}
    >
      <h1>Who asks?</h1>
      <p class="muted">This gateway wants a token or a key. It is kept for this tab only.</p>
      <label class="visually-hidden" for="credentials">
        Token or key
      </label>
      <input
        id="credentials"
        class="field"
        type="password"
        autocomplete="off"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <Button submit kind="primary">
        Go on
      </Button>
    </form>
  )
}
