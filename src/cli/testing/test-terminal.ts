import { stripVTControlCharacters } from 'node:util';
import type { Terminal } from '../terminal.ts';

/** A terminal that keeps what was written to it. */
export class TestTerminal implements Terminal {
  readonly isTty: boolean;
  readonly colours = false;
  /** Everything on standard output. */
  out = '';
  readonly notes: string[] = [];
  #watchers: (() => void)[] = [];

  constructor(isTty = false) {
    this.isTty = isTty;
  }

  columns(): number {
    return this.isTty ? 100 : Infinity;
  }

  rows(): number {
    return this.isTty ? 10 : Infinity;
  }

  line(text: string): void {
    this.write(`${text}\n`);
  }

  write(text: string): void {
    this.out += text;
    for (const watch of this.#watchers) watch();
  }

  note(text: string): void {
    this.notes.push(text);
    for (const watch of this.#watchers) watch();
  }

  /** Resolves as soon as the condition holds; looked at after everything that is written. */
  until(condition: (terminal: TestTerminal) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const watch = () => {
        if (!condition(this)) return;
        this.#watchers = this.#watchers.filter((one) => one !== watch);
        resolve();
      };
      this.#watchers.push(watch);
      watch();
    });
  }

  /** The last frame of a full-screen display, as lines without the control sequences. */
  frame(): string[] {
    const start = this.out.lastIndexOf('\u001b[H');
    return start < 0 ? [] : stripVTControlCharacters(this.out.slice(start)).split('\r\n');
  }
}
