import { TroupeError } from '../../../runtime/errors.ts'

/** A process of the project ended before it was ready, or again and again. */
export class ProcessGivenUp extends TroupeError {
  readonly code = 'TR_DEV_PROCESS_GIVEN_UP'
  readonly retryable = false
}
