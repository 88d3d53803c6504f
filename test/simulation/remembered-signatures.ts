// One signature is checked by every node of a simulation, and the same few keys sign much the same things in run after
// run. Here all nodes share a process: each answer is worked out once, with the real cryptography, and remembered.
import secp256k1 from 'secp256k1'

const REMEMBERED_MAX = 100_000

/** Makes signing and the recovery of public keys remember their answers, for the rest of the process. */
export function rememberSignatures(): void {
  const { ecdsaSign, ecdsaRecover } = secp256k1
  const signatures = new Map<string, ReturnType<typeof ecdsaSign>>()
  const publicKeys = new Map<string, Uint8Array>()
  Object.assign(secp256k1, {
    ecdsaSign: (digest: Uint8Array, key: Uint8Array) => {
      const question = text(digest) + text(key)
      return remembered(signatures, question, () => ecdsaSign(digest, key))
    },
    ecdsaRecover: (signature: Uint8Array, v: number, digest: Uint8Array, compressed?: boolean) => {
      const question = `${text(signature)}${v}${text(digest)}${compressed}`
      return remembered(publicKeys, question, () => ecdsaRecover(signature, v, digest, compressed))
    },
  })
}

function remembered<Answer>(
  known: Map<string, Answer>,
  question: string,
  ask: () => Answer,
): Answer {
  const answer = known.get(question)
  if (answer !== undefined) return answer
  const worked = ask()
  if (known.size >= REMEMBERED_MAX) known.clear()
  known.set(question, worked)
  return worked
}

const latin1 = new TextDecoder('latin1')

function text(bytes: Uint8Array): string {
  return latin1.decode(bytes)
}
