import { InvalidArgumentError } from 'commander'

/** Number of a block as an option's value. @throws InvalidArgumentError */
export function parseBlock(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('a block number is expected')
  return BigInt(text)
}
