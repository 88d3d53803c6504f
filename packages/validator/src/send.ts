import type { Block } from '@busan/chain-spec'
import { encodeMessage, latestOwnMessages, type UnsignedMessage } from '@busan/qbft'
import { type Height, inBackground } from './driver.ts'

/** Signs a message, which puts it on disk, then sends it and gives it to the machine like anyone else's. */
export async function broadcast(height: Height, unsigned: UnsignedMessage<Block>): Promise<void> {
  const { driver } = height
  const certificate = unsigned.type === 'commit' ? height.state.prepared : undefined
  const result = await driver.signer.sign(unsigned, certificate)
  if (result.kind === 'failed') height.unsent = [...height.unsent, unsigned]
  if (result.kind !== 'signed' || height.isOver) return
  // Whoever cannot make it whole gets it whole with the first retransmission.
  publish(height, height.driver.compact.shrink(result.message) ?? result.bytes)
  height.give({ type: 'message', message: result.message })
}

/** Sends again what others may have missed. */
export function resendOwn(height: Height): void {
  for (const message of latestOwnMessages(height.state)) publish(height, encodeMessage(message))
}

/** Tries again to sign what could not be signed, unless its round is over. */
export async function retryUnsent(height: Height): Promise<void> {
  const { unsent } = height
  height.unsent = []
  for (const message of unsent) {
    if (height.isOver) return
    if (message.payload.round >= height.state.round) await broadcast(height, message)
  }
}

/** Someone asks for a round that is over: our messages show it where we are. At most twice a request timeout. */
export function replyToStraggler(height: Height): void {
  const nowMs = height.driver.ports.clock.nowMs()
  if (nowMs - height.lastReplyMs < height.qbft.requestTimeoutMs / 2) return
  height.lastReplyMs = nowMs
  resendOwn(height)
}

function publish({ driver }: Height, bytes: Uint8Array): void {
  inBackground(driver, 'publishing', driver.ports.gossip.publishConsensus(bytes))
}
