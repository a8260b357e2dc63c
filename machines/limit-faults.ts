// Limit faults
// What is wrong with limits and intervals that somebody gave, beside those that hold when nothing is given.

interface Limits {
  readonly [name: string]: unknown
}

/** One sentence a fault: names that do not exist, and what is no number or too small. `open` names what is a list of its own and is not looked into. */
export function limitFaults(given: object, standard: object, open: readonly string[] = []): readonly string[] {
  return Object.entries(given).flatMap(([name, value]) => (open.includes(name) ? [] : faultsOf(name, value, (standard as Limits)[name])))
}

function faultsOf(name: string, value: unknown, standard: unknown): readonly string[] {
  if (standard === undefined) return [`${name} is not known`]
  if (typeof standard !== 'object' || standard === null) return figureFaults(name, value)
  if (typeof value !== 'object' || value === null) return [`${name} is ${String(value)}, not an object`]
  const whole: Limits = { ...Object.fromEntries(Object.keys(standard).map((inner) => [inner, undefined])), ...value }
  return Object.entries(whole).flatMap(([inner, innerValue]) => faultsOf(`${name}.${inner}`, innerValue, (standard as Limits)[inner]))
}

function figureFaults(name: string, value: unknown): readonly string[] {
  const least = mayNotBeZero.test(name) ? 1 : 0
  return typeof value === 'number' && value >= least ? [] : [`${name} is ${String(value)}, not a number from ${least} on`]
}

/** A limit of nothing lets nothing through, and what is done every 0 ms is all that is done. */
const mayNotBeZero =
  /Max$|EveryMs$|^depthMax\.|\.(restarts|withinMs)$|^(tick|heartbeat|resendAfter|effectTimeout|memberTtl|request|accept|republish|retry)Ms$/
