// Thread: plays the jobs it is given, one at a time.
import { parentPort, workerData } from 'node:worker_threads'
import { runJob, type Job } from './jobs.ts'
import { readMatrix } from './matrix.ts'
import type { SelectionPolicy } from '../../machines/selection/types.ts'

const matrix = readMatrix()
const { policy } = workerData as { readonly policy: SelectionPolicy | undefined }
parentPort?.on('message', (job: Job) => parentPort?.postMessage(runJob(matrix, job, policy), []))
