// Preloaded into one node (node --import): its clock is off by CLOCK_OFFSET_MS, the product is untouched.
const offsetMs = Number(process.env.CLOCK_OFFSET_MS)
const trueNow = Date.now.bind(Date)
const shiftedNow = () => trueNow() + offsetMs

globalThis.Date = new Proxy(Date, {
  construct: (target, args) => Reflect.construct(target, args.length === 0 ? [shiftedNow()] : args),
  apply: () => new Date(shiftedNow()).toString(),
})
Date.now = shiftedNow
