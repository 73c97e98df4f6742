import { TokenFile } from '../http/token-file.ts';
import { scopes, type Scope } from '../http/tokens.ts';
import { readLocalToken, tokensFile } from '../settings/token.ts';
import { badInput, CommandFailure } from './failure.ts';
import { findSettings } from './settings-file.ts';
import { tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';

interface Options {
  settings?: string;
}

/** `patchcord token`: the token of the running Patchcord, for trying the API out by hand. */
export function tokenShow(options: Options, terminal: Terminal): void {
  const { data } = findSettings(options.settings).settings;
  const token = readLocalToken(data);
  if (token === null) {
    throw new CommandFailure(`Patchcord has not run with the data folder ${data} yet`, 'Start it: patchcord start');
  }
  terminal.line(token);
}

/** `patchcord token add NAME`: prints the new token, the only time that it can be seen. */
export function tokenAdd(name: string, options: Options & { scope: string[] }, terminal: Terminal): void {
  const wanted = options.scope.length === 0 ? (['read'] satisfies Scope[]) : options.scope.map(scopeOf);
  const tokens = open(options);
  if (tokens.list().some((entry) => entry.name === name)) {
    throw badInput(
      `there is a token named ${JSON.stringify(name)} already`,
      `Choose another name, or: patchcord token remove ${name}`,
    );
  }
  terminal.line(tokens.add(name, wanted));
}

/** `patchcord token list` */
export function tokenList(options: Options, terminal: Terminal): void {
  const lines = tableLines(
    [
      { title: 'NAME', value: ({ name }) => name },
      { title: 'SCOPES', value: (entry) => entry.scopes.join(' ') },
      { title: 'MADE', value: ({ createdAt }) => createdAt },
    ],
    open(options).list(),
    { columns: terminal.columns(), colours: terminal.colours },
  );
  for (const line of lines) terminal.line(line);
}

/** `patchcord token remove NAME`: refused from the next request on. */
export function tokenRemove(name: string, options: Options, terminal: Terminal): void {
  if (!open(options).remove(name))
    throw badInput(`there is no token named ${JSON.stringify(name)}`, 'See: patchcord token list');
  terminal.note(`removed ${name}`);
}

function open(options: Options): TokenFile {
  return new TokenFile(tokensFile(findSettings(options.settings).settings.data));
}

function scopeOf(text: string): Scope {
  const scope = scopes.find((one) => one === text);
  if (scope === undefined)
    throw badInput(`no scope is named ${JSON.stringify(text)}`, `Give one of: ${scopes.join(', ')}`);
  return scope;
}
