// World
// What a contract suite needs of a server: the ports of any number of workers, and what a client would publish.
import { test as base } from 'vitest'
import type { Address } from '../../machines/address.ts'
import { namespaceDefaults, type NamespaceOptions } from '../../runtime/namespace.ts'
import type { Ports } from '../../runtime/ports.ts'

export interface Published {
  readonly seq: number
  readonly duplicate: boolean
}

export interface World {
  readonly namespace: string
  ports(): Promise<Ports>
  send(address: Address, event: object, headers?: Readonly<Record<string, string>>): Promise<Published>
  publish(subject: string, bytes: Uint8Array, headers?: Readonly<Record<string, string>>): Promise<Published>
  /** The dead letters that are kept. */
  deadLetters(): Promise<number>
  /** The connection of these ports ends, as when their process dies. */
  disconnect(ports: Ports): Promise<void>
  /** The connection of these ports breaks and is back as soon as the client manages. */
  reconnect(ports: Ports): Promise<void>
  close(): Promise<void>
}

export type MakeWorld = (options: NamespaceOptions) => Promise<World>

/** A test with a world of its own: `world(options)` makes it, the end of the test closes it. */
export const worldTest = (make: MakeWorld) =>
  base.extend<{ world: (options?: Partial<NamespaceOptions>) => Promise<World> }>({
    // oxlint-disable-next-line no-empty-pattern
    world: async ({}, use) => {
      const made: World[] = []
      await use(async (options = {}) => {
        const world = await make({ ...namespaceDefaults, partitions: 4, ...options })
        made.push(world)
        return world
      })
      await Promise.all(made.map((world) => world.close()))
    },
  })

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (content: Uint8Array): string => new TextDecoder().decode(content)

/** Keys with everything that means something to a subject, a path, a header or a decoder. */
export const awkwardKeys = [
  'plain',
  'a.b.c',
  '*',
  '>',
  'a b',
  'tab\there',
  'line\r\nbreak',
  'slash/and\\back',
  '=3D',
  '%41',
  '$JS.API',
  'ünïcode-日本-🚀',
  '"quotes\'',
  '{{partition(1,1)}}',
  '.',
  '\u0000',
  'x'.repeat(256),
] as const
