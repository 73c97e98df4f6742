import type { IncomingMessage } from 'node:http';
import { asMap, isMap, parseQuery, putByKey } from './php.ts';
import type { Php, PhpMap } from './php.ts';

export interface Parsed {
  params: PhpMap;
  /** Uploaded parts by their name. */
  files: Map<string, { filename: string; content: Buffer }>;
}

const BODY_LIMIT = 256 * 1024 * 1024;

/** The whole body; a request that grows past 256 MB is refused by an exception. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new Error('the request is larger than 256 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Invalid JSON, and JSON that is no object, is silently nothing. */
function fromJson(body: Buffer): PhpMap {
  try {
    const value = JSON.parse(body.toString('utf8')) as Php;
    return isMap(value) || Array.isArray(value) ? asMap(value) : {};
  } catch {
    return {};
  }
}

async function fromMultipart(body: Buffer, contentType: string): Promise<Parsed> {
  const params: PhpMap = {};
  const files: Parsed['files'] = new Map();
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => new FormData());
  for (const [name, value] of form) {
    if (typeof value === 'string') putByKey(params, name, value);
    else files.set(name, { filename: value.name, content: Buffer.from(await value.arrayBuffer()) });
  }
  return { params, files };
}

/** Query and body as one set of parameters; the body wins, top-level key by key. */
export async function parseRequest(search: string, contentType: string, body: Buffer): Promise<Parsed> {
  const query = parseQuery(search.replace(/^\?/, ''));
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'multipart/form-data') {
    const { params, files } = await fromMultipart(body, contentType);
    return { params: { ...query, ...params }, files };
  }
  const sent =
    type === 'application/json'
      ? fromJson(body)
      : type === 'application/x-www-form-urlencoded'
        ? parseQuery(body.toString('utf8'))
        : {};
  return { params: { ...query, ...sent }, files: new Map() };
}
