// The door to circuits: what a process needs to guard what it calls, and to look at what is guarded.
export { openCircuits, type Circuits, type Pass, type SharedCircuits, type Verdict } from './circuits.ts'
export { inMemoryCircuitStore } from './in-memory.ts'
export { natsCircuitStore } from './nats.ts'
