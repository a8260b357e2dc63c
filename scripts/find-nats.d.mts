/** The versions that fit, for people. */
export const natsWanted: string

/** The path of a nats-server that fits. `say` gets one line when something has to be fetched. Rejects with a sentence that says what to do. */
export function findNats(say?: (line: string) => void, env?: Record<string, string | undefined>): Promise<string>

/** Whether a version such as `2.15.1` is one this project runs with. */
export function natsVersionFits(version: string): boolean
