import { compilePattern, type Pattern } from './pattern.ts';

/** One rule: a number that matches loses its first `strip` characters and gets `add` in front. */
export interface RewriteRule {
  readonly match: string;
  readonly strip: number;
  readonly add: string;
}

/** What became of one rule while a number was rewritten. */
export interface RewriteStep {
  readonly rule: RewriteRule;
  readonly outcome: 'applied' | 'no match' | 'leaves nothing' | 'not reached';
}

export interface Rewritten {
  readonly number: string;
  /** One step for each rule, in their order: what the tester shows. */
  readonly steps: readonly RewriteStep[];
}

export type Rewriter = (number: string) => Rewritten;

/**
 * Makes a rewriter of an ordered list of rules: the first that matches is applied, the others are not looked at. A number that no rule
 * matches stays as it is. A rule that would leave nothing of the number is passed over.
 * @throws RangeError when a rule's pattern is none
 */
export function rewriter(rules: readonly RewriteRule[]): Rewriter {
  const compiled: [RewriteRule, Pattern][] = rules.map((rule) => [rule, compilePattern(rule.match)]);
  return (number) => {
    let result: string | null = null;
    const steps: RewriteStep[] = [];
    for (const [rule, pattern] of compiled) {
      if (result !== null) {
        steps.push({ rule, outcome: 'not reached' });
      } else if (!pattern.matches(number)) {
        steps.push({ rule, outcome: 'no match' });
      } else {
        const rewritten = rule.add + number.slice(rule.strip);
        if (rewritten !== '') result = rewritten;
        steps.push({ rule, outcome: rewritten === '' ? 'leaves nothing' : 'applied' });
      }
    }
    return { number: result ?? number, steps };
  };
}
