import type { Address, Hex, LocalAccount } from 'viem'

/** A sale with vouchers as its payer signs it; `Payment` of `IVoucherProgram.sol`. */
export interface Payment {
  readonly payer: Address
  /** Price in won. */
  readonly amount: bigint
  /** Most won that deposit tokens add to the vouchers; the payer has approved them. */
  readonly maxRest: bigint
  /** Seconds since the epoch, excluded. */
  readonly validAfter: bigint
  /** Seconds since the epoch, excluded. */
  readonly validBefore: bigint
  readonly merchant: Hex
  /** 32 bytes of the merchant's choice. */
  readonly invoice: Hex
  /** `VoucherProgram.nonces`. */
  readonly nonce: bigint
  /** Programmes whose vouchers may be used, eight at most. */
  readonly ids: readonly bigint[]
}

/** What a payer signs (EIP-712, domain `Busan Vouchers`, version 1). */
export const PAYMENT_TYPES = {
  Payment: [
    { name: 'payer', type: 'address' },
    { name: 'amount', type: 'uint80' },
    { name: 'maxRest', type: 'uint80' },
    { name: 'validAfter', type: 'uint64' },
    { name: 'validBefore', type: 'uint64' },
    { name: 'merchant', type: 'bytes32' },
    { name: 'invoice', type: 'bytes32' },
    { name: 'nonce', type: 'uint256' },
    { name: 'ids', type: 'uint256[]' },
  ],
} as const

/**
 * Signs a sale; anyone brings it to `VoucherProgram.pay`.
 * @param place of `VoucherProgram`
 * @param payer a key, or an account whose contract accepts the signature (ERC-1271)
 */
export function signPayment(
  place: { readonly chainId: number; readonly vouchers: Address },
  payment: Payment,
  payer: Pick<LocalAccount, 'signTypedData'>,
): Promise<Hex> {
  const { chainId, vouchers: verifyingContract } = place
  return payer.signTypedData({
    domain: { name: 'Busan Vouchers', version: '1', chainId, verifyingContract },
    types: PAYMENT_TYPES,
    primaryType: 'Payment',
    message: { ...payment },
  })
}
