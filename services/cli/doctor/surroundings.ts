// The doctor's look at the rest: vector memory, the model's endpoint, Node, the disk. No look costs money or makes anything.
import fs from 'node:fs/promises'
import path from 'node:path'
import { chooseModel, type ChosenModels } from '../../llm/index.ts'
import { pricesCheckedOn } from '../../llm/prices.ts'
import { openAiBaseUrl } from '../../llm/openai.ts'
import { openMemory } from '../../memory/index.ts'
import type { Settings } from '../../settings.ts'
import type { Place } from '../connect.ts'
import { bytesText } from '../output.ts'
import { fail, ok, reasonOf, warn, type Finding } from './finding.ts'

const answerMsMax = 5_000
const nodeMajorMin = 24
const gibibyte = 1024 ** 3
const freeBytesWarn = 5 * gibibyte
const freeBytesFail = gibibyte / 2

export const examineSurroundings = (place: Place): Promise<readonly Finding[]> =>
  Promise.all([examineMemory(place), examineModel(place.settings), examineNode(process.versions.node), examineDisk(place.data)])

async function examineMemory({ settings, data }: Place): Promise<Finding> {
  const { QDRANT_URL: qdrantUrl, QDRANT_API_KEY: qdrantApiKey } = settings
  const file = path.join(data, 'memory.sqlite')
  if (qdrantUrl === undefined && !(await isThere(file))) return ok('vector memory', 'embedded; its file is made when it is first used')
  try {
    const memory = await openMemory({ qdrantUrl, qdrantApiKey, folder: data })
    await memory.close()
    return ok('vector memory', qdrantUrl === undefined ? `embedded, ${file}` : 'Qdrant answers')
  } catch (error) {
    return fail(
      'vector memory',
      reasonOf(error),
      qdrantUrl === undefined ? `see who may write ${file}` : 'start Qdrant, or correct QDRANT_URL',
    )
  }
}

async function examineModel(settings: Settings): Promise<Finding> {
  let chosen: ChosenModels
  try {
    chosen = chooseModel({
      openAiApiKey: settings.OPENAI_API_KEY,
      openAiBaseUrl: settings.OPENAI_BASE_URL,
      model: settings.OPENAI_MODEL,
      embeddingModel: settings.OPENAI_EMBEDDING_MODEL,
      embeddingDimensions: settings.OPENAI_EMBEDDING_DIMENSIONS,
      offlineUrl: settings.TROUPE_OFFLINE_MODEL_URL ?? unknownOfflineUrl,
    })
  } catch (error) {
    return fail('model', reasonOf(error), 'correct the OPENAI_ settings, or unset them to use the built-in offline model')
  }
  const { model, offline } = chosen.llm
  if (!offline) return askModels(model, settings.OPENAI_BASE_URL ?? openAiBaseUrl, settings.OPENAI_API_KEY)
  if (settings.TROUPE_OFFLINE_MODEL_URL === undefined) return ok('model', `${model}, built in: \`npm start\` runs it beside the workers`)
  return askModels(model, settings.TROUPE_OFFLINE_MODEL_URL, undefined)
}

/** Never asked: only `npm start` and the processes it starts know where the offline model listens. */
const unknownOfflineUrl = 'http://offline.invalid/v1'

/** The list of models is free everywhere; not every endpoint has one. */
async function askModels(model: string, baseUrl: string, apiKey: string | undefined): Promise<Finding> {
  const what = `model ${model}`
  const place = URL.parse(baseUrl)?.host ?? 'its endpoint'
  try {
    const headers = { Authorization: `Bearer ${apiKey ?? 'none'}` }
    const answer = await fetch(`${baseUrl.replace(/\/$/, '')}/models`, { headers, signal: AbortSignal.timeout(answerMsMax) })
    await answer.body?.cancel()
    if (answer.status === 401 || answer.status === 403)
      return fail(what, `${place} refuses the key (status ${answer.status})`, 'correct OPENAI_API_KEY')
    if (answer.ok) return ok(what, `${place} answers; costs are counted by the prices of ${pricesCheckedOn}`)
    return warn(
      what,
      `${place} answers with status ${answer.status} when asked for its models`,
      'if tasks fail as well, correct OPENAI_BASE_URL',
    )
  } catch (error) {
    return fail(what, `${place} does not answer: ${reasonOf(error)}`, 'correct OPENAI_BASE_URL, or see that this machine reaches it')
  }
}

export async function examineNode(version: string): Promise<Finding> {
  if (Number(version.split('.', 1)[0]) >= nodeMajorMin) return ok('node', `version ${version}`)
  return fail('node', `version ${version}`, `use Node ${nodeMajorMin} or newer`)
}

async function examineDisk(folder: string): Promise<Finding> {
  const place = await nearestFolder(path.resolve(folder))
  try {
    const { bavail, bsize } = await fs.statfs(place)
    return diskFinding(bavail * bsize, place)
  } catch (error) {
    return warn('disk', `the free space of ${place} cannot be read: ${reasonOf(error)}`, 'see that the folder may be read')
  }
}

export function diskFinding(freeBytes: number, place: string): Finding {
  const found = `${bytesText(freeBytes)} free at ${place}`
  const advice = 'free some space: a full disk stops every write of the servers on it'
  if (freeBytes < freeBytesFail) return fail('disk', found, advice)
  return freeBytes < freeBytesWarn ? warn('disk', found, advice) : ok('disk', found)
}

/** The data folder, or where it would be made. */
async function nearestFolder(folder: string): Promise<string> {
  let nearest = folder
  while (!(await isThere(nearest)) && path.dirname(nearest) !== nearest) nearest = path.dirname(nearest)
  return nearest
}

const isThere = (file: string): Promise<boolean> =>
  fs.access(file).then(
    () => true,
    () => false,
  )
