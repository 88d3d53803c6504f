import { DatabaseSync } from 'node:sqlite'

/** One line of the journal: what was accepted, as JSON text. */
export interface JournalEntry {
  /** Ascending from 1. */
  readonly seq: number
  readonly body: string
}

/** An append-only table that survives a crash up to the last resolved append. */
export interface OrderJournal {
  /** Resolves when the line is on disk. Appends of one turn of the event loop share a transaction. */
  append(body: string): Promise<void>
  /** All lines, oldest first. */
  replay(): JournalEntry[]
  /** Writes what waits and closes the file. */
  close(): void
}

interface Waiting {
  readonly body: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Opens or creates a journal file. */
export function openOrderJournal(path: string): OrderJournal {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
  database.exec(
    'CREATE TABLE IF NOT EXISTS entry (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT',
  )
  const insert = database.prepare('INSERT INTO entry (body) VALUES (?)')
  const select = database.prepare('SELECT seq, body FROM entry ORDER BY seq')
  let waiting: Waiting[] = []

  function flush(): void {
    const batch = waiting
    waiting = []
    if (batch.length === 0) return
    try {
      database.exec('BEGIN')
      for (const { body } of batch) insert.run(body)
      database.exec('COMMIT')
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      for (const { reject } of batch) reject(error)
      return
    }
    for (const { resolve } of batch) resolve()
  }

  return {
    append(body) {
      return new Promise((resolve, reject) => {
        waiting.push({ body, resolve, reject })
        if (waiting.length === 1) setImmediate(flush)
      })
    },
    replay: () => select.all().map((row) => ({ seq: Number(row.seq), body: String(row.body) })),
    close() {
      flush()
      database.close()
    },
  }
}
