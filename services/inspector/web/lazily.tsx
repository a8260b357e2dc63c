// Lazily
// A view whose code comes when it is first shown: nobody loads the pages he does not look at.
import type { FunctionComponent } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Button } from './components/button.tsx'
import { Empty, Loading } from './components/states.tsx'

/** It is loaded once, however often it is shown; what failed is tried again the next time. */
export function lazily<Props extends object>(what: string, load: () => Promise<FunctionComponent<Props>>): FunctionComponent<Props> {
  let loaded: FunctionComponent<Props> | undefined
  return function Lazy(props: Props) {
    const [state, setState] = useState<'loading' | 'there' | 'failed'>(loaded ? 'there' : 'loading')
    useEffect(() => {
      if (loaded) return undefined
      const leaving = new AbortController()
      const settle = (next: 'there' | 'failed'): void => {
        if (!leaving.signal.aborted) setState(next)
      }
      load().then(
        (view) => {
          loaded = view
          settle('there')
        },
        () => settle('failed'),
      )
      return () => leaving.abort()
    }, [])
    const View = loaded
    if (View) return <View {...props} />
    if (state === 'loading') return <Loading what={what} />
    return (
      <Empty title="This part of the page could not be loaded">
        The gateway may have been replaced by a newer one.{' '}
        <Button icon="again" onClick={() => location.reload()}>
          Load the page again
        </Button>
      </Empty>
    )
  }
}
