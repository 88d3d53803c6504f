/** Runs tasks of one key one after the other, in call order; those of different keys overlap. */
export type SerializeByKey<Key> = <Result>(key: Key, task: () => Promise<Result>) => Promise<Result>

/** Makes an independent set of queues; a queue is forgotten when its last task ends. */
export function createSerializer<Key>(): SerializeByKey<Key> {
  const tails = new Map<Key, Promise<unknown>>()
  return (key, task) => {
    const before = tails.get(key) ?? Promise.resolve()
    const result = before.then(task)
    const tail = result
      .catch(() => {})
      .then(() => {
        if (tails.get(key) === tail) tails.delete(key)
      })
    tails.set(key, tail)
    return result
  }
}
