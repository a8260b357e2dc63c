// The matchers of `troupe/testing`, for the project's own tests and for TypeScript.
import { expect } from 'vitest'
import { matchers, type TroupeMatchers } from '../../runtime/testing/index.ts'

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends TroupeMatchers<R> {}
}

expect.extend(matchers)

export { expect }
