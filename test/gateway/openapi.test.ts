// The description of the API: OpenAPI 3.1 as tools read it, with every route, and examples that the routes' own shapes take.
import { onTestFinished, expect, test } from 'vitest'
import { z } from 'zod'
import { quietLogger } from '../../runtime/telemetry.ts'
import { localCaller } from '../../services/gateway/caller.ts'
import type { GatewayParts } from '../../services/gateway/parts.ts'
import { routes } from '../../services/gateway/routes/index.ts'
import { buildServer } from '../../services/gateway/server.ts'

/** Only described: no route runs, so there is nothing behind them. */
async function described(): Promise<Description> {
  const parts = { version: '0' } as unknown as GatewayParts
  const guard = { admit: () => Promise.resolve(localCaller), allow: () => {} }
  const server = await buildServer({ parts, routes, guard, log: quietLogger, corsOrigins: [] })
  onTestFinished(() => server.close())
  const answer = await server.inject({ method: 'GET', url: '/v1/docs/json' })
  expect(answer.statusCode).toBe(200)
  return answer.json()
}

interface Operation {
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema: object }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> }
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >
}

interface Description {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

const operationsOf = ({ paths }: Description) =>
  Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))

test('the page describes every route, and no other of the API', async () => {
  const description = await described()
  expect(description.openapi).toBe('3.1.0')
  expect(description.info).toMatchObject({ title: 'Troupe', version: '0' })
  const told = operationsOf(description).map(({ path, method }) => `${method.toUpperCase()} ${path}`)
  const wanted = routes.map(({ method, path }) => `${method} /v1${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  expect(told.toSorted()).toEqual(wanted.toSorted())
})

test('every operation is structurally OpenAPI 3.1: parameters of its path, responses with shapes, references that lead somewhere', async () => {
  const description = await described()
  for (const { path, method, operation } of operationsOf(description)) {
    const where = `${method} ${path}`
    expect(operation.summary, where).toEqual(expect.any(String))
    expect(operation.tags, where).toHaveLength(1)
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
    expect(declared.map(({ name }) => name).toSorted(), where).toEqual(inPath.toSorted())
    for (const parameter of operation.parameters ?? []) {
      expect(['path', 'query', 'header'], where).toContain(parameter.in)
      expect(typeof parameter.schema, where).toBe('object')
      if (parameter.in === 'path') expect(parameter.required, where).toBe(true)
    }
    if (method === 'get') expect(operation.requestBody, where).toBeUndefined()
    expect(Object.keys(operation.responses), where).toEqual(expect.arrayContaining(['200', '4XX', '5XX']))
    for (const { description: said, content } of Object.values(operation.responses)) {
      expect(typeof said, where).toBe('string')
      expect(
        Object.values(content ?? {}).every(({ schema }) => typeof schema === 'object'),
        where,
      ).toBe(true)
    }
  }
  for (const reference of JSON.stringify(description).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = (reference[1] ?? '').split('/').reduce<unknown>((value, step) => Reflect.get(Object(value), step), description)
    expect(found, reference[0]).toBeDefined()
  }
})

const documented = ['agents', 'alerts', 'approvals', 'config', 'coordinator', 'dead-letters', 'health', 'history', 'skills', 'tasks']

/** The examples of a shape and of those in it, each with the shape that must take it. */
function examplesIn(shape: z.ZodType, depth = 0): readonly { readonly shape: z.ZodType; readonly example: unknown }[] {
  if (depth > 4) return []
  const own = z.globalRegistry.get(shape)?.examples
  const given = Array.isArray(own) ? own.map((example: unknown) => ({ shape, example })) : []
  const inner = shape instanceof z.ZodObject ? Object.values(shape.shape) : shape instanceof z.ZodArray ? [shape.element] : []
  return [...given, ...inner.flatMap((one) => (one instanceof z.ZodType ? examplesIn(one, depth + 1) : []))]
}

test('examples stand beside what is asked for and answered, and the shapes take them', () => {
  const without = routes
    .filter(({ resource, path }) => documented.includes(resource) && !path.startsWith('/actors'))
    .flatMap(({ method, path, body, answer }) => [
      ...(examplesIn(answer).length === 0 && !/dry-run|predictions$/.test(path) ? [`${method} ${path} answer`] : []),
      ...(body && examplesIn(body).length === 0 ? [`${method} ${path} body`] : []),
    ])
  expect(without).toEqual([])
  for (const { method, path, body, answer } of routes)
    for (const { shape, example } of [...(body ? examplesIn(body) : []), ...examplesIn(answer)])
      expect(shape.safeParse(example), `${method} ${path}`).toMatchObject({ success: true })
})
