package org.commonshub.metering.broker;

/**
 * A message on its way; its payload is shared by all who get it and never changed.
 *
 * @param topic topic
 * @param payload payload
 * @param qos quality of service it was published with, at most 1: QoS 2 goes out as 1
 */
record Message(String topic, byte[] payload, int qos) {
  private static final int OVERHEAD = 96;

  /** Bytes of memory it is counted with. */
  int cost() {
    return OVERHEAD + 2 * topic.length() + payload.length;
  }
}
