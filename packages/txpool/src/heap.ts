/** Binary heap: `pop` gives the item that `precedes` puts first. */
export interface Heap<Item> {
  readonly size: number
  pop(): Item | undefined
  push(item: Item): void
  /** Removes every item that fails the test. */
  retain(keep: (item: Item) => boolean): void
}

/** True when `a` must leave before `b`. */
export type Precedes<Item> = (a: Item, b: Item) => boolean

/** Builds a heap in linear time. */
export function createHeap<Item>(
  precedes: Precedes<Item>,
  initial: Iterable<Item> = [],
): Heap<Item> {
  let items = [...initial]
  heapify(items, precedes)
  return {
    get size() {
      return items.length
    },
    pop() {
      const first = items[0]
      const last = items.pop()
      if (items.length > 0) {
        items[0] = last as Item
        siftDown(items, precedes, 0)
      }
      return first
    },
    push(item) {
      items.push(item)
      siftUp(items, precedes, items.length - 1)
    },
    retain(keep) {
      items = items.filter(keep)
      heapify(items, precedes)
    },
  }
}

function heapify<Item>(items: Item[], precedes: Precedes<Item>): void {
  for (let i = (items.length >> 1) - 1; i >= 0; i--) siftDown(items, precedes, i)
}

function siftUp<Item>(items: Item[], precedes: Precedes<Item>, start: number): void {
  let child = start
  while (child > 0) {
    const parent = (child - 1) >> 1
    if (!precedes(items[child] as Item, items[parent] as Item)) return
    swap(items, child, parent)
    child = parent
  }
}

function siftDown<Item>(items: Item[], precedes: Precedes<Item>, start: number): void {
  let parent = start
  for (;;) {
    const left = 2 * parent + 1
    let first = parent
    for (const child of [left, left + 1]) {
      if (child >= items.length) break
      if (precedes(items[child] as Item, items[first] as Item)) first = child
    }
    if (first === parent) return
    swap(items, parent, first)
    parent = first
  }
}

function swap<Item>(items: Item[], i: number, j: number): void {
  const held = items[i] as Item
  items[i] = items[j] as Item
  items[j] = held
}
