/** Owns the CRC-32 of bytes put together from the CRC-32 of their parts, so that no byte is read twice. */

const polynomial = 0xedb88320;

/** The CRC-32 of `a` followed by `b`, whose length in bytes is given. */
export function combinedCrc32(a: number, b: number, lengthOfB: number): number {
  return (product(powerOfX(lengthOfB), a) ^ b) >>> 0;
}

/** Product of two polynomials modulo that of CRC-32; bit 31 is the lowest power. */
function product(a: number, b: number): number {
  let sum = 0;
  let shifted = b;
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) sum ^= shifted;
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ polynomial;
  }
  return sum >>> 0;
}

// x to the power of 2^n
const powers = [0x40000000];
for (let n = 1; n < 64; n += 1) powers.push(product(powers[n - 1] as number, powers[n - 1] as number));

/** x to the power of eight times the bytes. */
function powerOfX(bytes: number): number {
  let result = 0x80000000; // 1
  for (let rest = bytes, n = 3; rest > 0; rest = Math.floor(rest / 2), n += 1) {
    if (rest % 2 === 1) result = product(powers[n] as number, result);
  }
  return result;
}
