// State paths
// A state value as the paths of every state that is active in it, outer ones too: what actors are found by. Pure.

/** So many of one actor, each so long: an index takes no more, and no machine that is drawn has more. */
export const pathsMax = 500
export const pathCharactersMax = 512

/** `{working: {thinking: 'asking'}}` is in `working`, `working.thinking` and `working.thinking.asking`. */
export function statePaths(value: unknown): readonly string[] {
  const paths: string[] = []
  walk(value, '', paths)
  return paths
}

function walk(value: unknown, above: string, paths: string[]): void {
  const inside: readonly (readonly [string, unknown])[] =
    typeof value === 'string' ? [[value, undefined]] : typeof value === 'object' && value !== null ? Object.entries(value) : []
  for (const [key, below] of inside) {
    const path = above === '' ? key : `${above}.${key}`
    if (paths.length >= pathsMax) return
    if (path.length > pathCharactersMax) continue
    paths.push(path)
    walk(below, path, paths)
  }
}
