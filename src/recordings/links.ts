// Links that play a recording without signing in: for the CRM and whoever reads it. Signed, so that nobody makes one, and expiring.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** The years that a link may live at most; a CRM such as amoCRM keeps it for good and never asks for another. */
const lifeSecMax = 20 * 366 * 86_400;

export type LinkVerdict = 'good' | 'expired' | 'forged';

export interface Links {
  /** `/media/<call>.mp3?expires=…&signature=…` */
  path(callId: string, lifeSec: number): string;
  verify(callId: string, expires: string | undefined, signature: string | undefined): LinkVerdict;
}

/**
 * @param key the key of the installation; what signs links is derived from it and opens nothing else
 * @param now unix ms
 */
export function createLinks(key: Buffer | string, now: () => number): Links {
  const own = Buffer.from(hkdfSync('sha256', key, '', 'patchcord links to recordings', 32));
  const sign = (callId: string, expires: string): Buffer =>
    createHmac('sha256', own).update(`${expires}\n${callId}`, 'utf8').digest();
  return {
    path(callId, lifeSec) {
      const expires = String(Math.floor(now() / 1000) + Math.max(1, Math.min(lifeSecMax, Math.floor(lifeSec))));
      const signature = sign(callId, expires).toString('base64url');
      return `/media/${encodeURIComponent(callId)}.mp3?expires=${expires}&signature=${signature}`;
    },
    verify(callId, expires = '', signature = '') {
      const given = Buffer.from(signature, 'base64url');
      const wanted = sign(callId, expires);
      // Length is no secret; what it compares is.
      if (!/^\d{1,12}$/.test(expires) || given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
        return 'forged';
      }
      return Number(expires) * 1000 > now() ? 'good' : 'expired';
    },
  };
}
