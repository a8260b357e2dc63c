// Errors of memory and of the folders that fill it.
import { TroupeError } from '../../runtime/errors.ts'

/** The store could not be reached, was busy, or did not answer in time. */
export class MemoryUnavailable extends TroupeError {
  readonly code = 'TR_MEMORY_UNAVAILABLE'
  readonly retryable = true
}

/** The call breaks a limit or a rule of the store. */
export class MemoryRefused extends TroupeError {
  readonly code = 'TR_MEMORY_REFUSED'
  readonly retryable = false
}

/** A vector with the wrong number of dimensions, or with numbers that are not finite. */
export class VectorInvalid extends TroupeError {
  readonly code = 'TR_MEMORY_VECTOR_INVALID'
  readonly retryable = false
}

/** Nothing has made this collection yet. */
export class CollectionNotFound extends TroupeError {
  readonly code = 'TR_MEMORY_COLLECTION_NOT_FOUND'
  readonly retryable = false
}

/** The folder is not there, is no folder, or may not be read. */
export class FolderUnreadable extends TroupeError {
  readonly code = 'TR_FOLDER_UNREADABLE'
  readonly retryable = false
}

/** A folder that this worker is not set up to read. */
export class FolderRefused extends TroupeError {
  readonly code = 'TR_FOLDER_REFUSED'
  readonly retryable = false
}

/** One file that is not served: outside the root, hidden, too large, not text, not there. */
export class FileRefused extends TroupeError {
  readonly code = 'TR_FILE_REFUSED'
  readonly retryable = false
}
