import { expect, test } from 'vitest'
import { read } from './pages.ts'

await import('../../docs/examples/kettle.test.ts') // its tests run here

test('the example of docs/testing.md is docs/examples/kettle.test.ts, whose tests run here', () => {
  const [, block] = /```ts\n([\s\S]*?)```/.exec(read('docs/testing.md')) ?? []
  expect(block).toBe(read('docs/examples/kettle.test.ts').replace(/^\/\/.*\n/, ''))
})
