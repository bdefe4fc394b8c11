package org.commonshub.apps.host;

import java.lang.management.ManagementFactory;

/** What the virtual machine knows of a thread. */
interface Machine {
  /** CPU nanoseconds of a live thread; negative if not known. */
  long cpuNanos(long thread);

  /** Bytes that a live thread has allocated; negative if not known. */
  long allocatedBytes(long thread);

  /** This virtual machine. */
  static Machine real() {
    java.lang.management.ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return new Machine() {
      @Override
      public long cpuNanos(long thread) {
        return threads.isThreadCpuTimeSupported() ? threads.getThreadCpuTime(thread) : -1;
      }

      @Override
      public long allocatedBytes(long thread) {
        return threads instanceof com.sun.management.ThreadMXBean sun
                && sun.isThreadAllocatedMemorySupported()
            ? sun.getThreadAllocatedBytes(thread)
            : -1;
      }
    };
  }
}
