// CPU profile
// Where this process spends its time, sampled by V8 from `start` to `stop`; start-up and warming are left out, which --cpu-prof would include.
import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'

/** Fine enough for functions of some microseconds, coarse enough to cost little itself. */
const samplingIntervalUs = 200

export function openProfiler(): { start(): Promise<void>; stop(): Promise<Profiler.Profile> } {
  const session = new Session()
  return {
    async start() {
      session.connect()
      await session.post('Profiler.enable')
      await session.post('Profiler.setSamplingInterval', { interval: samplingIntervalUs })
      await session.post('Profiler.start')
    },
    async stop() {
      const { profile } = await session.post('Profiler.stop')
      session.disconnect()
      return profile
    },
  }
}
