import { AmiError } from './errors.ts';
import { BANNER_MAX_BYTES, BLOCK_MAX_BYTES, BUFFER_BYTES } from './limits.ts';
import { AmiBlock } from './message.ts';
import type { AmiMessage } from './message.ts';

const CR = 13;
const LF = 10;
const OLD_OUTPUT = Buffer.from('Response: Follows\r\n');
const OLD_OUTPUT_END = Buffer.from('--END COMMAND--\r\n\r\n');

/**
 * Cuts the byte stream of an Asterisk manager into messages. Bytes go in with `push`, in pieces of any size; messages
 * are taken out with `next`, so whoever takes them decides how fast.
 *
 * The stream is text in UTF-8, but is cut as bytes: a character may be split between two packets. The first line is
 * the banner (one line, no empty line after it). Empty lines before a block are skipped (TestEvent ends with one too
 * many). The output of a command in the style of Asterisk before 14 (`Response: Follows` … `--END COMMAND--`) comes
 * out in the present style, as repeated `Output` headers.
 */
export class AmiFramer {
  /** First line of the stream, `''` until it has come. */
  banner = '';
  #buffer: Buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #start = 0;
  #end = 0;
  /** Up to here the block at `#start` is known not to end. */
  #searched = 0;
  readonly #blockMaxBytes: number;

  /** @param options.blockMaxBytes a block longer than this (with its empty line) is an error */
  constructor(options: { blockMaxBytes?: number } = {}) {
    this.#blockMaxBytes = options.blockMaxBytes ?? BLOCK_MAX_BYTES;
  }

  /** Bytes that wait for the rest of their block, or to be taken. */
  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  /** Adds bytes. They are copied: the caller may reuse the chunk. */
  push(chunk: Uint8Array): void {
    if (this.#buffer.length - this.#end < chunk.length) this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The next whole message, or undefined when more bytes are needed.
   *
   * @throws AmiError `not-ami` when the first line is not a manager's banner; `oversized-block`. The stream cannot be
   *   read on after either.
   */
  next(): AmiMessage | undefined {
    if (this.banner === '' && !this.#takeBanner()) return undefined;
    this.#skipEmptyLines();
    const old = this.#isOldOutput();
    const stop = old ? this.#findOldOutputEnd() : findBlockEnd(this.#buffer, this.#searched, this.#end);
    if ((stop < 0 ? this.#end : stop) - this.#start > this.#blockMaxBytes) {
      throw new AmiError('oversized-block', `a block of the manager's stream is over ${this.#blockMaxBytes} bytes`);
    }
    if (stop < 0) {
      this.#searched = Math.max(this.#start, this.#end - (OLD_OUTPUT_END.length - 1));
      return undefined;
    }
    const text = this.#buffer.toString('utf8', this.#start, stop - 4);
    this.#start = this.#searched = stop;
    return new AmiBlock(old ? inPresentStyle(text) : text);
  }

  #takeBanner(): boolean {
    const line = this.#buffer.subarray(this.#start, this.#end).indexOf(LF);
    const length = line < 0 ? this.pendingBytes : line;
    if (length > BANNER_MAX_BYTES) throw notAmi();
    if (line < 0) return false;
    const banner = this.#buffer.toString('utf8', this.#start, this.#start + line).trim();
    if (!banner.includes('Call Manager')) throw notAmi();
    this.banner = banner;
    this.#start += line + 1;
    this.#searched = this.#start;
    return true;
  }

  #skipEmptyLines(): void {
    if (this.#searched > this.#start) return;
    while (this.#start < this.#end) {
      const byte = this.#buffer[this.#start];
      if (byte !== CR && byte !== LF) break;
      this.#start += 1;
    }
    this.#searched = this.#start;
  }

  #isOldOutput(): boolean {
    const start = this.#start;
    // One byte tells `Response: Follows` from nearly everything else, events above all.
    if (this.#end - start < OLD_OUTPUT.length || this.#buffer[start + 10] !== OLD_OUTPUT[10]) return false;
    return this.#buffer.compare(OLD_OUTPUT, 0, OLD_OUTPUT.length, start, start + OLD_OUTPUT.length) === 0;
  }

  #findOldOutputEnd(): number {
    const at = this.#buffer.subarray(0, this.#end).indexOf(OLD_OUTPUT_END, this.#searched);
    return at < 0 ? -1 : at + OLD_OUTPUT_END.length;
  }

  /** Moves what is left to the front, into a larger buffer when it would fill more than half of this one. */
  #makeRoom(bytes: number): void {
    const left = this.pendingBytes;
    let size = BUFFER_BYTES;
    while (size < 2 * left + bytes) size *= 2;
    const target = size === this.#buffer.length ? this.#buffer : Buffer.allocUnsafe(size);
    this.#buffer.copy(target, 0, this.#start, this.#end);
    this.#buffer = target;
    this.#searched -= this.#start;
    this.#start = 0;
    this.#end = left;
  }
}

/**
 * Index after the first CR LF CR LF, or -1. Looks at every fourth byte while there is no line end near, which is
 * faster than the search built into Buffer because lines are longer than four bytes.
 */
function findBlockEnd(bytes: Buffer, from: number, to: number): number {
  let at = from + 3;
  while (at < to) {
    const byte = bytes[at];
    if (byte === LF) {
      if (bytes[at - 2] === LF && bytes[at - 1] === CR && bytes[at - 3] === CR) return at + 1;
      at += 2;
    } else if (byte === CR) {
      at += 1;
    } else {
      at += 4;
    }
  }
  return -1;
}

/** Header lines of the old style are at most these three and end with CRLF; all after them is output. */
function inPresentStyle(text: string): string {
  const lines = text.slice(0, text.lastIndexOf('--END COMMAND--')).split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const outputFrom = lines.findIndex((line) => !/^(Response|Privilege|ActionID): /.test(line));
  const headers = outputFrom < 0 ? lines : lines.slice(0, outputFrom);
  const output = outputFrom < 0 ? [] : lines.slice(outputFrom);
  return [...headers, ...output.map((line) => `Output: ${line}`)].join('\r\n');
}

function notAmi(): AmiError {
  return new AmiError('not-ami', 'what answered is not an Asterisk manager: its first line is no manager banner');
}
