import {
  asBytes,
  asList,
  asScalar,
  decodeRlp,
  errorMessage,
  type Hex,
  hexToBytes,
} from '@busan/primitives'

/**
 * What is wrong with a QBFT genesis extraData, which is RLP [vanity, validators, no vote, round 0, no seals];
 * undefined when nothing is. No validators at all is a template and passes.
 */
export function describeExtraDataFault(extraData: Hex): string | undefined {
  try {
    const items = asList(decodeRlp(hexToBytes(extraData)), 'extraData')
    if (items.length !== 5) return `must be an RLP list of 5 items, has ${items.length}`
    asBytes(items[0], 'vanity')
    const validators = asList(items[1], 'validators').map((item) =>
      asBytes(item, 'validator', 20).join(),
    )
    if (new Set(validators).size < validators.length) return 'names a validator twice'
    if (asList(items[2], 'vote').length > 0) return 'must carry no vote'
    if (asScalar(items[3], 'round') !== 0n) return 'must be of round 0'
    if (asList(items[4], 'seals').length > 0) return 'must carry no seals'
    return undefined
  } catch (error) {
    return `must be RLP [vanity, validators, [], 0, []]: ${errorMessage(error)}`
  }
}
