package org.commonshub.fuzz;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;

/**
 * A fuzz target around another, named as its argument: an input that takes over 100 ms is a
 * finding, and so is a heap that grows. An input is slow only if it is slow twenty times in a row:
 * a busy machine lets a decoder that computes for a millisecond wait for more than a hundred, and
 * may do so several times running.
 */
public final class Watched {
  private static final long SLOW_NANOS = 100_000_000;
  private static final int ATTEMPTS = 20;
  private static final int INPUTS_PER_LOOK = 50_000;
  private static final long HEAP_BYTES = 64L << 20;

  private static MethodHandle target;
  private static String name;
  private static long inputs;
  private static long heap = -1;

  private Watched() {}

  /** Called by Jazzer with the name of the other target. */
  public static void fuzzerInitialize(String[] arguments) throws ReflectiveOperationException {
    name = arguments[0];
    Class<?> type = Class.forName(name);
    target =
        MethodHandles.publicLookup()
            .findStatic(
                type, "fuzzerTestOneInput", MethodType.methodType(void.class, byte[].class));
    for (Method method : type.getMethods()) {
      if (method.getName().equals("fuzzerInitialize") && method.getParameterCount() == 0) {
        method.invoke(null);
      }
    }
  }

  public static void fuzzerTestOneInput(byte[] data) throws Throwable {
    long took = run(data);
    for (int attempt = 1; attempt < ATTEMPTS && took > SLOW_NANOS; attempt++) {
      took = Math.min(took, run(data));
    }
    if (took > SLOW_NANOS) {
      throw new AssertionError(name + ": an input takes " + took / 1_000_000 + " ms");
    }
    if (++inputs % INPUTS_PER_LOOK == 0) {
      look();
    }
  }

  private static long run(byte[] data) throws Throwable {
    long start = System.nanoTime();
    target.invokeExact(data);
    return System.nanoTime() - start;
  }

  /** The first look is what later ones are held against: caches are full by then. */
  private static void look() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    long used = runtime.totalMemory() - runtime.freeMemory();
    if (heap < 0) {
      heap = used;
    } else if (used - heap > HEAP_BYTES) {
      throw new AssertionError(
          name + ": the heap grew by " + ((used - heap) >> 20) + " MiB over " + inputs + " inputs");
    }
  }
}
