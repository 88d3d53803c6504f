#!/usr/bin/env node
'use strict'
// Plain CommonJS so that any Node can parse it: re-runs the command under the Node this repository pins.
const { spawn } = require('node:child_process')
const { enableCompileCache } = require('node:module')
const path = require('node:path')
const { pathToFileURL } = require('node:url')

const NODE_MAJOR = 24
const main = path.join(__dirname, '..', 'src', 'main.ts')

if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) {
  // A node loads a thousand modules; compiled once, they load in two thirds of the time.
  enableCompileCache()
  import(pathToFileURL(main).href).catch((error) => {
    console.error(error)
    process.exit(70)
  })
} else {
  runUnder(findPinnedNode())
}

function findPinnedNode() {
  const name = `node-${process.platform}-${process.arch}`
  try {
    return path.join(path.dirname(require.resolve(`${name}/package.json`)), 'bin', 'node')
  } catch {
    console.error(
      `busan needs Node ${NODE_MAJOR}; this is ${process.version}, and the pinned copy (${name}) is not installed.\n` +
        'Fix: run "npm start" in the repository once, or install Node 24.',
    )
    process.exit(78)
  }
}

function runUnder(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal))
  }
  child.on('exit', (code, signal) => {
    if (signal) process.kill(process.pid, signal)
    else process.exit(code)
  })
}
