/** Wei in one gwei. */
export const GWEI = 10n ** 9n

/** Wei in one whole coin. */
export const ETHER = 10n ** 18n
