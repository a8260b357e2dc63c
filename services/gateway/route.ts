// Route
// What one operation of the API is: address, who may, shapes in and out, and what it does. The server, the OpenAPI page and the tests of rights are made from these.
import type { z } from 'zod'
import type { Action, Caller, Resource } from './caller.ts'
import type { GatewayParts } from './parts.ts'

type Shape = z.ZodType | undefined
type Read<S extends Shape> = S extends z.ZodType ? z.output<S> : undefined

/** One request, checked. */
export interface Call<Params extends Shape = undefined, Query extends Shape = undefined, Body extends Shape = undefined> {
  readonly params: Read<Params>
  readonly query: Read<Query>
  readonly body: Read<Body>
  readonly caller: Caller
  /** The tenant it is about: the caller's own, or the one an operator of all names in the query; undefined: all of them. */
  readonly tenant: string | undefined
  /** The id of the request: in logs, problems and as correlation of what it sends. */
  readonly requestId: string
  /** From the header Idempotency-Key: the same key is the same request. */
  readonly idempotencyKey: string | undefined
  readonly parts: GatewayParts
  /** The API itself as this caller sees it, for what is put together from other answers. */
  readonly api: Api
}

/** What the API answered; a problem (RFC 9457) where the status says so. */
export interface Answered {
  readonly status: number
  readonly body: unknown
}

export interface Api {
  /** Of its GET operations, below /v1. */
  readonly paths: readonly string[]
  /** A GET by this caller, with its rights: `/tasks/42/run?tenant=main`. */
  ask(path: string): Promise<Answered>
}

export interface RouteSpec<Params extends Shape, Query extends Shape, Body extends Shape, Answer extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below /v1, Fastify's way: `/tasks/:id`. */
  readonly path: string
  readonly summary: string
  readonly resource: Resource
  readonly action: Action
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  readonly answer: Answer
  run(call: Call<Params, Query, Body>): Promise<z.input<Answer>>
  /** Its answer is a file of that type, which a browser saves under that name. */
  file?(call: Call<Params, Query, Body>): { readonly type: string; readonly name: string }
  /** Of a GET: it stands in the audit log as what changes something does. */
  readonly isRecorded?: boolean
}

export type AnyRoute = RouteSpec<Shape, Shape, Shape, z.ZodType>

/** Checks a route against its own shapes when it is compiled; afterwards all routes are one type. */
export const route = <
  Params extends Shape = undefined,
  Query extends Shape = undefined,
  Body extends Shape = undefined,
  Answer extends z.ZodType = z.ZodType,
>(
  spec: RouteSpec<Params, Query, Body, Answer>,
): AnyRoute => spec
