import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';

/** Place in a file, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A parsed YAML text that still knows where everything stood. */
export class YamlSource {
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();

  constructor(text: string) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, logLevel: 'error' });
  }

  /** What makes the text no YAML, in the parser's words. */
  errors(): { place: Place; message: string }[] {
    const errors = this.#document.errors.map((error) => ({ place: this.#place(error.pos[0]), message: error.message }));
    if (errors.length > 0) return errors;
    try {
      this.value();
      return [];
    } catch (error) {
      // An alias without its anchor, or aliases that multiply without end.
      return [{ place: this.#place(0), message: error instanceof Error ? error.message : String(error) }];
    }
  }

  /** The content as plain data; an empty file is an empty map. */
  value(): unknown {
    return this.#document.toJS({ maxAliasCount: 100 }) ?? {};
  }

  /** Replaces every text by what `change` makes of it. */
  changeTexts(change: (text: string, place: Place) => string): void {
    visit(this.#document, {
      Scalar: (key, node) => {
        if (key !== 'key' && typeof node.value === 'string') {
          node.value = change(node.value, this.#place(node.range?.[0] ?? 0));
        }
      },
    });
  }

  /** Takes the number at this path as the text that was written (`007`, `+7999...`); false when no number is there. */
  takeAsText(path: readonly PropertyKey[]): boolean {
    const node = this.#document.getIn(path, true);
    if (!isScalar(node) || typeof node.value !== 'number' || node.source === undefined) return false;
    node.value = node.source;
    return true;
  }

  /** Where a value stands; where it is missing, its nearest parent. `key`: the place of the key itself. */
  placeOf(path: readonly PropertyKey[], key?: string): Place {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true);
      if (isMap(node) && key !== undefined && length === path.length) {
        const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key);
        if (pair && isNode(pair.key) && pair.key.range) return this.#place(pair.key.range[0]);
      }
      if (isNode(node) && node.range) return this.#place(node.range[0]);
    }
    return { line: 1, column: 1 };
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}
