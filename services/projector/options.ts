// Options
// Every limit and interval of a projector.

export interface ProjectorOptions {
  /** Partitions projected at the same time, each with a connection of its own. Default 4. */
  readonly lanes: number
  /** Records in one transaction at most. Default 500. */
  readonly batchRecordsMax: number
  /** A transaction takes no further record once its records are this large. Default 4 MiB. */
  readonly batchBytesMax: number
  /** The first wait after a failure; each further one in a row doubles it. Default 100. */
  readonly retryMs: number
  /** The longest wait between attempts. Default 5,000. */
  readonly retryMsMax: number
}

export const projectorDefaults: ProjectorOptions = {
  lanes: 4,
  batchRecordsMax: 500,
  batchBytesMax: 4 * 1024 * 1024,
  retryMs: 100,
  retryMsMax: 5_000,
}
