// `node --import`: a worker that counts nothing and tells nothing (no-rollups.ts).
import { registerHooks } from 'node:module'

const stand = new URL('no-rollups.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context)
    return /\/runtime\/(?:tally|rollup)\.ts$/.test(found.url) ? { ...found, url: stand } : found
  },
})
