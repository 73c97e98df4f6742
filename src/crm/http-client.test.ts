import { describe, expect, it } from 'vitest';
import { HttpError, type HttpRequest } from './http.ts';
import { Masker } from './masker.ts';
import {
  answerJson,
  bodyOf,
  serverThat,
  tcpServerThat,
  testHttp,
  tlsServerThat,
  type TestHttp,
} from './testing/network.ts';

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  label: 'test',
  ...more,
});

async function failure({ http }: TestHttp, request: HttpRequest): Promise<HttpError> {
  const answer = await http.send(request).catch((error: unknown) => error);
  if (answer instanceof HttpError) return answer;
  throw new Error(`expected an HttpError, got ${JSON.stringify(answer)}`);
}

describe('a request', () => {
  it('gives status, headers and text, whatever the status is', async () => {
    const server = await serverThat((_request, response) =>
      response.writeHead(503, { 'retry-after': '7' }).end('пока нет'),
    );
    const { http } = testHttp([server.url]);
    const answer = await http.send(get(`${server.url}/a?b=c`));
    expect(answer).toMatchObject({ status: 503, text: 'пока нет' });
    expect(answer.headers.get('retry-after')).toBe('7');
  });

  it('carries text, bytes and forms with files', async () => {
    const bodies: [string | undefined, string][] = [];
    const server = await serverThat((request, response) => {
      void bodyOf(request).then((body) => {
        bodies.push([request.headers['content-type'], body]);
        return response.end();
      });
    });
    const { http, logged } = testHttp([server.url]);
    const form = new FormData();
    form.append('id', '5');
    form.append('file', new Blob(['sound'], { type: 'audio/mpeg' }), 'a.mp3');
    const headers = { 'Content-Type': 'application/json' };
    await http.send({ method: 'POST', url: server.url, label: 'json', headers, body: '{"имя":"Я"}' });
    await http.send({ method: 'POST', url: server.url, label: 'bytes', body: Buffer.from([1, 2, 3]) });
    await http.send({ method: 'POST', url: server.url, label: 'form', body: form });
    expect(bodies[0]).toEqual(['application/json', '{"имя":"Я"}']);
    expect(bodies[1]?.[1]).toBe('\u0001\u0002\u0003');
    expect(bodies[2]?.[0]).toMatch(/^multipart\/form-data; boundary=/);
    expect(bodies[2]?.[1]).toContain('filename="a.mp3"');
    expect(logged.map((entry) => entry.request.split('\n\n')[1])).toEqual([
      '{"имя":"Я"}',
      '<3 bytes>',
      'id=5&file=<5 bytes, a.mp3>',
    ]);
  });

  it('follows no redirect', async () => {
    const inner = await serverThat((_request, response) => response.end('inner'));
    const server = await serverThat((_request, response) => response.writeHead(302, { location: inner.url }).end());
    const { http } = testHttp([server.url, inner.url]);
    expect(await http.send(get(server.url))).toMatchObject({ status: 302, text: '' });
    expect(inner.connections()).toBe(0);
  });

  it('keeps its connection alive for the next one', async () => {
    const server = await serverThat((_request, response) => response.end('x'));
    const { http } = testHttp([server.url]);
    for (let n = 0; n < 5; n += 1) await http.send(get(server.url));
    expect(server.connections()).toBe(1);
  });

  it('opens a bounded number of connections at once', async () => {
    const server = await serverThat((_request, response) => void setTimeout(() => response.end(), 5));
    const { http } = testHttp([server.url]);
    const answers = await Promise.all(Array.from({ length: 100 }, () => http.send(get(server.url))));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(server.connections()).toBeLessThanOrEqual(16);
  });
});

describe('nothing is sent', () => {
  it.each([
    ['to a server that the settings do not name', 'http://127.0.0.1:9/', {}, /not among the servers/, /portal/],
    ['to the same server over another scheme', 'https://localhost:1/', {}, /not among the servers/, /portal/],
    ['without TLS', 'http://localhost:1/', { allowHttp: false }, /without TLS/, /allowHttp: true .*portal/],
    [
      'to the inner network',
      'http://localhost:1/',
      { allowPrivate: false },
      /inner network/,
      /allowPrivate: true .*portal/,
    ],
    ['to an address that is no http', 'file:///etc/passwd', {}, /no http/, /portal/],
    ['to text that is no address', 'nonsense', {}, /no http/, /portal/],
  ])('%s', async (_what, url, changes, message, mend) => {
    const given = testHttp(['http://localhost:1'], changes);
    const error = await failure(given, get(url));
    expect(error.kind).toBe('refused');
    expect(error.message).toMatch(message);
    expect(error.mend).toMatch(mend);
    expect(given.logged).toMatchObject([{ status: null, error: error.message }]);
  });

  it('to a name that points into the inner network, also when it points elsewhere too', async () => {
    const resolve = () =>
      Promise.resolve([
        { address: '93.184.215.14', family: 4 },
        { address: '::ffff:169.254.169.254', family: 6 },
      ]);
    const given = testHttp(['http://crm.example'], { allowPrivate: false, resolve });
    const error = await failure(given, get('http://crm.example/latest/meta-data'));
    expect(error).toMatchObject({ kind: 'refused' });
    expect(error.message).toContain('169.254.169.254');
  });

  it('where nobody listens, and where no host is', async () => {
    const { port } = await tcpServerThat(() => {});
    const given = testHttp([`http://127.0.0.1:1`, 'http://none.invalid', `http://127.0.0.1:${port}`]);
    expect(await failure(given, get('http://127.0.0.1:1/'))).toMatchObject({
      kind: 'refused',
      mend: expect.stringMatching(/server runs/),
    });
    expect(await failure(given, get('http://none.invalid/'))).toMatchObject({ kind: 'refused' });
  });

  it('when it was taken back before', async () => {
    const server = await serverThat((_request, response) => response.end());
    const given = testHttp([server.url]);
    expect(await failure(given, get(server.url, { signal: AbortSignal.abort() }))).toMatchObject({ kind: 'refused' });
    expect(server.connections()).toBe(0);
  });

  it('when the name service does not answer in time, or it is taken back meanwhile', async () => {
    const resolve = () => new Promise<never>(() => {});
    const given = testHttp(['http://crm.example'], { resolve });
    const late = await failure(given, get('http://crm.example/', { deadlineMs: 50 }));
    expect(late).toMatchObject({ kind: 'refused', message: expect.stringMatching(/name service/) });
    const stop = new AbortController();
    setImmediate(() => stop.abort());
    const taken = await failure(given, get('http://crm.example/', { signal: stop.signal }));
    expect(taken).toMatchObject({ kind: 'refused', message: expect.stringMatching(/taken back/) });
  });

  it('with a header that would carry another one', async () => {
    const server = await serverThat((_request, response) => response.end());
    const given = testHttp([server.url]);
    const error = await failure(given, get(server.url, { headers: { 'x-name': 'a\r\nx-evil: 1' } }));
    expect(error.kind).toBe('refused');
  });
});

describe('an address', () => {
  it('is the one that was judged: the name is not asked again', async () => {
    const server = await serverThat((request, response) => response.end(request.headers.host));
    let asked = 0;
    const resolve = () => {
      asked += 1;
      return Promise.resolve([{ address: asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }]);
    };
    const url = `http://crm.example:${server.port}`;
    const { http } = testHttp([url], { resolve });
    expect((await http.send(get(url))).text).toBe(`crm.example:${server.port}`);
    expect((await http.send(get(url))).text).toBe(`crm.example:${server.port}`);
    expect(asked).toBe(1);
  });
});

describe('the answer is uncertain', () => {
  it('when the connection is cut before it, in its head and in its body', async () => {
    const cuts = ['', 'HTTP/1.1 200 OK\r\nContent-', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'];
    for (const said of cuts) {
      const { port } = await tcpServerThat((socket) => socket.once('data', () => socket.end(said)));
      const given = testHttp([`http://127.0.0.1:${port}`]);
      const error = await failure(given, get(`http://127.0.0.1:${port}/`));
      expect(error).toMatchObject({ kind: 'uncertain' });
      expect(error.message).toMatch(/closed the connection|HPE_/);
    }
  });

  it('when it does not come in time, or never ends', async () => {
    for (const said of ['', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf']) {
      const { port } = await tcpServerThat((socket) => socket.once('data', () => socket.write(said)));
      const given = testHttp([`http://127.0.0.1:${port}`]);
      const error = await failure(given, get(`http://127.0.0.1:${port}/`, { deadlineMs: 100 }));
      expect(error).toMatchObject({ kind: 'uncertain', message: expect.stringMatching(/did not answer within 0.1 s/) });
    }
  });

  it('when it is longer than anybody sends', async () => {
    const server = await serverThat((_request, response) => {
      const mebibyte = Buffer.alloc(1024 * 1024, 'x');
      const more = (): void => {
        if (!response.destroyed && response.write(mebibyte)) setImmediate(more);
      };
      response.on('drain', more);
      more();
    });
    const given = testHttp([server.url]);
    expect(await failure(given, get(server.url))).toMatchObject({
      kind: 'uncertain',
      message: expect.stringMatching(/more than 16 MiB/),
    });
  });

  it('when it is no HTTP', async () => {
    const { port } = await tcpServerThat((socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH\r\n')));
    const given = testHttp([`http://127.0.0.1:${port}`]);
    expect(await failure(given, get(`http://127.0.0.1:${port}/`))).toMatchObject({
      kind: 'uncertain',
      message: expect.stringMatching(/no HTTP/),
    });
  });

  it('when it was taken back on its way', async () => {
    const stop = new AbortController();
    const server = await serverThat(() => stop.abort());
    const given = testHttp([server.url]);
    const error = await failure(given, get(server.url, { signal: stop.signal }));
    expect(error).toMatchObject({ kind: 'uncertain', message: expect.stringMatching(/taken back/) });
  });
});

describe('TLS', () => {
  it('is verified: an own certificate is trusted only when caFile names it, and for its own name', async () => {
    const server = await tlsServerThat((_request, response) => response.end('private'));
    const url = `https://localhost:${server.port}`;
    const untrusted = await failure(testHttp([url]), get(url));
    expect(untrusted).toMatchObject({ kind: 'refused', mend: expect.stringMatching(/caFile .*portal/) });
    expect((await testHttp([url], { ca: server.ca }).http.send(get(url))).text).toBe('private');
    const byAddress = `https://127.0.0.1:${server.port}`;
    expect(await failure(testHttp([byAddress], { ca: server.ca }), get(byAddress))).toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(/for another name/),
    });
  });

  it('asked of a server without it is a refusal that says so', async () => {
    const server = await serverThat((_request, response) => response.end());
    const url = `https://localhost:${server.port}`;
    expect(await failure(testHttp([url]), get(url))).toMatchObject({
      kind: 'refused',
      mend: expect.stringMatching(/allowHttp/),
    });
  });
});

describe('the log of requests', () => {
  it('holds what was sent and answered, without secrets', async () => {
    const server = await serverThat((request, response) => {
      void bodyOf(request).then((body) =>
        answerJson(response, { echo: body, access_token: 'fresh-token', number: '+79161234567' }),
      );
    });
    const masker = new Masker(['canary/one']);
    const { http, logged } = testHttp([server.url], { masker });
    await http.send({
      method: 'POST',
      url: `${server.url.replace('//', '//user:canary%2Fone@')}/rest/canary/one/x?auth=other-token`,
      label: 'telephony.test',
      deliveryId: 7,
      headers: { authorization: 'Bearer canary/one', 'content-type': 'application/json' },
      body: JSON.stringify({ secret: 'canary/one', number: '+79161234567' }),
    });
    expect(JSON.stringify(logged)).not.toMatch(/canary|fresh-token|other-token/);
    expect(logged).toMatchObject([
      {
        crm: 'portal',
        method: 'POST',
        url: `${server.url}/rest/***/x?auth=***`,
        status: 200,
        deliveryId: 7,
        error: null,
        request:
          'telephony.test\nauthorization: ***\ncontent-type: application/json\n\n{"secret":"***","number":"+79161234567"}',
      },
    ]);
    expect(logged[0]?.answer).toContain('+79161234567');
  });

  it('keeps 4 KiB of an answer, and no part of a secret at the cut', async () => {
    const secret = 'canary-canary-canary-canary';
    for (let shift = 0; shift < 60; shift += 7) {
      const text = `${secret.repeat(40)}${'я'.repeat(1600)}${'x'.repeat(shift)}${secret.repeat(200)}\0`;
      const server = await serverThat((_request, response) => response.end(text));
      const { http, logged } = testHttp([server.url], { masker: new Masker([secret]) });
      await http.send(get(server.url));
      const kept = logged[0]?.answer ?? '';
      expect(kept).not.toContain('can');
      expect(kept).not.toContain('\0');
      expect(Buffer.byteLength(kept)).toBeLessThan(4100);
    }
  });
});
