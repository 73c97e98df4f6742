// Black and white lists: what is not to be registered.
import type { Directory, Line, ListRule } from '../people/directory.ts';
import { numberIndex, type NumberIndex } from '../people/number-index.ts';
import { compilePatterns } from '../phones/pattern.ts';

/** What the rules look at. */
export interface Listed {
  crm: string;
  /** Extensions of everyone of ours who took part so far. */
  extensions: readonly string[];
  line: Line | null;
  /** The client's number; null when withheld, or in an internal call. */
  client: string | null;
}

interface Compiled {
  rule: ListRule;
  extensions: (extension: string) => boolean;
  clients: NumberIndex<true>;
}

const compiled = new WeakMap<Directory, Map<string, Compiled[]>>();

/** The rule that decides: the first `allow` that holds, else the first `block`; null when none holds. */
export function listRuleFor(directory: Directory, region: string, listed: Listed): ListRule | null {
  if (directory.lists.length === 0) return null;
  const rules = rulesOf(directory, region).filter((one) => holds(one, listed));
  return (rules.find(({ rule }) => rule.action === 'allow') ?? rules[0])?.rule ?? null;
}

function holds({ rule, extensions, clients }: Compiled, listed: Listed): boolean {
  if (rule.crms !== null && !rule.crms.includes(listed.crm)) return false;
  if (rule.lines.length > 0 && !(listed.line && rule.lines.includes(listed.line.id))) return false;
  if (rule.clients.length > 0 && !(listed.client !== null && clients(listed.client))) return false;
  if (rule.extensions.length === 0) return true;
  // A call that once was registered stays so, whoever takes it in the end: what the CRM was shown has to be finished there.
  return rule.action === 'allow'
    ? listed.extensions.some(extensions)
    : listed.extensions.length > 0 && listed.extensions.every(extensions);
}

function rulesOf(directory: Directory, region: string): Compiled[] {
  let regions = compiled.get(directory);
  if (!regions) compiled.set(directory, (regions = new Map()));
  let rules = regions.get(region);
  if (!rules) {
    rules = directory.lists.map((rule) => ({
      rule,
      extensions: compilePatterns(rule.extensions),
      clients: numberIndex(
        rule.clients.map((entry) => [entry, true] as const),
        region,
      ),
    }));
    regions.set(region, rules);
  }
  return rules;
}
