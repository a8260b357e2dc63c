// The dice of the simulated fleet, for other tests that throw by a seed.
export { dice, type Dice } from '../../runtime/testing/dice.ts'
