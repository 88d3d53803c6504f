import { readFile, stat } from 'node:fs/promises'
import { CodedError, errorMessage } from '@busan/primitives'
import type { CallerRules } from '@busan/rpc'
import { z } from 'zod'
import type { NodeConfig } from './options.ts'

const globs = z.array(z.string().regex(/^[\w*]+$/, 'letters, digits, _ and * only'))
const rate = z.strictObject({
  unitsPerSecond: z.number().positive(),
  burst: z.number().positive().optional(),
})

const accessSchema = z.strictObject({
  requiresKey: z.boolean().default(false),
  keys: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        sha256: z.string().regex(/^[0-9a-fA-F]{64}$/, 'SHA-256 of the key, 64 hex digits'),
        apis: z.array(z.string().min(1)).optional(),
        allow: globs.optional(),
        deny: globs.optional(),
        rate: rate.optional(),
        origins: z.array(z.string()).optional(),
      }),
    )
    .refine((keys) => new Set(keys.map(({ name }) => name)).size === keys.length, {
      message: 'two keys have one name',
    }),
})

/** HS256 asks for as many bytes as its hash has (RFC 7518, 3.2). */
const JWT_SECRET_SIZE_BYTES_MIN = 32

/** Who may use the listeners that clients reach, as the settings and the files that they name say. */
export type RpcAccess = Pick<CallerRules, 'keys' | 'requiresKey' | 'jwtSecret' | 'rate'>

/** @throws CodedError `file-unreadable`, `key-file-exposed` or `invalid-access-file`, which say what to do */
export async function readRpcAccess(
  config: Pick<NodeConfig, 'rpc-access-file' | 'rpc-jwt-secret-file' | 'rpc-rate-limit'>,
): Promise<RpcAccess> {
  const {
    'rpc-access-file': accessFile,
    'rpc-jwt-secret-file': secretFile,
    'rpc-rate-limit': unitsPerSecond,
  } = config
  return {
    ...(accessFile === undefined ? {} : await readKeys(accessFile)),
    ...(secretFile === undefined ? {} : { jwtSecret: await readSecret(secretFile) }),
    ...(unitsPerSecond === 0 ? {} : { rate: { unitsPerSecond } }),
  }
}

async function readKeys(file: string): Promise<Pick<RpcAccess, 'keys' | 'requiresKey'>> {
  const text = await readText(file)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw invalid(file, `is not JSON: ${errorMessage(cause)}`)
  }
  const read = accessSchema.safeParse(value)
  if (!read.success) {
    const problems = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    throw invalid(file, problems.join('; '))
  }
  // What the schema leaves out is absent, not undefined.
  return JSON.parse(JSON.stringify(read.data))
}

async function readSecret(file: string): Promise<Uint8Array> {
  const digits = (await readText(file)).trim().replace(/^0x/, '')
  const { mode } = await stat(file)
  if ((mode & 0o077) !== 0) {
    const octal = (mode & 0o777).toString(8)
    const message = `${file} can be read by others (mode ${octal}); run: chmod 600 ${file}`
    throw new CodedError('key-file-exposed', message)
  }
  const secret = Uint8Array.from(Buffer.from(digits, 'hex'))
  if (secret.length * 2 !== digits.length || secret.length < JWT_SECRET_SIZE_BYTES_MIN) {
    throw invalid(file, 'holds no secret: 64 hex digits or more; make one: openssl rand -hex 32')
  }
  return secret
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new CodedError('file-unreadable', `cannot read ${file}: ${errorMessage(cause)}`, {
      cause,
    })
  }
}

function invalid(file: string, problem: string): CodedError {
  return new CodedError('invalid-access-file', `${file}: ${problem}`)
}
