// Migrations: all of them, in the order they are run. One that was released is never changed; a change is a new one at the end.
import { CreateHistory } from './20261120-create-history.ts'

export const migrations = [CreateHistory] as const
