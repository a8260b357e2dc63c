// Chart names
// What an action or a guard is called in a chart: its own name, what a built-in one does, or its place for one written inline.

/** The fields that XState's built-in actions and guards carry; its types hide them. */
interface BuiltIn {
  readonly type?: unknown
  readonly assignment?: unknown
  readonly event?: unknown
  readonly to?: unknown
  readonly src?: unknown
  readonly sendId?: unknown
  readonly guards?: readonly unknown[]
  readonly stateValue?: unknown
  /** Of an action or guard named with parameters. */
  readonly params?: unknown
}

export function actionName(action: unknown, place: string): string {
  if (typeof action === 'string') return action
  const { type, assignment, event, to, src, sendId, params } = action as BuiltIn
  switch (type) {
    case 'xstate.assign':
      return typeof assignment === 'object' && assignment !== null ? `assign(${Object.keys(assignment).join(', ')})` : 'assign'
    case 'xstate.raise':
      return `raise(${eventName(event)})`
    case 'xstate.emit':
      return `emit(${eventName(event)})`
    case 'xstate.sendTo':
      return `sendTo(${typeof to === 'string' ? (to === '#_parent' ? 'parent' : to) : '…'}, ${eventName(event)})`
    case 'xstate.spawnChild':
      return `spawnChild(${typeof src === 'string' ? src : '…'})`
    case 'xstate.cancel':
      return `cancel(${typeof sendId === 'string' ? sendId : '…'})`
  }
  if (typeof type === 'string') return type.startsWith('xstate.') ? type.slice('xstate.'.length) : `${type}${shownParams(params)}`
  return ownName(action) ?? place
}

export function guardName(guard: unknown, place: string): string {
  if (typeof guard === 'string') return guard
  const { type, guards, stateValue, params } = guard as BuiltIn
  if (guards) return `${ownName(guard) ?? 'guards'}(${guards.map((inner, at) => guardName(inner, `${place}[${at}]`)).join(', ')})`
  if (stateValue !== undefined) return `stateIn(${typeof stateValue === 'string' ? stateValue : JSON.stringify(stateValue)})`
  return typeof type === 'string' ? `${type}${shownParams(params)}` : (ownName(guard) ?? place)
}

/** The guards that `and`, `or` and `not` join, by the names `guardName` gives them; one that joins none is its only part. */
export function guardParts(guard: unknown, place: string): readonly string[] {
  const { guards } = guard as BuiltIn
  if (!guards) return [guardName(guard, place)]
  return [...new Set(guards.flatMap((inner, at) => guardParts(inner, `${place}[${at}]`)))]
}

/** Parameters given as values; those computed from the context are an ellipsis. */
function shownParams(params: unknown): string {
  if (params === undefined) return ''
  if (typeof params !== 'object' || params === null) return '(…)'
  const shown = Object.entries(params).map(([name, value]) => `${name}: ${typeof value === 'object' ? '…' : String(value)}`)
  return `(${shown.join(', ').slice(0, paramsCharactersMax)})`
}

const paramsCharactersMax = 60

const eventName = (event: unknown): string => {
  const type = typeof event === 'object' && event !== null && 'type' in event ? event.type : undefined
  return typeof type === 'string' ? type : '…'
}

/** An inline function is named after the property it is written at, which names nothing. */
const propertyNames = new Set(['', 'actions', 'entry', 'exit', 'guard', 'always', 'on'])
const ownName = (given: unknown): string | undefined =>
  typeof given === 'function' && !propertyNames.has(given.name) ? given.name : undefined
