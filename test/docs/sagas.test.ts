import { expect, test } from 'vitest'
import { read } from './pages.ts'

await import('../../docs/examples/order-saga.test.ts') // its test runs here

test('the example of docs/sagas.md is docs/examples/order-saga.test.ts, whose test runs here', () => {
  const [, block] = /```ts\n([\s\S]*?)```/.exec(read('docs/sagas.md')) ?? []
  expect(block).toBe(read('docs/examples/order-saga.test.ts').replace(/^\/\/.*\n/, ''))
})
