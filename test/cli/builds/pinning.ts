import { door } from './doors.ts'

export const definitions = [door('2', 'shut', { previous: [door('1', 'closed')] })]
