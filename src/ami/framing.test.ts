import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AmiError } from './errors.ts';
import { AmiFramer } from './framing.ts';
import type { AmiMessage } from './message.ts';

const BANNER = 'Asterisk Call Manager/11.0.0\r\n';

/** Everything that comes out when these chunks go in. */
function frame(chunks: Uint8Array[]): AmiMessage[] {
  const framer = new AmiFramer();
  const messages: AmiMessage[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    for (let message = framer.next(); message; message = framer.next()) messages.push(message);
  }
  return messages;
}

/** What comes out, or the error that ends it, and the most bytes that ever waited. */
function tryToFrame(chunks: Uint8Array[], blockMaxBytes: number): { error: unknown; mostPending: number } {
  const framer = new AmiFramer({ blockMaxBytes });
  framer.push(Buffer.from(BANNER));
  let mostPending = 0;
  try {
    for (const chunk of chunks) {
      framer.push(chunk);
      for (let message = framer.next(); message; message = framer.next()) message.headers();
      mostPending = Math.max(mostPending, framer.pendingBytes);
    }
  } catch (error) {
    return { error, mostPending };
  }
  return { error: undefined, mostPending };
}

const frameText = (text: string): AmiMessage[] => frame([Buffer.from(BANNER + text)]);

/** The chunks that cutting at these places (fractions of the length) gives. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const at = [0, ...places.map((place) => Math.floor(place * bytes.length)).toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

const key = fc.stringMatching(/^[A-Za-z][A-Za-z-]{0,12}$/);
/** Any text that can be one value: line ends only singly, as a hostile caller may send them. */
const value = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/\r\n|\r$|^\n/g, ''));
const hostile = fc.constantFrom(
  'a: b',
  '',
  ' ',
  '\n',
  'x\ny: z',
  'Ёлка «7»',
  '👍🏽',
  ': ',
  '<unknown>',
  '--END COMMAND--',
);
const headers = fc.array(fc.tuple(key, fc.oneof(value, hostile)), { maxLength: 8 });
const blocks = fc.array(fc.tuple(headers, fc.nat(2)), { minLength: 1, maxLength: 8 });
const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });

describe('any stream', () => {
  it('gives the same messages however it is cut', () => {
    fc.assert(
      fc.property(blocks, places, (list, at) => {
        const texts = list.map(([lines]) =>
          ['Event: Test', ...lines.map(([name, text]) => `${name}: ${text}`)].join('\r\n'),
        );
        const stream = texts.map((text, index) => `${text}\r\n\r\n${'\r\n'.repeat(list[index]![1])}`).join('');
        const bytes = Buffer.from(BANNER + stream);
        const expected = texts.map((text) => Buffer.from(text).toString());
        expect(frame(cut(bytes, at)).map((message) => message.raw)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('gives the same messages byte by byte', () => {
    const bytes = Buffer.from(`${BANNER}Event: A\r\nName: Ёлка 👍\r\n\r\n\r\nResponse: Success\r\nPing: Pong\r\n\r\n`);
    const messages = frame([...bytes].map((byte) => Buffer.of(byte)));
    expect(messages.map((message) => message.name)).toEqual(['A', 'Response']);
    expect(messages[0]!.get('Name')).toBe('Ёлка 👍');
  });

  it('of garbage gives messages or the typed error, and never waits on more than the limit', () => {
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.array(fc.constantFrom(13, 10, 58, 32, 65, 0xd0), { maxLength: 400 }).map((list) => Uint8Array.from(list)),
    );
    fc.assert(
      fc.property(garbage, places, (bytes, at) => {
        const { error, mostPending } = tryToFrame(cut(Buffer.from(bytes), at), 64);
        expect(mostPending).toBeLessThanOrEqual(64);
        expect(error === undefined || (error instanceof AmiError && error.code === 'oversized-block')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused at the same size however it is cut', () => {
    const sizes = fc.integer({ min: 1, max: 80 });
    fc.assert(
      fc.property(sizes, places, (size, at) => {
        const block = Buffer.from(`A: ${'x'.repeat(size)}\r\n\r\n`);
        const framed = tryToFrame(cut(block, at), 40);
        expect(framed.error === undefined).toBe(size + 7 <= 40);
      }),
    );
  });
});

describe('the banner', () => {
  it('is one line with no empty line after it', () => {
    const framer = new AmiFramer();
    framer.push(Buffer.from(`${BANNER}Event: A\r\n\r\n`));
    expect(framer.next()?.name).toBe('A');
    expect(framer.banner).toBe('Asterisk Call Manager/11.0.0');
  });

  it('tells another protocol, at once or when the first line does not end', () => {
    const http = new AmiFramer();
    http.push(Buffer.from('HTTP/1.1 400 Bad Request\r\n'));
    expect(() => http.next()).toThrow(expect.objectContaining({ code: 'not-ami' }));
    const binary = new AmiFramer();
    binary.push(Buffer.alloc(300, 1));
    expect(() => binary.next()).toThrow(expect.objectContaining({ code: 'not-ami' }));
  });
});

describe('blocks', () => {
  it('skips stray empty lines', () => {
    const messages = frameText('\r\n\r\nEvent: TestEvent\r\n\r\n\r\nEvent: B\r\n\r\n');
    expect(messages.map((message) => message.name)).toEqual(['TestEvent', 'B']);
  });

  it('replaces bytes that are no UTF-8 and goes on', () => {
    const bytes = Buffer.concat([
      Buffer.from(`${BANNER}Event: A\r\nName: `),
      Buffer.of(0xc0, 0xff),
      Buffer.from('\r\n\r\n'),
    ]);
    expect(frame([bytes])[0]!.get('Name')).toBe('��');
  });

  it('takes blocks larger than its first buffer', () => {
    const long = 'x'.repeat(700_000);
    const bytes = Buffer.from(`${BANNER}Event: A\r\nData: ${long}\r\n\r\nEvent: B\r\n\r\n`);
    const chunks = cut(
      bytes,
      Array.from({ length: 50 }, (_, index) => index / 50),
    );
    const [a, b] = frame(chunks);
    expect(a!.get('Data')).toBe(long);
    expect(b!.name).toBe('B');
  });
});

describe('command output', () => {
  it('comes as repeated headers since Asterisk 14', () => {
    const [message] = frameText('Response: Success\r\nActionID: 1\r\nOutput: a: b\r\nOutput: \r\nOutput: c\r\n\r\n');
    expect(message!.all('Output')).toEqual(['a: b', '', 'c']);
  });

  it('of Asterisk before 14 comes out the same, empty lines and colons included', () => {
    const old =
      'Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\nName: x\n\n\r\n\r\nlast\n--END COMMAND--\r\n\r\n';
    const [message, next] = frameText(`${old}Event: B\r\n\r\n`);
    expect(message!.name).toBe('Response');
    expect(message!.get('ActionID')).toBe('7');
    expect(message!.all('Output')).toEqual(['Name: x', '', '', '', 'last']);
    expect(next!.name).toBe('B');
  });

  it('of Asterisk before 14 is found however it is cut', () => {
    const old = 'Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\n--END\r\n\r\nof\n--END COMMAND--\r\n\r\n';
    const bytes = Buffer.from(`${BANNER}${old}Event: B\r\n\r\n`);
    fc.assert(
      fc.property(places, (at) => {
        const [message, next] = frame(cut(bytes, at));
        expect(message!.all('Output')).toEqual(['--END', '', 'of']);
        expect(next!.name).toBe('B');
      }),
    );
  });
});
