import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { GsmDecoder } from './gsm.ts';
import { shareOf } from './testing/sound.ts';

/** A fifth of a second of 440 Hz as libgsm encodes it: ten frames of 33 bytes. */
const frames = Buffer.from(
  [
    '0jbsbaJQV3yAm0SdUA945Y05I6gItg39ku3wSIO/ZLti0jbsbeLwAhjJuzBnbKHCHdEXdJDBAz5Az9lvIKnqBvzJ0jbsLaJtQN9R',
    'N+QMbyDYS76irrdgoqesm7PbIJLuiLvh0jfsKaKTAJdsScsj22At4grqQN0gWJOWNO7bAMjTliLt0jbsbeORoMbljTthbcC94Srq',
    'ym2gzaFN2tJtwMsaUtRd0jjsKaJvILSbckZUvKA25ZEpI+CANyVtyRrfYLckckZd0jbsLeLX4NkTthM9a8EwZdEXdG1hFXRlTVJv',
    'QL3hD3pL0jbsbaKTIN+RV1QU2wDsyptCXttAwl3RGbS3gDl1ikqL0jfsKaJvACn8RVsauSBJG042090AWRpyxl3dYLSljSur0jXs',
    'beLZ4Lb1RW9JbYEp+wXtEW3A3RJN2pOTgOSc0ack',
  ].join(''),
  'base64',
);
/** The same as in a WAV file of format 49: five blocks of 65 bytes. */
const blocks = Buffer.from(
  [
    'iN3jGoVC9xZAm9KKAu8cy2kkR4VoQ/ovWYvHCPG/ZC2F2D3uUXggwiW1h/C2GhisprKayBQQ3kL4LzcLxFdI7yWI3eEaZdOgr5Le',
    'QnizoEzWV1G99UAR3yW117YgWU1lPYPcHapRSQmyltJYcm0H5FNQ3QBuA0ppLKfVbQnIaSyVtYjd4x6HvIAby2ktY9tgPhPVXWS7',
    'gDajrZ1k24DlJLbKiuAdqlE3CyZtI7mI3gK2saREcvAANrLbSE5vDzaSI7msiN3hHrX+oKTWMuFbW2EIayqraXMhqrmIrnTTYD6D',
    '+U2G2D2uUUkLeiuqK4htCexFtJnMbQ2YrKZCm9sBxroUWWXI3aEadRNA/Kmo5cQ1gOSmcZvmFqDkNJbL6vZgEstJdYfUPe5R7A+2',
    'uYr8JrYRxH/IbCq2DWpK2lppyQksjeY0kg==',
  ].join(''),
  'base64',
);
/** SHA-256 of what FFmpeg makes of the same frames. */
const known = '1664b628a295de5e1685539c1d38802d8f7e36c05e7640cfef4da76a15dbc631';

const hashOf = (samples: Int16Array): string => createHash('sha256').update(samples).digest('hex');

describe('GSM 06.10', () => {
  it('is decoded to the bit', () => {
    const decoder = new GsmDecoder();
    const samples = new Int16Array(1600);
    for (let i = 0; i < 10; i++) decoder.frame(frames.subarray(i * 33, (i + 1) * 33), samples, i * 160);
    expect(hashOf(samples)).toBe(known);
    expect(shareOf(samples.subarray(400), 440)).toBeGreaterThan(0.9);
  });

  it('is decoded to the bit out of WAV', () => {
    const decoder = new GsmDecoder();
    const samples = new Int16Array(1600);
    for (let i = 0; i < 5; i++) decoder.pair(blocks.subarray(i * 65, (i + 1) * 65), samples, i * 320);
    expect(hashOf(samples)).toBe(known);
  });

  it('takes any bytes', () => {
    const decoder = new GsmDecoder();
    const samples = new Int16Array(160);
    for (let byte = 0; byte < 256; byte++) decoder.frame(Buffer.alloc(33, byte), samples, 0);
    decoder.frame(Buffer.alloc(3), samples, 0);
    expect(samples.every((sample) => sample >= -32_768 && sample <= 32_767)).toBe(true);
  });
});
