import { door } from './doors.ts'

export const definitions = () =>
  Promise.resolve([
    door('2', 'shut', {
      migrate: { '1': { to: '2', run: (stored) => ({ ...stored, value: stored.value === 'closed' ? 'shut' : stored.value }) } },
    }),
  ])
