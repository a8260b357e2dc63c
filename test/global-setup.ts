import { findNats } from '../scripts/find-nats.mjs'

/** Once before all tests: a nats-server is there, so that tests that start one at the same time do not each fetch it. */
export default async function globalSetup(): Promise<void> {
  if (!process.env.NATS_URL) await findNats((line) => console.log(line))
}
