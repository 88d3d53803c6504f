/**
 * Waits for SIGINT, SIGTERM, or the end of the parent that holds our IPC channel, then runs `stop`. A second
 * signal ends the process at once with exit code 130.
 */
export function stopOnSignals(stop: (reason: string) => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let stopping = false
    const onReason = (reason: string) => {
      if (stopping && reason !== 'parent ended') process.exit(130)
      if (stopping) return
      stopping = true
      stop(reason).then(resolve, reject)
    }
    process.on('SIGINT', () => onReason('SIGINT'))
    process.on('SIGTERM', () => onReason('SIGTERM'))
    if (process.channel !== undefined) process.on('disconnect', () => onReason('parent ended'))
  })
}
