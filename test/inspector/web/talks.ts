import { createMachine } from 'xstate'

/** A small machine with a bit of everything, for the page's tests. */
export const talks = createMachine({
  id: 'talks',
  initial: 'resting',
  states: {
    resting: { on: { begin: 'working' } },
    working: {
      type: 'parallel',
      on: { stop: [{ guard: 'isCalm', target: 'resting' }, { guard: 'isLate', target: 'ended' }, { actions: 'note' }] },
      states: {
        reading: {
          initial: 'first',
          states: { first: { on: { next: 'second', stop: { guard: 'mayIgnore', actions: 'note' } } }, second: {} },
        },
        writing: { initial: 'idle', states: { idle: {} } },
      },
    },
    ended: { type: 'final' },
  },
})
