// What a client of the AMI sends.

/** One action: its headers, keys in lower case, every value of a repeated one kept. */
export class Request {
  private readonly headers = new Map<string, string[]>();

  constructor(block: string) {
    for (const line of block.split('\n')) {
      const at = line.indexOf(':');
      if (at <= 0) continue;
      const key = line.slice(0, at).trim().toLowerCase();
      const values = this.headers.get(key) ?? [];
      values.push(line.slice(at + 1).trim());
      this.headers.set(key, values);
    }
  }

  get(key: string): string {
    return this.headers.get(key.toLowerCase())?.[0] ?? '';
  }

  all(key: string): readonly string[] {
    return this.headers.get(key.toLowerCase()) ?? [];
  }

  get action(): string {
    return this.get('action').toLowerCase();
  }
}

/** No honest action is longer, in characters. */
const longestAction = 65_536;

/** Cuts what arrives into actions. */
export class Requests {
  private rest = '';

  /** @throws RangeError when an action never ends. */
  push(text: string): Request[] {
    this.rest += text.replaceAll('\r', '');
    const requests: Request[] = [];
    for (let at = this.rest.indexOf('\n\n'); at >= 0; at = this.rest.indexOf('\n\n')) {
      const block = this.rest.slice(0, at).trim();
      this.rest = this.rest.slice(at + 2);
      if (block !== '') requests.push(new Request(block));
    }
    if (this.rest.length > longestAction) throw new RangeError('an action without an end');
    return requests;
  }
}
