package org.commonshub.apps.host;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** What the virtual machine knows of a thread. */
interface Machine {
  /** CPU nanoseconds of a live thread; negative if not known. */
  long cpuNanos(long thread);

  /** Bytes that a live thread has allocated; negative if not known. */
  long allocatedBytes(long thread);

  /** This virtual machine. */
  static Machine real() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    MethodHandle allocated = allocated(threads);
    return new Machine() {
      @Override
      public long cpuNanos(long thread) {
        return threads.isThreadCpuTimeSupported() ? threads.getThreadCpuTime(thread) : -1;
      }

      @Override
      public long allocatedBytes(long thread) {
        try {
          return allocated == null ? -1 : (long) allocated.invokeExact(thread);
        } catch (Throwable e) {
          return -1;
        }
      }
    };
  }

  /**
   * HotSpot's counter of allocations, by name: the framework exports no package {@code com.sun},
   * and not every Java has it. Null if there is none.
   */
  private static MethodHandle allocated(ThreadMXBean threads) {
    try {
      Class<?> type =
          Class.forName(
              "com.sun.management.ThreadMXBean", false, ClassLoader.getPlatformClassLoader());
      return MethodHandles.publicLookup()
          .findVirtual(
              type, "getThreadAllocatedBytes", MethodType.methodType(long.class, long.class))
          .bindTo(type.cast(threads));
    } catch (ReflectiveOperationException | ClassCastException e) {
      return null;
    }
  }
}
