import { EVMError } from '@ethereumjs/evm'
import { depositCode } from './deposit.ts'
import { Frame, type Host, MESSAGE, PAUSE, STEP } from './frame.ts'
import { isCreation, type Message, type MessageAnswer, stands } from './message.ts'
import { startMessage } from './message-start.ts'
import { failure, success } from './outcome.ts'
import { runFrame } from './run-frame.ts'
import { messageEnd, sentMessage } from './sending.ts'
import { stepFrame } from './stepping.ts'

/** Runs a message with all that it sends. Nothing waits, but for the pauses that the pacer asks for. */
export async function runMessages(host: Host, root: Message): Promise<MessageAnswer> {
  const run = new MessageRun(host)
  let pause = run.send(root)
  for (;;) {
    if (pause !== undefined) await pause
    pause = run.advance()
    if (pause === undefined) return withOwnOutput(run.answer as MessageAnswer)
  }
}

/** The root's memory is not looked into any more. */
function withOwnOutput(answer: MessageAnswer): MessageAnswer {
  const output = answer.output.slice()
  answer.frame?.memory.release()
  return { ...answer, output }
}

/** The open frames of a transaction: a stack of its own, so that no depth of calls can exhaust the engine's. */
class MessageRun {
  /** Of the message that has ended last, until the frame that sent it takes it. */
  answer: MessageAnswer | undefined
  readonly #host: Host
  readonly #frames: Frame[] = []

  constructor(host: Host) {
    this.#host = host
  }

  /** Opens the frame of a message. @returns what to await first, if anything */
  send(message: Message): Promise<void> | undefined {
    const { journal, transientSlots, schedule, listener } = this.#host
    listener?.messageStarts(sentMessage(message))
    // Stays warm when the creation fails (EIP-2929).
    if (isCreation(message) && schedule.hasAccessCosts) journal.warm(message.address)
    journal.openCheckpoint()
    transientSlots.checkpoint()
    const started = startMessage(this.#host, message)
    if (started instanceof Promise) return started.then((answer) => this.#end(answer))
    if (started instanceof Frame) this.#frames.push(started)
    else this.#end(started)
    return undefined
  }

  /** Runs on. @returns a pause to await before the next call; undefined: the root is answered */
  advance(): Promise<void> | undefined {
    for (;;) {
      const frame = this.#frames.at(-1)
      if (frame === undefined) return undefined
      const pause = this.#run(frame)
      if (pause !== undefined) return pause
    }
  }

  #run(frame: Frame): Promise<void> | undefined {
    const { listener, pacer } = this.#host
    try {
      this.#deliver(frame)
      const signal = listener?.wantsSteps === true ? stepFrame(frame, listener) : runFrame(frame)
      if (signal === PAUSE) return frame.pause
      if (signal === STEP) return pacer.tick()
      if (signal === MESSAGE && frame.pending !== undefined) {
        const waiting = this.send(frame.pending.message)
        // What was waited for may have run here all the same.
        return waiting === undefined ? pacer.pause() : waiting.then(() => pacer.pause())
      }
    } catch (error) {
      if (!(error instanceof EVMError)) throw error
      this.#close(frame, failure(frame, error))
      return undefined
    }
    this.#close(frame, success(frame))
    return undefined
  }

  #deliver(frame: Frame): void {
    const { answer } = this
    if (answer === undefined) return
    this.answer = undefined
    frame.pending?.receive(frame, answer)
  }

  #close(frame: Frame, answer: MessageAnswer): void {
    this.#frames.pop()
    frame.close()
    const { message } = frame
    this.#end(isCreation(message) ? depositCode(this.#host, message, answer) : answer)
  }

  #end(answer: MessageAnswer): void {
    const { journal, transientSlots, listener } = this.#host
    if (stands(answer)) {
      journal.keepCheckpoint()
      transientSlots.commit()
    } else {
      journal.undoCheckpoint()
      transientSlots.revert()
    }
    this.answer = stands(answer) ? answer : { ...answer, logs: [], refund: 0 }
    listener?.messageEnds(messageEnd(this.answer))
  }
}
