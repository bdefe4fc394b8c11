package org.commonshub.metering.api;

/** A driver's work for one device. */
public sealed interface DriverSession extends AutoCloseable permits PollSession, PushSession {
  /** Releases what the session holds. Called once; no other call follows. */
  @Override
  void close();
}
