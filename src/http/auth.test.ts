import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { addressKey, requireTokens } from './auth.ts';
import { answerErrors } from './error-answers.ts';
import { covers, findToken, newToken } from './tokens.ts';

describe('a token', () => {
  it('is 256 random bits, and only its hash is kept', () => {
    const { token, entry } = newToken('crm', ['read'], 0);
    expect(Buffer.from(token.slice('pc_'.length), 'base64url')).toHaveLength(32);
    expect(JSON.stringify(entry)).not.toContain(token.slice('pc_'.length));
    expect(newToken('crm', ['read'], 0).token).not.toBe(token);
  });

  it('is found among others by its whole text', () => {
    const made = ['a', 'b', 'c'].map((name) => newToken(name, ['read'], 0));
    const entries = made.map((each) => each.entry);
    for (const { token, entry } of made) expect(findToken(entries, token)).toBe(entry);
    expect(findToken(entries, `${made[0]?.token} `)).toBeNull();
    expect(findToken(entries, '')).toBeNull();
  });

  it('for administrators covers reading, and not the other way round', () => {
    const { entry: admin } = newToken('a', ['admin'], 0);
    const { entry: reader } = newToken('r', ['read'], 0);
    expect([covers(admin, 'read'), covers(admin, 'admin'), covers(reader, 'admin')]).toEqual([true, true, false]);
  });
});

describe('the guard', () => {
  it('refuses a token without the scope that the route names', async () => {
    const { token, entry } = newToken('reader', ['read'], 0);
    const app = Fastify();
    answerErrors(app);
    requireTokens(app, { find: (text) => findToken([entry], text), stands: () => true }, async () => null);
    app.route({ method: 'GET', url: '/all', handler: () => ({}) });
    app.route({ method: 'GET', url: '/admin', config: { scope: 'admin' }, handler: () => ({}) });
    const headers = { authorization: `bearer ${token}` };
    expect((await app.inject({ url: '/all', headers })).statusCode).toBe(200);
    const refused = await app.inject({ url: '/admin', headers });
    expect([refused.statusCode, refused.json().error.code]).toEqual([403, 'scope_missing']);
    for (const authorization of ['', 'Bearer', 'Bearer  ', `Basic ${token}`, `Bearer ${token} x`]) {
      expect((await app.inject({ url: '/all', headers: { authorization } })).statusCode).toBe(401);
    }
    await app.close();
  });

  it('counts a whole IPv6 /64 as one address', () => {
    expect(addressKey('192.0.2.7')).toBe('192.0.2.7');
    expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2');
    expect(addressKey('2001:db8::1')).toBe('2001:db8:0:0');
    expect(addressKey('::1')).toBe('0:0:0:0');
    expect(addressKey('2001:db8:1:2::')).toBe('2001:db8:1:2');
  });

  it('keeps IPv4 addresses apart when they come as IPv6', () => {
    expect(addressKey('::ffff:192.0.2.7')).not.toBe(addressKey('::ffff:192.0.2.8'));
  });
});
