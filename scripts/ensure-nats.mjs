#!/usr/bin/env node
// Prints the path of a nats-server this project can run with; fetches one when there is none. Exit code 2 and one sentence when it cannot.
import { findNats } from './find-nats.mjs'

try {
  console.log(await findNats((line) => console.error(line)))
} catch (error) {
  console.error(error.message)
  process.exitCode = 2
}
