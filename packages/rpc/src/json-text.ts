/** A value that is JSON text already: it goes into a response as it is. */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Texts of values that never change, such as final blocks; those asked for least recently are forgotten. */
export interface JsonTexts {
  get(key: string): JsonText | undefined
  /** @returns the value's text, which may be too large to be kept */
  keep(key: string, value: object): JsonText
  /** The kept text, or the text of what `make` returns; a value that is not there (undefined) is not kept. */
  of(key: string, make: () => object | undefined): JsonText | undefined
}

/** @param sizeMax characters of keys and texts kept in all; one that takes over an eighth of that is not kept */
export function createJsonTexts(sizeMax: number): JsonTexts {
  const texts = new Map<string, JsonText>()
  let size = 0

  function get(key: string): JsonText | undefined {
    const known = texts.get(key)
    if (known === undefined) return undefined
    texts.delete(key)
    texts.set(key, known)
    return known
  }

  function forget(key: string): void {
    const known = texts.get(key)
    if (known === undefined) return
    texts.delete(key)
    size -= key.length + known.text.length
  }

  function keep(key: string, value: object): JsonText {
    const made = new JsonText(JSON.stringify(value))
    const addedSize = key.length + made.text.length
    if (addedSize > sizeMax / 8) return made
    forget(key)
    texts.set(key, made)
    size += addedSize
    for (const oldest of texts.keys()) {
      if (size <= sizeMax) break
      forget(oldest)
    }
    return made
  }

  return {
    get,
    keep,
    of(key, make) {
      const known = get(key)
      if (known !== undefined) return known
      const value = make()
      return value === undefined ? undefined : keep(key, value)
    },
  }
}
