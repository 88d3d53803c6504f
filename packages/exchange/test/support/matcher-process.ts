// A matcher of its own process: prints its URL and serves until it is killed.
import { createExchangeServer, openMatcher } from '../../src/index.ts'
import { settingsFor } from './signed.ts'

const matcher = openMatcher(settingsFor(process.argv[2] as string))
const { url } = await createExchangeServer(matcher, { port: 0 })
process.stdout.write(`${url}\n`)
