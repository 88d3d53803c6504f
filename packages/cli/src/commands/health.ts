import { CodedError, errorMessage } from '@busan/primitives'
import { Command } from 'commander'

/** `busan health`: exit code 0 when the node's readiness check passes; the container image's HEALTHCHECK. */
export function healthCommand(): Command {
  return new Command('health')
    .description('exit 0 when a node is ready, 1 with the failing check when it is not')
    .option('--rpc <url>', 'JSON-RPC address of the node', 'http://127.0.0.1:8545')
    .option('--max-head-age <seconds>', 'oldest acceptable head block', '30')
    .option('--min-peers <n>', 'fewest acceptable peers', '0')
    .action(async (options: { rpc: string; maxHeadAge: string; minPeers: string }) => {
      const url = new URL('/readiness', options.rpc)
      url.searchParams.set('maxHeadAge', options.maxHeadAge)
      url.searchParams.set('minPeers', options.minPeers)
      const { status, text } = await ask(url)
      console.log(text)
      if (status !== 200) throw new CodedError('unhealthy', 'the node is not ready')
    })
}

async function ask(url: URL): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(4000) })
    return { status: response.status, text: await response.text() }
  } catch (cause) {
    throw new CodedError('unhealthy', `no answer from ${url.origin}: ${errorMessage(cause)}`, {
      cause,
    })
  }
}
