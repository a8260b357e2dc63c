#!/usr/bin/env node
// Setup of the peers: their packages from the lock, and redis-server from Debian when there is none.
// Not run by anything of the project. Without Redis the run says so in its table and measures the others.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))
const limitMs = 600_000

// The binaries come inside the packages: no install script has to run.
// Not `npm ci`: it refuses a lock without packages for other platforms that a registry does not have. The versions are the lock's all the same.
if (!run('npm', ['install', '--ignore-scripts', '--no-save'])) fail('The peers could not be installed: npm says why above.')
if (!has('redis-server')) {
  const isInstalled =
    process.getuid?.() === 0 && has('apt-get') && run('apt-get', ['install', '-y', '--no-install-recommends', 'redis-server'])
  if (!isInstalled)
    fail('There is no redis-server: install one (on Debian `apt-get install redis-server`), or measure with --only and without bullmq.')
}

function run(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(command, args, { cwd: folder, env, stdio: 'inherit', timeout: limitMs }).status === 0
}

function has(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined
}

function fail(sentence) {
  console.error(sentence)
  process.exit(2)
}
