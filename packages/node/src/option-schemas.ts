// How values of settings are written: on the command line and in the environment all are text.
import { z } from 'zod'

/** true or false, as text too. */
export const flag = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean(),
)
/** A whole number within bounds, as text too. */
export const whole = (least: number, most: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value),
    z.number().int().min(least).max(most),
  )
/** 0 takes any free one. */
export const port = whole(0, 65_535)
/** Not empty. */
export const text = z.string().min(1)
/** A list, or text with commas. */
export const list = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((part) => part.trim())
          .filter(Boolean)
      : value,
  z.array(z.string()),
)
/** A list of HTTP URLs. */
export const urls = list.refine(
  (items) => items.every((item) => URL.canParse(item) && /^https?:$/.test(new URL(item).protocol)),
  { error: 'expected URLs, such as http://10.0.0.2:8545' },
)
/** Namespaces, in lower case. */
export const apis = list.transform((names) => names.map((name) => name.toLowerCase()))
/** Every state, or those of so many blocks: with fewer a call could outlive the state that it runs on. */
export const history = z.union([z.literal('archive'), whole(128, 1_000_000_000)])
