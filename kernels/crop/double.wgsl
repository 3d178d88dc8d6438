// IEEE double precision made of integers: sums and products are rounded to nearest, ties to even, as on a CPU.
// Results too small for a normal double are kept where a CPU would round them to subnormal ones.

// ± (high · 2³² + low) / 2⁶³ · 2^exponent. The top bit of `high` is set and the last 11 of `low` are clear, or all are.
struct Double {
  high: u32,
  low: u32,
  exponent: i32,
  negative: bool,
}

// Below that of every other number, so that a sum aligns zero to the other operand.
const ZERO_EXPONENT = -0x8000;

// A 64-bit number shifted left by `count`, at most 63.
fn shifted_left(high: u32, low: u32, count: u32) -> vec2u {
  if (count >= 32u) { return vec2u(low << (count - 32u), 0u); }
  return vec2u((high << count) | ((low >> 1u) >> (31u - count)), low << count);
}

// A 64-bit number shifted right; the last bit is set when any bit that fell off was.
fn shifted_right(high: u32, low: u32, count: u32) -> vec2u {
  if (count >= 64u) { return vec2u(0u, select(0u, 1u, (high | low) != 0u)); }
  let rest = (1u << (count & 31u)) - 1u;
  if (count >= 32u) {
    let lost = low | (high & rest);
    return vec2u(0u, (high >> (count - 32u)) | select(0u, 1u, lost != 0u));
  }
  let moved = (low >> count) | ((high << 1u) << (31u - count));
  return vec2u(high >> count, moved | select(0u, 1u, (low & rest) != 0u));
}

// The double nearest to any 64 bits, of which the last may stand for all that were lost.
fn rounded(bits: vec2u, exponent: i32, negative: bool) -> Double {
  if ((bits.x | bits.y) == 0u) { return Double(0u, 0u, ZERO_EXPONENT, false); }
  let zeros = select(countLeadingZeros(bits.x), 32u + countLeadingZeros(bits.y), bits.x == 0u);
  let aligned = shifted_left(bits.x, bits.y, zeros);
  let rest = aligned.y & 0x7ffu;
  var result = Double(aligned.x, aligned.y - rest, exponent - i32(zeros), negative);
  if (rest > 0x400u || (rest == 0x400u && (result.low & 0x800u) != 0u)) {
    result.low += 0x800u;
    if (result.low == 0u) { result.high++; }
    if (result.high == 0u) {
      result.high = 0x80000000u;
      result.exponent++;
    }
  }
  return result;
}

fn from_whole(value: u32) -> Double {
  return rounded(vec2u(value, 0u), 31, false);
}

// From the two words of its memory.
fn from_words(high: u32, low: u32) -> Double {
  let exponent = i32((high >> 20u) & 0x7ffu);
  let first = select(0u, 0x80000000u, exponent > 0);
  let bits = vec2u(first | ((high & 0xfffffu) << 11u) | (low >> 21u), low << 11u);
  return rounded(bits, max(exponent, 1) - 1023, (high >> 31u) == 1u);
}

fn sum(a: Double, b: Double) -> Double {
  var large = a;
  var small = b;
  let first = a.exponent > b.exponent ||
    (a.exponent == b.exponent && (a.high > b.high || (a.high == b.high && a.low >= b.low)));
  if (!first) {
    large = b;
    small = a;
  }
  // One bit to the right, for the carry.
  let x = shifted_right(large.high, large.low, 1u);
  let y = shifted_right(small.high, small.low, u32(large.exponent - small.exponent) + 1u);
  let less = a.negative != b.negative;
  let low = select(x.y + y.y, x.y - y.y, less);
  let carry = select(0u, 1u, select(low < x.y, x.y < y.y, less));
  let high = select(x.x + y.x + carry, x.x - y.x - carry, less);
  return rounded(vec2u(high, low), large.exponent + 1, large.negative);
}

// All 64 bits of a product, high word first.
fn wide(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return vec2u((a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u), (other << 16u) | (low & 0xffffu));
}

fn product(a: Double, b: Double) -> Double {
  let lowest = wide(a.low, b.low);
  let left = wide(a.high, b.low);
  let right = wide(a.low, b.high);
  let highest = wide(a.high, b.high);
  let third = lowest.x + left.y;
  let lost = third + right.y;
  let second = left.x + select(0u, 1u, third < lowest.x);  // cannot overflow: left.x is at most 2³² − 2
  let carried = right.x + select(0u, 1u, lost < third);
  let middle = second + carried;
  let low = highest.y + middle;
  let high = highest.x + select(0u, 1u, middle < second) + select(0u, 1u, low < middle);
  let sticky = select(0u, 1u, (lowest.y | lost) != 0u);
  return rounded(vec2u(high, low | sticky), a.exponent + b.exponent + 1, a.negative != b.negative);
}

fn negated(a: Double) -> Double {
  return Double(a.high, a.low, a.exponent, !a.negative);
}

// The whole part of a number from 0 to before 2³².
fn whole_part(a: Double) -> u32 {
  if (a.exponent < 0) { return 0u; }
  return a.high >> (31u - u32(a.exponent));
}

// What `whole_part` leaves, of a number from 0 to before 2³¹.
fn fraction_part(a: Double) -> Double {
  if (a.exponent < 0) { return a; }
  return rounded(shifted_left(a.high, a.low, u32(a.exponent) + 1u), -1, false);
}
