// Call details
// What went into single effects and what came back, asked for when somebody looks. What has ended never changes, so it is asked for once.
import { useEffect, useState } from 'preact/hooks'
import { actorPath, get, type Problem } from '../api.ts'
import type { CallDetail, EffectRun } from '../wire.ts'
import { ignoreAbort, type AgentStore } from './store.ts'

type Told = { readonly detail: CallDetail } | { readonly problem: Problem }

const keptMax = 200
const kept = new Map<string, Told>()

/** Undefined: on its way. */
export function useCallDetail(store: AgentStore, effect: Pick<EffectRun, 'key' | 'endedAt'> | undefined): Told | undefined {
  const [told] = useCallDetails(store, effect ? [effect] : [])
  return told
}

/** In the same order. */
export function useCallDetails(
  { known }: AgentStore,
  effects: readonly Pick<EffectRun, 'key' | 'endedAt'>[],
): readonly (Told | undefined)[] {
  const [, setRound] = useState(0)
  const { actor } = known
  const names = effects.map(({ key, endedAt }) => `${actor} ${key} ${endedAt ?? ''}`)
  useEffect(() => {
    const leaving = new AbortController()
    const ask = async (key: string, name: string): Promise<void> => {
      const answer = await get<CallDetail>(`${actorPath(actor)}/calls/${encodeURIComponent(key)}`, leaving.signal)
      kept.set(name, answer.ok ? { detail: answer.value } : { problem: answer.problem })
      for (const old of kept.keys()) {
        if (kept.size <= keptMax) break
        kept.delete(old)
      }
      setRound((round) => round + 1)
    }
    effects.forEach(({ key }, at) => {
      const name = names[at] ?? ''
      if (!kept.has(name)) ask(key, name).catch(ignoreAbort)
    })
    return () => leaving.abort()
  }, [names.join('\n')])
  return names.map((name) => kept.get(name))
}
