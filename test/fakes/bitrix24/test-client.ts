/** Calls the portal as a client would, by form, and hands back status and body. */
export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

const pairs = (prefix: string, value: unknown): [string, string][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => pairs(prefix === '' ? key : `${prefix}[${key}]`, inner))
    : [[prefix, String(value)]];

/** PHP's query string of nested parameters. */
export const phpQuery = (params: object): string => new URLSearchParams(pairs('', params)).toString();

/** POSTs one method to `base`, which is a webhook's address or `…/rest/`. */
export async function post(base: string, method: string, params: object = {}): Promise<Answer> {
  const response = await fetch(`${base}${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: phpQuery(params),
    redirect: 'manual',
  });
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text) as Record<string, unknown> };
}
