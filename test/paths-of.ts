// The helper that users get from `troupe/testing`.
export { everyPathReplays, type Coverage, type PathOptions } from '../runtime/testing/paths-of.ts'
