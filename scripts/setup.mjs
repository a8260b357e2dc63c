#!/usr/bin/env node
// Setup
// Runs before `npm start`, `npm test` and `npm run bench`: packages if the lock is newer than what is installed, Node 24, a nats-server.
// Plain JavaScript on node: modules only, since it runs before anything is installed, on whatever Node started npm (20 or newer).
//
// S1. Silent when everything is there.
// S2. Any failure is one sentence on stderr and exit code 2.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { findNats } from './find-nats.mjs'

const NODE_NEEDED = 24
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

try {
  await installPackages()
  checkNode()
  await prepareNats()
} catch (error) {
  console.error(error.message) // S2
  process.exitCode = 2
}

async function installPackages() {
  const installed = path.join(root, 'node_modules', '.package-lock.json') // npm writes it last: it is there when all is there
  if (changedAt(installed) >= changedAt(path.join(root, 'package-lock.json'))) return
  console.log('Installing packages (npm ci)')
  const startedAt = Date.now()
  const { code, stderr } = await npmCi()
  if (code !== 0) {
    const reason = stderr.match(/npm (?:error|ERR!) (?!code )(\S.*?)\.*$/m)?.[1] ?? `npm ended with code ${code}`
    throw new Error(`Packages could not be installed: ${reason}. Run \`npm ci\` in ${root} to see all of what npm says.`)
  }
  console.log(`Packages installed in ${secondsSince(startedAt)} s`)
}

function npmCi() {
  // No package's install script has to run: the embedded Postgres is completed by its launcher.
  const args = ['ci', '--no-fund', '--no-audit', '--ignore-scripts', '--loglevel=error']
  const { npm_execpath: npm, npm_node_execpath: node } = process.env
  // The npm that started this script, on the Node it runs on: node_modules/.bin/node is about to be replaced.
  const [command, prefix] = npm?.endsWith('npm-cli.js') ? [node ?? process.execPath, [npm]] : ['npm', []]
  return new Promise((resolve) => {
    const child = spawn(command, [...prefix, ...args], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
    let stderr = ''
    child.stderr.on('data', (chunk) => (stderr += chunk))
    child.once('error', (error) => resolve({ code: 1, stderr: `npm error ${error.message}` }))
    child.once('close', (code) => resolve({ code: code ?? 1, stderr }))
  })
}

function checkNode() {
  if (fs.existsSync(path.join(root, 'node_modules', '.bin', 'node'))) return
  if (Number(process.versions.node.split('.')[0]) >= NODE_NEEDED) return
  const what = `Node ${NODE_NEEDED} or newer is needed, this is ${process.version}`
  throw new Error(
    `${what}, and npm has no Node package for ${process.platform}-${process.arch}. Install Node ${NODE_NEEDED} and start again.`,
  )
}

async function prepareNats() {
  if (process.env.NATS_URL) return
  const startedAt = Date.now()
  let fetched = false
  const binary = await findNats((line) => {
    fetched = true
    console.log(`${line[0].toUpperCase()}${line.slice(1)}`)
  })
  if (fetched) console.log(`nats-server ready in ${secondsSince(startedAt)} s (${path.relative(root, binary)})`)
}

function changedAt(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function secondsSince(startedAt) {
  return ((Date.now() - startedAt) / 1000).toFixed(1)
}
