import { readFileSync } from 'node:fs'

/** The version of this build, from the package file. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version

const runtime = `node${process.versions.node.split('.')[0]}`

/** What peers and web3_clientVersion see. */
export const CLIENT_VERSION = `busan/v${VERSION}/${process.platform}-${process.arch}/${runtime}`
