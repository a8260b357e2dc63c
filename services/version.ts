// Version
// What this build calls itself, from package.json.
import manifest from '../package.json' with { type: 'json' }

export const version: string = manifest.version
