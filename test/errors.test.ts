import { expect, test } from 'vitest'
import { budgetRefusals } from '../machines/budget.ts'
import { coordinatorRefusals } from '../machines/coordinator-messages.ts'
import { scheduleRefusals } from '../machines/schedule.ts'
import { skillRefusals } from '../machines/skills.ts'
import { registryRefusals } from '../machines/registry.ts'
import { selectionRefusals } from '../machines/selection/types.ts'
import { offPolicyRefusals } from '../machines/selection/off-policy.ts'
import { taskRefusals } from '../machines/task-submit.ts'
import { refusals } from '../runtime/errors.ts'
import { read, tableRows } from './docs/pages.ts'
import { sourceFiles } from './support/source-files.ts'

const rows = tableRows(read('docs/errors.md'), 'code', 'what happened', 'what to do')
const documented = rows.map(([code = '']) => code)

/** Every code in the source, wherever it stands: classes in errors.ts, refusals, answers. */
const inCode = new Set(
  sourceFiles('machines', 'runtime', 'client', 'actors', 'services').flatMap(({ code }) =>
    [...code.matchAll(/'(TR_[A-Z_]+)'/g)].map(([, found = '']) => found),
  ),
)

test('every code in the source has one row in docs/errors.md, and every row a code', () => {
  expect(inCode.size).toBeGreaterThan(40)
  expect(documented.toSorted()).toEqual([...inCode].toSorted())
})

test('every row says what happened and what to do', () => {
  expect(rows.filter(([, happened, todo]) => !happened || !todo)).toEqual([])
})

test('what a worker sends back to an asker is in the table', () => {
  expect(Object.values(refusals).filter((code) => !documented.includes(code))).toEqual([])
})

test('a code is said by an error class in an errors.ts, or by a worker or a schedule as a refusal', () => {
  const said = sourceFiles('runtime', 'client', 'actors', 'services')
    .filter(({ file }) => file.endsWith('/errors.ts') || file === 'services/settings.ts')
    .flatMap(({ code }) => [...code.matchAll(/readonly code = '(TR_[A-Z_]+)'/g)].map(([, found = '']) => found))
  const refused: readonly string[] = [
    ...Object.values(refusals),
    ...Object.values(scheduleRefusals),
    ...Object.values(budgetRefusals),
    ...Object.values(coordinatorRefusals),
    ...selectionRefusals,
    ...Object.values(registryRefusals),
    ...Object.values(skillRefusals),
    ...offPolicyRefusals,
    ...Object.values(taskRefusals),
  ]
  expect([...inCode].filter((code) => !said.includes(code) && !refused.includes(code))).toEqual([])
})
