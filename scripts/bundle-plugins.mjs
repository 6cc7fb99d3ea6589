// What esbuild is told about the modules of the bundles: what stays outside, what stands in for something else, and in which form.
// Reads and writes nothing itself. Used by bundle.mjs.

import { createRequire } from 'node:module'
import { basename, dirname, extname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** Leaves the modules of those file names outside. Every output is flat in dist/, so they are `./NAME.js` from each of them. */
export const staysOutside = files => ({
  name: 'stays-outside',
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ path }) =>
      files.includes(basename(path))
        ? { path: `./${basename(path, extname(path))}.js`, external: true }
        : undefined,
    )
  },
})

/** Clipanion and its checker of types as ES modules, of which only what is used gets into a bundle. */
export const CLIPANION = {
  clipanion: join(dirname(require.resolve('clipanion')), 'index.mjs'),
  typanion: join(dirname(require.resolve('typanion')), 'index.mjs'),
}

/** Clipanion asks a terminal how many colours it has, and loads Node's modules for it; nobody here asks Clipanion. */
export const noTerminalInClipanion = {
  name: 'no-terminal-in-clipanion',
  setup(build) {
    build.onResolve({ filter: /^\.\.\/platform$/ }, ({ importer, resolveDir }) =>
      importer.includes('clipanion') ? { path: join(resolveDir, '../platform/browser.mjs') } : undefined,
    )
  },
}

/**
 * Node's modules as objects, and of them what is used: an `import` of one reads each of its properties, also those that are made when
 * they are read. Names are those of the Node that builds; what is not used of them falls away.
 */
export const builtinsAsObjects = {
  name: 'builtins-as-objects',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'builtin', sideEffects: false } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path)).filter(name => /^[A-Za-z]\w*$/.test(name))
      const taken = names
        .filter(name => name !== 'default')
        .map(name => `export const ${name} = /* @__PURE__ */ (() => builtin.${name})();`)
      const builtin = `const builtin = process.getBuiltinModule('${path}');`
      return { contents: [builtin, 'export default builtin;', ...taken].join('\n') }
    })
  },
}

/** Leaves out exactly these modules that are loaded late: the words that ask for them never reach the bundle. */
export const leavesOut = names => ({
  name: 'leaves-out',
  setup(build) {
    const left = new Set()
    build.onResolve({ filter: /./ }, ({ path, kind }) => {
      if (kind !== 'dynamic-import' || path.endsWith('/binding.js')) return undefined
      left.add(path)
      return { path, namespace: 'left-out' }
    })
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `throw new Error('${path} is not in this bundle'); export default undefined`,
    }))
    build.onEnd(() => {
      const unforeseen = [...left].filter(path => !names.includes(path))
      const gone = names.filter(name => !left.has(name))
      if (unforeseen.length + gone.length === 0) return undefined
      const text = `left out without being named: ${unforeseen}; named but not there: ${gone}`
      return { errors: [{ text }] }
    })
  },
})
