package org.commonshub.metering.ecp;

import org.bouncycastle.math.ec.rfc7748.X25519Field;

/**
 * A point of edwards25519 in extended coordinates (RFC 8032, section 5.1.4), to be added to.
 * BouncyCastle does the arithmetic of the field. Only for public values: time depends on them. Not
 * thread-safe.
 */
final class Point {
  static final int BYTES = 32;

  /** Numbers of a point in a table: y + x, y − x and 2dxy, ten each. */
  static final int ENTRY = 3 * X25519Field.SIZE;

  private static final int SIGN = 0x80;

  /** Of the curve: −121665/121666. */
  private static final int[] D = X25519Field.create();

  private static final int[] TWICE_D = X25519Field.create();

  static {
    X25519Field.one(D);
    X25519Field.mul(D, 121_666, D);
    X25519Field.inv(D, D);
    X25519Field.mul(D, 121_665, D);
    X25519Field.negate(D, D);
    X25519Field.carry(D);
    X25519Field.add(D, D, TWICE_D);
    X25519Field.carry(TWICE_D);
  }

  private final int[] x = X25519Field.create();
  private final int[] y = X25519Field.create();
  private final int[] z = X25519Field.create();

  /** x · y / z. */
  private final int[] t = X25519Field.create();

  private final int[] a = X25519Field.create();
  private final int[] b = X25519Field.create();
  private final int[] c = X25519Field.create();
  private final int[] e = X25519Field.create();
  private final int[] f = X25519Field.create();
  private final int[] g = X25519Field.create();
  private final int[] h = X25519Field.create();

  /** The neutral one. */
  Point() {
    X25519Field.one(y);
    X25519Field.one(z);
  }

  /**
   * A point from its encoding (RFC 8032, section 5.1.3).
   *
   * @throws IllegalArgumentException if it encodes none, which is not looked at in full
   */
  static Point decoded(byte[] bytes) {
    byte[] sized = bytes.clone();
    boolean odd = (sized[BYTES - 1] & SIGN) != 0;
    sized[BYTES - 1] &= (byte) ~SIGN;
    Point point = new Point();
    X25519Field.decode(sized, point.y);
    int[] over = X25519Field.create();
    int[] under = X25519Field.create();
    X25519Field.sqr(point.y, over);
    X25519Field.mul(over, D, under);
    X25519Field.subOne(over);
    X25519Field.addOne(under);
    if (!X25519Field.sqrtRatioVar(over, under, point.x)) {
      throw new IllegalArgumentException("no point of the curve");
    }
    X25519Field.normalize(point.x);
    if (odd != ((point.x[0] & 1) != 0)) {
      X25519Field.negate(point.x, point.x);
      X25519Field.carry(point.x);
    }
    X25519Field.mul(point.x, point.y, point.t);
    return point;
  }

  /** Its encoding: the only one there is. */
  byte[] encoded() {
    affine();
    byte[] bytes = new byte[BYTES];
    X25519Field.encode(b, bytes);
    bytes[BYTES - 1] |= (byte) ((a[0] & 1) << 7);
    return bytes;
  }

  /** x and y, as small as can be, into a and b. */
  private void affine() {
    X25519Field.invVar(z, c);
    X25519Field.mul(x, c, a);
    X25519Field.mul(y, c, b);
    X25519Field.normalize(a);
    X25519Field.normalize(b);
  }

  /** Writes it into a table for {@link #add}. */
  void tabulate(int[] table, int at) {
    affine();
    X25519Field.mul(a, b, c);
    X25519Field.mul(c, TWICE_D, c);
    X25519Field.apm(b, a, e, f);
    X25519Field.carry(e);
    X25519Field.carry(f);
    X25519Field.copy(e, 0, table, at);
    X25519Field.copy(f, 0, table, at + X25519Field.SIZE);
    X25519Field.copy(c, 0, table, at + 2 * X25519Field.SIZE);
  }

  /**
   * Adds or subtracts a point of a table. Holds for any two points, equal and neutral ones included
   * (Hisil, Wong, Carter, Dawson: Twisted Edwards Curves Revisited, 3.1).
   */
  void add(int[] table, int at, boolean minus) {
    // −(x, y) is (−x, y): the first two change places, the third its sign.
    X25519Field.copy(table, minus ? at + X25519Field.SIZE : at, e, 0);
    X25519Field.copy(table, minus ? at : at + X25519Field.SIZE, f, 0);
    X25519Field.copy(table, at + 2 * X25519Field.SIZE, c, 0);
    X25519Field.apm(y, x, b, a);
    X25519Field.mul(a, f, a);
    X25519Field.mul(b, e, b);
    X25519Field.mul(t, c, c);
    X25519Field.add(z, z, h);
    X25519Field.apm(h, c, minus ? f : g, minus ? g : f);
    X25519Field.carry(g);
    X25519Field.carry(f);
    X25519Field.apm(b, a, h, e);
    X25519Field.mul(e, f, x);
    X25519Field.mul(g, h, y);
    X25519Field.mul(f, g, z);
    X25519Field.mul(e, h, t);
  }

  /** Doubles it (the same, 3.3). */
  void twice() {
    X25519Field.sqr(x, a);
    X25519Field.sqr(y, b);
    X25519Field.sqr(z, c);
    X25519Field.add(c, c, c);
    X25519Field.add(x, y, e);
    X25519Field.sqr(e, e);
    X25519Field.apm(a, b, h, g);
    X25519Field.sub(h, e, e);
    X25519Field.carry(e);
    X25519Field.add(c, g, f);
    X25519Field.carry(f);
    X25519Field.mul(e, f, x);
    X25519Field.mul(g, h, y);
    X25519Field.mul(f, g, z);
    X25519Field.mul(e, h, t);
  }
}
