// Use sightings
// What is heard of actors, put on the screen a few times a second: a fleet tells of hundreds in that time, and nobody reads faster.
import { useEffect, useRef, useState } from 'preact/hooks'
import { useLive } from '../live.ts'
import type { ActorRow } from '../wire.ts'
import { withRows, type Sightings } from './sightings.ts'

const showMs = 100

/** Of a live topic; undefined: of none. */
export function useSightings(topic: string | undefined): Sightings {
  const [shown, setShown] = useState<Sightings>(new Map())
  const heard = useRef(shown)
  const timer = useRef<number | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  useLive(topic, ({ rows = [] }) => {
    heard.current = withRows(heard.current, rows as readonly ActorRow[], Date.now()) // the gateway's own rows
    timer.current ??= window.setTimeout(() => {
      timer.current = undefined
      setShown(heard.current)
    }, showMs)
  })
  return shown
}
