package org.commonshub.apps.provider;

/** Texts that come from apps. */
final class Texts {
  private Texts() {}

  /** One line without anything that is not seen, cut to a length. */
  static String plain(String text, int max) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .limit(4L * max)
        .map(c -> Character.isWhitespace(c) ? ' ' : c)
        .filter(c -> Character.getType(c) != Character.FORMAT && !Character.isISOControl(c))
        .limit(max)
        .forEach(out::appendCodePoint);
    return out.toString().strip();
  }
}
