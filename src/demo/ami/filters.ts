// Which events a session gets: the Events action by class, the Filter action by event.
import type { DemoEvent, EventClass } from '../core/event.ts';

const classes: readonly EventClass[] = ['call', 'dialplan', 'agent', 'dtmf', 'system'];

/** What `Events:` of Login or `EventMask:` of Events asks for. */
export function classesOf(mask: string): Set<EventClass> {
  const wanted = mask
    .toLowerCase()
    .split(',')
    .map((one) => one.trim());
  if (wanted.includes('on') || wanted.includes('all') || wanted.includes('')) return new Set(classes);
  return new Set(classes.filter((one) => wanted.includes(one)));
}

interface Rule {
  readonly include: boolean;
  matches(event: DemoEvent): boolean;
}

/**
 * The Filter action's rules: an event passes when some including rule matches it (or there is none), and no excluding one does.
 * Both notations of Asterisk 22: the plain regular expression over the whole event, `!` first to exclude; and `Filter(name(…),header(…),
 * method(…),action(…))` with the text to match as its value.
 */
export class Filters {
  private readonly rules: Rule[] = [];

  /**
   * @param options what is in the parentheses of the advanced notation; empty text for the plain one.
   * @returns false when the rule cannot be understood.
   */
  add(options: string, value: string): boolean {
    const rule = options === '' ? plain(value) : advanced(options, value);
    if (rule) this.rules.push(rule);
    return rule !== null;
  }

  passes(event: DemoEvent): boolean {
    if (this.rules.length === 0) return true;
    const including = this.rules.filter((rule) => rule.include);
    if (including.length > 0 && !including.some((rule) => rule.matches(event))) return false;
    return !this.rules.some((rule) => !rule.include && rule.matches(event));
  }

  get empty(): boolean {
    return this.rules.length === 0;
  }
}

function pattern(text: string): RegExp | null {
  try {
    return new RegExp(text);
  } catch {
    return null;
  }
}

function plain(value: string): Rule | null {
  const include = !value.startsWith('!');
  const found = pattern(include ? value : value.slice(1));
  return found && { include, matches: (event) => found.test(event.text) };
}

function option(options: string, name: string): string | null {
  return new RegExp(`(?:^|,)\\s*${name}\\(([^)]*)\\)`).exec(options)?.[1]?.trim() ?? null;
}

function advanced(options: string, value: string): Rule | null {
  const name = option(options, 'name');
  const header = option(options, 'header')?.toLowerCase() ?? null;
  const test = tester(option(options, 'method') ?? (value === '' ? 'none' : 'exact'), value);
  if (!test) return null;
  return {
    include: option(options, 'action') !== 'exclude',
    matches(event) {
      if (name !== null && name !== event.name) return false;
      if (header === null) return test(event.text);
      const line = event.text.split('\r\n').find((one) => one.toLowerCase().startsWith(`${header}:`));
      return line !== undefined && test(line.slice(header.length + 1).trim());
    },
  };
}

function tester(method: string, value: string): ((text: string) => boolean) | null {
  switch (method) {
    case 'none':
      return () => true;
    case 'exact':
      return (text) => text === value;
    case 'starts_with':
      return (text) => text.startsWith(value);
    case 'ends_with':
      return (text) => text.endsWith(value);
    case 'contains':
      return (text) => text.includes(value);
    case 'regex': {
      const found = pattern(value);
      return found && ((text) => found.test(text));
    }
    default:
      return null;
  }
}
