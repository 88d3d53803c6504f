// The compiler from npm behind the command line that forge expects: no native compiler is downloaded.
const { readFileSync } = require('node:fs')
const solc = require('solc')

if (process.argv.includes('--version')) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`)
} else {
  console.log(solc.compile(readFileSync(0, 'utf8')))
}
