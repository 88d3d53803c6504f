import { readPassword, readValidatorKey } from '@busan/node'
import { bytesToHex, CodedError, toAddress } from '@busan/primitives'
import { createSponsorServer, openDesk } from '@busan/sponsor'
import { createLogger } from '@busan/telemetry'
import { Command, InvalidArgumentError } from 'commander'
import { stopOnSignals } from '../stop-on-signals.ts'

interface SponsorOptions {
  readonly rpc: string
  readonly contract: string
  readonly signerKey: string
  readonly bundlerKey: string
  readonly passwordFile: string
  readonly host: string
  readonly port: number
  readonly origin?: string[]
}

/** `busan sponsor`: the desk that lets citizens without coin use the city's services. */
export function sponsorCommand(): Command {
  return new Command('sponsor')
    .description("approve, bundle and bring citizens' user operations (ERC-4337), over JSON-RPC")
    .option('--rpc <url>', 'JSON-RPC of a node', 'http://127.0.0.1:8545')
    .requiredOption('--contract <address>', 'CitySponsor')
    .requiredOption('--signer-key <file>', 'key file of a sponsor signer (role 81)')
    .requiredOption(
      '--bundler-key <file>',
      'key file of an account with coins, which brings bundles',
    )
    .requiredOption('--password-file <file>', 'its first line opens both key files')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on', parsePort, 4337)
    .option('--origin <url...>', 'web pages that may ask (default: all)')
    .action(serve)
}

/** @throws CodedError of key files, `no-sponsor-signer`, `invalid-address` */
async function serve(options: SponsorOptions): Promise<void> {
  const password = await readPassword(options.passwordFile)
  const readKey = async (file: string) => bytesToHex(await readValidatorKey(file, password))
  if (!/^0x[0-9a-fA-F]{40}$/.test(options.contract)) {
    const message = `--contract ${options.contract} is no address: 0x and 40 digits`
    throw new CodedError('invalid-address', message)
  }
  const desk = await openDesk({
    rpcUrl: options.rpc,
    sponsor: toAddress(options.contract),
    signerKey: await readKey(options.signerKey),
    bundlerKey: await readKey(options.bundlerKey),
  })
  const logger = createLogger({ level: 'info', format: 'pretty' })
  const { host, port, origin } = options
  const server = await createSponsorServer(desk, logger, {
    host,
    port,
    ...(origin && { origins: origin }),
  })
  console.log(`sponsor desk at ${server.url}: bundler (ERC-7769) and paymaster (ERC-7677)`)
  await stopOnSignals(() => server.close())
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('0 to 65535')
  return port
}
