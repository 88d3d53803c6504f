/** Which methods somebody may use, beside the namespaces that are served. */
export interface MethodPolicy {
  /** Globs of method names, where `*` stands for anything; absent: all. */
  readonly allow?: readonly string[]
  /** Globs again; they win. */
  readonly deny?: readonly string[]
}

/** The policy as a question about a method's name. */
export function methodFilter({ allow, deny = [] }: MethodPolicy): (name: string) => boolean {
  const [allowed, denied] = [allow?.map(patternOf), deny.map(patternOf)]
  return (name) =>
    (allowed === undefined || allowed.some((pattern) => pattern.test(name))) &&
    !denied.some((pattern) => pattern.test(name))
}

function patternOf(glob: string): RegExp {
  const literal = glob.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
  return new RegExp(`^${literal}$`)
}
