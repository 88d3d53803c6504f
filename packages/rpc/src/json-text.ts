/** A value that is JSON text already: it goes into a response as it is. */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Texts of values that never change, such as final blocks; those asked for least recently are forgotten. */
export interface JsonTexts {
  /** The kept text, or the text of what `make` returns; a value that is not there (undefined) is not kept. */
  of(key: string, make: () => object | undefined): JsonText | undefined
}

/** @param sizeMax characters kept in all; a text larger than an eighth of that is not kept */
export function createJsonTexts(sizeMax: number): JsonTexts {
  const texts = new Map<string, JsonText>()
  let size = 0

  function keep(key: string, made: JsonText): void {
    texts.set(key, made)
    size += made.text.length
    for (const [oldest, { text }] of texts) {
      if (size <= sizeMax) return
      texts.delete(oldest)
      size -= text.length
    }
  }

  return {
    of(key, make) {
      const known = texts.get(key)
      if (known !== undefined) {
        texts.delete(key)
        texts.set(key, known)
        return known
      }
      const value = make()
      if (value === undefined) return undefined
      const made = new JsonText(JSON.stringify(value))
      if (made.text.length <= sizeMax / 8) keep(key, made)
      return made
    },
  }
}
