// The pictures in docs/figures are of the machines as they are.
import { expect, test } from 'vitest'
import { chartOf } from '../../runtime/statechart/index.ts'
import { unwiredActors } from '../../services/worker/unwired.ts'
import { escaped } from '../../services/inspector/chart/svg.ts'
import { read } from '../docs/pages.ts'
import { allStates } from './coverage.ts'

test.each([
  ['agent-researcher', 'docs/figures/chart-agent.svg'],
  ['schedule', 'docs/figures/chart-schedule.svg'],
])('the picture of %s has its states, and no other; `troupe chart <type> --out <file>` draws it anew', (type, file) => {
  const definition = unwiredActors().find(({ name }) => name === type)
  const states = definition ? allStates(chartOf(definition.machine).root).map(({ id }) => escaped(id)) : []
  const drawn = new Set([...read(file).matchAll(/ data-id="([^"]*)"/g)].map(([, id]) => id))
  expect(states.length).toBeGreaterThan(3)
  expect(drawn).toEqual(new Set(states))
})
