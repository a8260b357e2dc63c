// Migrate
// A stored state brought from the version that wrote it to the host's, step by step along `migrate`, on a copy of the stored form and in memory only.
//
// G1. The given state is never changed, whatever a migration does to what it is handed.
// G2. What a step gives is read as untrusted: it counts only when it has the stored form, and goes on where the given one stopped.
import type { Host } from './turn.ts'
import type { Json, StoredChart } from './stored.ts'

export type Migrated =
  | { readonly ok: true; readonly stored: StoredChart }
  /** Why a step failed, or what is wrong with what it gave. */
  | { readonly ok: false; readonly faults: readonly string[] }

/** The state under the host's stamp; undefined when nothing leads from its version to the host's. */
export function migrate({ definition, stamp }: Host, stored: StoredChart): Migrated | undefined {
  let at = stored
  for (let step = stepFrom(definition.migrate, at); step; step = stepFrom(definition.migrate, at)) {
    const from = at.definition.version
    try {
      const given: unknown = step.run(structuredClone(at)) // G1
      const faults = formFaults(given, at)
      if (faults.length > 0) return { ok: false, faults: faults.map((fault) => `migrating from ${from} to ${step.to}: ${fault}`) }
      at = { ...(given as StoredChart), definition: { ...stamp, version: step.to } } // G2: it has the form
    } catch (error) {
      const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      return { ok: false, faults: [`migrating from ${from} to ${step.to}: it threw ${why}`.slice(0, faultCharactersMax)] }
    }
  }
  return at === stored ? undefined : { ok: true, stored: at }
}

const faultCharactersMax = 500

const stepFrom = (steps: Host['definition']['migrate'], { definition: { version } }: StoredChart) =>
  Object.hasOwn(steps, version) ? steps[version] : undefined

/** What of the stored form is missing, is not JSON, or would forget what the kernel counts on. */
function formFaults(given: unknown, before: StoredChart): string[] {
  if (!isFields(given)) return ['it gave no stored state']
  const notJson = jsonFault(given, [])
  if (notJson !== undefined) return [notJson]
  const { value, children, timers, historyValue, counter, parent } = given
  return [
    ...(given['status'] === before.status ? [] : [`it changed the status from '${before.status}' to ${JSON.stringify(given['status'])}`]),
    ...(typeof value === 'string' || isFields(value) ? [] : ['value is no state value']),
    ...(Object.hasOwn(given, 'context') && Object.hasOwn(given, 'input') ? [] : ['context or input is missing']),
    ...(everyField(children, isChild) ? [] : ['children are not {kind, src, address} by id']),
    ...(everyField(timers, isTimer) ? [] : ['timers are not {n, due, to, event} by id']),
    ...(everyField(historyValue, (ids) => Array.isArray(ids) && ids.every((id) => typeof id === 'string'))
      ? []
      : ['historyValue is no lists of ids']),
    ...(Number.isSafeInteger(counter) && Number(counter) >= before.counter ? [] : [`counter is below ${before.counter}`]),
    ...(JSON.stringify(parent) === JSON.stringify(before.parent) ? [] : ['it changed the parent']),
  ]
}

const isChild = (child: unknown): boolean =>
  isFields(child) &&
  (child['kind'] === 'effect' || child['kind'] === 'actor') &&
  typeof child['src'] === 'string' &&
  typeof child['address'] === 'string'

const isTimer = (timer: unknown): boolean =>
  isFields(timer) &&
  Number.isSafeInteger(timer['n']) &&
  Number.isFinite(timer['due']) &&
  typeof timer['to'] === 'string' &&
  isFields(timer['event'])

const everyField = (value: unknown, holds: (item: unknown) => boolean): boolean => isFields(value) && Object.values(value).every(holds)

/** Where the value is no JSON: a Date put where `{"@Date": …}` stands would be stored as something else. */
function jsonFault(value: unknown, path: readonly string[]): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return undefined
  if (path.length > depthMax || !(Array.isArray(value) || isFields(value)))
    return `'${path.slice(0, 10).join('.')}' is ${typeof value === 'object' ? 'an object that is' : `${typeof value}, which is`} no JSON`
  for (const [key, inner] of Object.entries(value)) {
    const fault = jsonFault(inner, [...path, key])
    if (fault !== undefined) return fault
  }
  return undefined
}

const depthMax = 200

const isFields = (value: unknown): value is { readonly [key: string]: Json } =>
  typeof value === 'object' &&
  value !== null &&
  (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)
