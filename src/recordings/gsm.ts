// The decoder of GSM 06.10 full rate speech (ETSI EN 300 961, section 5.3), in the standard's own 16-bit arithmetic.

const INVERSE_A = [13107, 13107, 13107, 13107, 19223, 17476, 31454, 29708] as const;
const B = [0, 0, 2048, -2560, 94, -1792, -341, -1144] as const;
const MINIMUM = [-32, -32, -16, -16, -8, -8, -4, -4] as const;
const LAR_BITS = [6, 6, 5, 5, 4, 4, 3, 3] as const;
const GAIN = [3277, 11469, 21299, 32767] as const;
const MANTISSA = [18431, 20479, 22527, 24575, 26623, 28671, 30719, 32767] as const;

const FRAME_SAMPLES = 160;
const SUBFRAME = 40;
const HISTORY = 120;

/** One stream; every frame needs what the one before left behind. */
export class GsmDecoder {
  /** The residual: 120 samples of the past and the 40 in work. */
  readonly #residual = new Int32Array(HISTORY + SUBFRAME);
  readonly #filter = new Int32Array(9);
  #before = new Int32Array(8);
  #lag = 40;
  #last = 0;

  /** A frame of 33 bytes, as in a .gsm file: 160 samples of 16 bits. */
  frame(bytes: Uint8Array, out: Int16Array, at: number): void {
    const bits = new Bits(bytes, 'high');
    bits.take(4);
    this.#decode(bits, out, at);
  }

  /** Two frames in 65 bytes, as in a WAV file of format 49: 320 samples. */
  pair(bytes: Uint8Array, out: Int16Array, at: number): void {
    const bits = new Bits(bytes, 'low');
    this.#decode(bits, out, at);
    this.#decode(bits, out, at + FRAME_SAMPLES);
  }

  #decode(bits: Bits, out: Int16Array, at: number): void {
    const ratios = LAR_BITS.map((width) => bits.take(width));
    const signal = new Int32Array(FRAME_SAMPLES);
    for (let sub = 0; sub < 4; sub++) {
      this.#excite(bits);
      signal.set(this.#residual.subarray(HISTORY), sub * SUBFRAME);
      this.#residual.copyWithin(0, SUBFRAME);
    }
    this.#shape(ratios, signal);
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      this.#last = add(signal[i] ?? 0, times(this.#last, 28180));
      out[at + i] = add(this.#last, this.#last) & 0xfff8;
    }
  }

  /** One subframe: the pulses of the regular grid and the part that repeats from before. */
  #excite(bits: Bits): void {
    const lag = bits.take(7);
    const gain = GAIN[bits.take(2)] ?? 0;
    const grid = bits.take(2);
    const block = bits.take(6);
    const residual = this.#residual;
    residual.fill(0, HISTORY);
    let exponent = block > 15 ? (block >> 3) - 1 : 0;
    let mantissa = block - (exponent << 3);
    if (mantissa === 0) {
      exponent = -4;
      mantissa = 7;
    } else {
      while (mantissa <= 7) {
        mantissa = (mantissa << 1) | 1;
        exponent -= 1;
      }
      mantissa -= 8;
    }
    const factor = MANTISSA[mantissa] ?? 0;
    const shift = 6 - exponent;
    const rounding = 1 << (shift - 1);
    for (let i = 0; i < 13; i++) {
      const pulse = ((bits.take(3) << 1) - 7) << 12;
      residual[HISTORY + grid + 3 * i] = add(times(factor, pulse), rounding) >> shift;
    }
    if (lag >= 40 && lag <= 120) this.#lag = lag;
    for (let k = HISTORY; k < HISTORY + SUBFRAME; k++) {
      residual[k] = add(residual[k] ?? 0, times(gain, residual[k - this.#lag] ?? 0));
    }
  }

  /** The short-term synthesis filter, whose coefficients glide from the frame before. */
  #shape(ratios: readonly number[], signal: Int32Array): void {
    const now = Int32Array.from(ratios, (ratio, i) => {
      const centred = subtract((ratio + (MINIMUM[i] ?? 0)) << 10, (B[i] ?? 0) << 1);
      const half = times(INVERSE_A[i] ?? 0, centred);
      return add(half, half);
    });
    const before = this.#before;
    const glide = (weigh: (old: number, fresh: number) => number): Int32Array =>
      now.map((fresh, i) => reflection(weigh(before[i] ?? 0, fresh)));
    this.#run(
      glide((old, fresh) => add(add(old >> 2, fresh >> 2), old >> 1)),
      signal,
      0,
      13,
    );
    this.#run(
      glide((old, fresh) => add(old >> 1, fresh >> 1)),
      signal,
      13,
      27,
    );
    this.#run(
      glide((old, fresh) => add(add(old >> 2, fresh >> 2), fresh >> 1)),
      signal,
      27,
      40,
    );
    this.#run(
      glide((_, fresh) => fresh),
      signal,
      40,
      FRAME_SAMPLES,
    );
    this.#before = now;
  }

  #run(coefficients: Int32Array, signal: Int32Array, from: number, to: number): void {
    const v = this.#filter;
    for (let k = from; k < to; k++) {
      let sample = signal[k] ?? 0;
      for (let i = 7; i >= 0; i--) {
        const coefficient = coefficients[i] ?? 0;
        const earlier = v[i] ?? 0;
        sample = subtract(sample, times(coefficient, earlier));
        v[i + 1] = add(earlier, times(coefficient, sample));
      }
      v[0] = sample;
      signal[k] = sample;
    }
  }
}

function reflection(ratio: number): number {
  const size = ratio === -32768 ? 32767 : Math.abs(ratio);
  const value = size < 11059 ? size << 1 : size < 20070 ? size + 11059 : add(size >> 2, 26112);
  return ratio < 0 ? -value : value;
}

function saturated(value: number): number {
  return value > 32767 ? 32767 : value < -32768 ? -32768 : value;
}

function add(a: number, b: number): number {
  return saturated(a + b);
}

function subtract(a: number, b: number): number {
  return saturated(a - b);
}

/** The standard's mult_r: the product of two fractions, rounded. */
function times(a: number, b: number): number {
  return saturated((a * b + 16384) >> 15);
}

/** Numbers of a few bits out of bytes, from their high or from their low end. */
class Bits {
  readonly #bytes: Uint8Array;
  readonly #end: 'high' | 'low';
  #at = 0;

  constructor(bytes: Uint8Array, end: 'high' | 'low') {
    this.#bytes = bytes;
    this.#end = end;
  }

  take(width: number): number {
    let value = 0;
    for (let i = 0; i < width; i++, this.#at++) {
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      const place = this.#at & 7;
      if (this.#end === 'high') value = (value << 1) | ((byte >> (7 - place)) & 1);
      else value |= ((byte >> place) & 1) << i;
    }
    return value;
  }
}
