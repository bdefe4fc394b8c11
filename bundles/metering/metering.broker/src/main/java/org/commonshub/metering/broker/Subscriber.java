package org.commonshub.metering.broker;

/** Takes messages; what {@link Broker} notes while it looks for the takers of one. */
abstract class Subscriber {
  /** Number of the message it was last found for. */
  long found;

  /** Highest quality of service of its filters that match that message. */
  int qos;
}
