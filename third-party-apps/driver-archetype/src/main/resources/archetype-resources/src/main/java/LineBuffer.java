package ${package};

import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;

/** Finds lines in a stream, however it is cut. Keeps no more than one line. Not thread-safe. */
final class LineBuffer {
  private final Consumer<byte[]> lines;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream(Line.LONGEST);
  private boolean tooLong;

  /** Hands over every line, without its line feed. */
  LineBuffer(Consumer<byte[]> lines) {
    this.lines = lines;
  }

  /** Takes what came in. */
  void accept(byte[] bytes) {
    for (byte each : bytes) {
      if (each == '\n') {
        byte[] whole = line.toByteArray();
        boolean skip = tooLong;
        clear();
        if (!skip) {
          lines.accept(whole);
        }
      } else if (line.size() < Line.LONGEST) {
        line.write(each);
      } else {
        tooLong = true;
      }
    }
  }

  /** Forgets what was begun: the stream broke. */
  void clear() {
    line.reset();
    tooLong = false;
  }
}
